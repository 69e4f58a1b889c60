/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes stub messages octet by octet, so that each can be wrong. */
#include "gateway/raw_message.h"

/* Long enough for what was sent to leave as a TLS record of its own. */
#define PAUSE_MS 20

void raw_message_begin_bare(struct raw_message *m, struct bank_connection *b, uint8_t type)
{
	const uint8_t header[STUB_HEADER_SIZE] = { 0, type };

	*m = (struct raw_message){
		.octets = g_byte_array_new(),
		.wanted = { .type = type, .transaction = bank_connection_next(b) },
	};
	g_byte_array_append(m->octets, header, sizeof(header));
}

void raw_message_begin(struct raw_message *m, struct bank_connection *b, uint8_t type)
{
	raw_message_begin_bare(m, b, type);
	raw_message_transaction(m, m->wanted.transaction);
}

void raw_message_payload(struct raw_message *m, uint8_t type, uint8_t reserved, struct span body)
{
	size_t length = body.n + CHAIN_PAYLOAD_HEADER_SIZE;
	const uint8_t header[CHAIN_PAYLOAD_HEADER_SIZE] = { 0, reserved, (uint8_t)(length >> 8),
							    (uint8_t)length };

	m->octets->data[m->next_at] = type;
	m->next_at = m->octets->len;
	g_byte_array_append(m->octets, header, sizeof(header));
	if (body.n)
		g_byte_array_append(m->octets, body.p, (guint)body.n);
}

void raw_message_transaction(struct raw_message *m, uint32_t transaction)
{
	const uint8_t body[4] = { (uint8_t)(transaction >> 24), (uint8_t)(transaction >> 16),
				  (uint8_t)(transaction >> 8), (uint8_t)transaction };

	raw_message_payload(m, STUB_PAYLOAD_TRANSACTION, 0, SPAN_OF(body));
}

void raw_message_index(struct raw_message *m, const struct index *ix)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	index_write(&c, ix);
	raw_message_payload(m, STUB_PAYLOAD_INDEX, 0, span_of(body, wcursor_size(&c)));
}

void raw_message_stub(struct raw_message *m, GBytes *container)
{
	size_t n;
	const void *p = g_bytes_get_data(container, &n);

	raw_message_payload(m, STUB_PAYLOAD_STUB, 0, span_of(p, n));
}

void raw_message_set(struct raw_message *m, int at, uint8_t octet)
{
	m->octets->data[at < 0 ? (int)m->octets->len + at : at] = octet;
}

uint32_t raw_message_send_as(struct raw_message *m, struct bank_connection *b, unsigned length,
			     size_t cut)
{
	uint32_t transaction = m->wanted.transaction;

	m->octets->data[2] = (uint8_t)(length >> 8);
	m->octets->data[3] = (uint8_t)length;
	bank_connection_asks(b, &m->wanted);
	if (cut) {
		bank_connection_send_octets(b, span_of(m->octets->data, cut));
		probe_pass_time(bank_connection_probe(b), PAUSE_MS);
	}
	bank_connection_send_octets(b, span_of(m->octets->data + cut, m->octets->len - cut));
	g_byte_array_unref(m->octets);
	return transaction;
}

uint32_t raw_message_send(struct raw_message *m, struct bank_connection *b)
{
	return raw_message_send_as(m, b, m->octets->len, 0);
}
