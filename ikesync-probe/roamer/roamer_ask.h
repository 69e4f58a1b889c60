/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE_SA_INIT request of an attempt. */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_ASK_H
#define IKESYNC_PROBE_ROAMER_ROAMER_ASK_H

#include "roamer/roamer_sa.h"

/* A new attempt at r->step: fresh SPIi, Ni and KE. false: no key pair. */
bool roamer_ask_begin(struct roamer *r);
/* COOKIE or INVALID_KE_PAYLOAD: the same SPIi, Ni and SYN again (rule 10). false: nothing that can be
 * done. */
bool roamer_ask_again(struct roamer *r, const struct ike_answer *a);
/* Send the request as it is, and wait for the next repetition. */
void roamer_ask_send(struct roamer *r);

#endif
