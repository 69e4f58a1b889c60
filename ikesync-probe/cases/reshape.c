/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message is taken apart, changed, and written anew. */
#include "cases/reshape.h"

#include "wire/iana.h"

#define MESSAGE_MAX 17000

/* Messages come from the engine: they parse. `body` NULL: the payloads of `type` are left out. */
static GByteArray *rewrite(const GByteArray *message, const struct ike_header *header, uint8_t type,
			   const struct span *body)
{
	uint8_t buffer[MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	struct chain chain;
	struct ike_header h;
	struct fault fault;

	if (chain_parse_message(span_of(message->data, message->len), &h, &chain, &fault) != ERR_OK)
		chain.n = 0;
	if (header)
		h = *header;
	chain_writer_message(&w, &c, &h);
	for (unsigned i = 0; i < chain.n; i++) {
		const struct chain_payload *p = &chain.at[i];

		if (p->type != type)
			chain_writer_payload(&w, p->type, p->flags, p->body);
		else if (body)
			chain_writer_payload(&w, p->type, p->flags, *body);
	}
	if (chain_writer_finish(&w) != ERR_OK)
		g_error("a reshaped message has no room"); /* our own: a defect of the probe */
	return g_byte_array_append(g_byte_array_new(), buffer, (guint)wcursor_size(&c));
}

GByteArray *reshape_body(const GByteArray *message, uint8_t type, struct span body)
{
	return rewrite(message, NULL, type, &body);
}

GByteArray *reshape_without(const GByteArray *message, uint8_t type)
{
	return rewrite(message, NULL, type, NULL);
}

GByteArray *reshape_header(const GByteArray *message, const struct ike_header *h)
{
	return rewrite(message, h, PAYLOAD_NONE, NULL);
}

struct ike_header reshape_read_header(const GByteArray *message)
{
	struct ike_header h = { 0 };
	struct fault fault;

	(void)!ike_header_parse(span_of(message->data, message->len), &h, &fault);
	return h;
}
