/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A response under construction, and its way out. */
#ifndef IKESYNC_GATEWAY_EXCHANGE_REPLY_H
#define IKESYNC_GATEWAY_EXCHANGE_REPLY_H

#include "core/gateway_state.h"

/* Inner payloads of a response: start, write with `w`, then exchange_reply_send(). */
struct exchange_reply {
	uint8_t buffer[GATEWAY_MESSAGE_MAX]; /* octet 0 names the first payload */
	struct wcursor c;
	struct chain_writer w;
	bool close;                    /* the SA ends with this response */
	const struct gateway_path *to; /* where the request came from; NULL: where the peer is */
};
void exchange_reply_init(struct exchange_reply *r);
/* Throw away what has been written, for an error instead. */
void exchange_reply_error(struct exchange_reply *r, uint16_t notify, struct span data);
/* N(INVALID_KE_PAYLOAD) with the group that is wanted (RFC 7296 section 1.3). */
void exchange_reply_invalid_ke(struct exchange_reply *r, uint16_t group);
/* N(IKESYNC_INDEX) for this SA (rule 5), where it has a stub or is about to have one, and the bank will hear of it whatever happens here. */
void exchange_reply_write_index(struct sa *sa, struct exchange_reply *r);
/* The same where the bank has the stub already. */
void exchange_reply_write_banked_index(struct sa *sa, struct exchange_reply *r);
/* Seal, remember for retransmissions, send; closes the SA when the reply says so. `hash`: of the
 * request. */
void exchange_reply_send(struct sa *sa, uint8_t exchange, const uint8_t hash[static SA_HASH_SIZE],
			 struct exchange_reply *r);

#endif
