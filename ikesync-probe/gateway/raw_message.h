/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub messages made by hand, right or wrong in any octet. */
#ifndef IKESYNC_PROBE_GATEWAY_RAW_MESSAGE_H
#define IKESYNC_PROBE_GATEWAY_RAW_MESSAGE_H

#include "gateway/bank_connection.h"

struct raw_message {
	GByteArray *octets;
	size_t next_at; /* of the octet that names the next payload */
	struct reply_wanted wanted;
};

/* A message of `type` with the next transaction of `b` in front ... */
void raw_message_begin(struct raw_message *m, struct bank_connection *b, uint8_t type);
/* ... or without one. */
void raw_message_begin_bare(struct raw_message *m, struct bank_connection *b, uint8_t type);
void raw_message_payload(struct raw_message *m, uint8_t type, uint8_t reserved, struct span body);
void raw_message_transaction(struct raw_message *m, uint32_t transaction);
void raw_message_index(struct raw_message *m, const struct index *ix);
void raw_message_stub(struct raw_message *m, GBytes *container);
/* Set one octet; `at` counts from the end when it is negative. */
void raw_message_set(struct raw_message *m, int at, uint8_t octet);
/* Set the header's Length, send, and free. Returns the transaction, for bank_answer_await(). */
uint32_t raw_message_send(struct raw_message *m, struct bank_connection *b);
/* The same with the Length as given, and in two parts: a pause behind `cut` octets (0: none). */
uint32_t raw_message_send_as(struct raw_message *m, struct bank_connection *b, unsigned length,
			     size_t cut);

#endif
