/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_SYN: a request, the stub that the bank has for it, and the answer. */
#ifndef IKESYNC_GATEWAY_SYN_H
#define IKESYNC_GATEWAY_SYN_H

#include "exchange/init_request.h"

/* A request with an acceptable SYN, cookie where due. */
void syn_request(struct gateway *g, const struct init_request *q);
/* Before the end: gets whose answer will not come. */
void syn_forget_pending(struct gateway *g);
/* Derive the keys of a provisional SA (rule 9). false: cannot be. */
bool syn_derive(struct sa *sa);

#endif
