/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages that a gateway sends to its bank. */
#include "gateway/bank_request.h"

#include "capture/bytes.h"
#include "gateway/raw_message.h"

uint32_t bank_request_init(struct bank_connection *b, GBytes *const *containers, size_t n)
{
	struct stub_writer w;

	bank_connection_begin(b, &w, STUB_INIT);
	for (size_t i = 0; i < n; i++)
		stub_writer_stub(&w, bytes_span(containers[i]));
	return bank_connection_send(b, &w, STUB_INIT, n);
}

uint32_t bank_request_update(struct bank_connection *b, const struct index *old,
			     GBytes *const *containers, size_t n)
{
	struct stub_writer w;

	bank_connection_begin(b, &w, STUB_UPDATE);
	for (size_t i = 0; i < n; i++) {
		stub_writer_index(&w, &old[i]);
		stub_writer_stub(&w, bytes_span(containers[i]));
	}
	return bank_connection_send(b, &w, STUB_UPDATE, n);
}

static uint32_t indexes_alone(struct bank_connection *b, uint8_t type, const struct index *indexes,
			      size_t n)
{
	struct stub_writer w;

	bank_connection_begin(b, &w, type);
	for (size_t i = 0; i < n; i++)
		stub_writer_index(&w, &indexes[i]);
	return bank_connection_send(b, &w, type, n);
}

uint32_t bank_request_get(struct bank_connection *b, const struct index *indexes, size_t n)
{
	return indexes_alone(b, STUB_GET, indexes, n);
}

uint32_t bank_request_delete(struct bank_connection *b, const struct index *indexes, size_t n)
{
	return indexes_alone(b, STUB_DELETE, indexes, n);
}

uint32_t bank_request_prefetch(struct bank_connection *b, const struct address *address,
			       const struct index *cursor, const struct index *more)
{
	struct index all = { .address = *address };
	struct raw_message q;

	raw_message_begin(&q, b, STUB_GET);
	q.wanted.prefetch = true;
	raw_message_index(&q, &all);
	if (cursor)
		raw_message_index(&q, cursor);
	if (more)
		raw_message_index(&q, more);
	return raw_message_send(&q, b);
}

uint32_t bank_request_raw(struct bank_connection *b, uint8_t type, uint8_t first, struct span rest)
{
	struct stub_writer w;

	bank_connection_begin(b, &w, type);
	/* the transaction's Next Payload names the first of the ready chain */
	wcursor_patch(&w.c, w.chain.next_at, 1, first);
	wcursor_bytes(&w.c, rest);
	return bank_connection_send(b, &w, type, 0);
}
