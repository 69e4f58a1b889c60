/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOBIKE (RFC 4555): a client that says that it has moved, and whether that is so. */
#ifndef IKESYNC_GATEWAY_MOBIKE_H
#define IKESYNC_GATEWAY_MOBIKE_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"

/* IKE_AUTH: agree, where the client can and the configuration lets us. */
void mobike_agree(struct sa *sa, const struct exchange_request *req, struct exchange_reply *r);
/* What of an INFORMATIONAL is MOBIKE's: UPDATE_SA_ADDRESSES, COOKIE2. */
void mobike_request(struct sa *sa, const struct exchange_request *req, struct exchange_reply *r);
/* Ask whether the client can be reached where it says that it is: COOKIE2. false: cannot be asked now. */
bool mobike_check(struct sa *sa);

#endif
