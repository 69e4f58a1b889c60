/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA with an IKE proposal. */
#ifndef IKESYNC_GATEWAY_REKEY_H
#define IKESYNC_GATEWAY_REKEY_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"
#include "wire/ike_sa.h"

/* `offer` has been read from the request. */
void rekey_request(struct sa *sa, struct exchange_request *req, const struct ike_sa *offer,
		   struct exchange_reply *r);

#endif
