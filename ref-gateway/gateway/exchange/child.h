/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA, and the child SA of IKE_AUTH. */
#ifndef IKESYNC_GATEWAY_CHILD_H
#define IKESYNC_GATEWAY_CHILD_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"

void child_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);
/* The part that IKE_AUTH and CREATE_CHILD_SA share: SA, TSi, TSr in; the same, or (false) an error notify,
 * out. */
struct child_exchange {
	struct span ni, nr;
	bool write_nonce;
};
bool child_answer(struct sa *sa, struct exchange_request *req, const struct child_exchange *x,
		  struct exchange_reply *r);

#endif
