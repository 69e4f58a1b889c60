/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to a bank: each is sent at once, and its transaction ID returned for
 * bank_answer_await(). */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_REQUEST_H
#define IKESYNC_PROBE_GATEWAY_BANK_REQUEST_H

#include "gateway/bank_connection.h"

uint32_t bank_request_init(struct bank_connection *b, GBytes *const *containers, size_t n);
uint32_t bank_request_update(struct bank_connection *b, const struct index *old,
			     GBytes *const *containers, size_t n);
uint32_t bank_request_get(struct bank_connection *b, const struct index *indexes, size_t n);
uint32_t bank_request_delete(struct bank_connection *b, const struct index *indexes, size_t n);
/* Every stub of `address`; the third and fourth index of the message may be NULL: none. */
uint32_t bank_request_prefetch(struct bank_connection *b, const struct address *address,
			       const struct index *cursor, const struct index *more);
/* A message of any type whose payloads after the transaction are `rest`, first of type `first`. */
uint32_t bank_request_raw(struct bank_connection *b, uint8_t type, uint8_t first, struct span rest);

#endif
