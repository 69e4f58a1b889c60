/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payload chains: split, searched, checked, written. */
#include "wire/chain.h"

#include "wire/iana.h"

#define MESSAGE_LENGTH_AT 24 /* RFC 7296 3.1: after SPIs, four octets and the Message ID */

void chain_iter_init(struct chain_iter *it, struct span body, uint8_t first, const uint8_t *base)
{
	it->c = rcursor_init(body, base);
	it->next = first;
}

bool chain_iter_next(struct chain_iter *it, struct chain_payload *out)
{
	struct rcursor *c = &it->c;
	size_t at = rcursor_offset(c);
	uint16_t length;

	if (it->next == PAYLOAD_NONE || !rcursor_ok(c))
		return false;
	out->type = it->next;
	out->offset = at;
	out->next = rcursor_u8(c, "chain: payload header");
	out->flags = rcursor_u8(c, "chain: payload header");
	length = rcursor_u16(c, "chain: payload header");
	if (rcursor_ok(c) && length < CHAIN_PAYLOAD_HEADER_SIZE)
		rcursor_fail_at(c, ERR_LENGTH, "chain: Payload Length is below 4", at + 2);
	if (!rcursor_ok(c))
		return false;
	if (rcursor_left(c) < length - (size_t)CHAIN_PAYLOAD_HEADER_SIZE) {
		rcursor_fail_at(c, ERR_TRUNCATED, "chain: Payload Length goes beyond the end",
				at + 2);
		return false;
	}
	out->body = rcursor_bytes(c, length - (size_t)CHAIN_PAYLOAD_HEADER_SIZE, "chain: body");
	it->next = out->next;
	return true;
}

enum err chain_iter_finish(struct chain_iter *it, struct fault *fault)
{
	struct chain_payload p;

	while (chain_iter_next(it, &p))
		; /* the rest must be sound too, where the caller stopped early */
	if (rcursor_ok(&it->c) && rcursor_left(&it->c) != 0)
		rcursor_fail(&it->c, ERR_CHAIN, "chain: Next Payload is 0 and octets are left");
	if (fault && !rcursor_ok(&it->c))
		*fault = it->c.fault;
	return it->c.fault.err;
}

enum err chain_parse(struct span body, uint8_t first, const uint8_t *base, struct chain *out,
		     struct fault *fault)
{
	struct chain_iter it;
	struct chain_payload surplus;

	out->n = 0;
	chain_iter_init(&it, body, first, base);
	while (out->n < CHAIN_MAX && chain_iter_next(&it, &out->at[out->n])) {
		uint8_t type = out->at[out->n++].type;

		/* Its Next Payload names the first payload inside (RFC 7296 3.14, RFC 7383 2.5). */
		if (type != PAYLOAD_SK && type != PAYLOAD_SKF)
			continue;
		it.next = PAYLOAD_NONE;
		if (rcursor_left(&it.c) != 0)
			rcursor_fail(&it.c, ERR_TRAILING,
				     "chain: octets after the Encrypted payload");
		break;
	}
	if (out->n == CHAIN_MAX && chain_iter_next(&it, &surplus))
		rcursor_fail_at(&it.c, ERR_TOO_MANY, "chain: more than 256 payloads",
				surplus.offset);
	return chain_iter_finish(&it, fault);
}

enum err chain_parse_body(struct span message, const struct ike_header *header, struct chain *out,
			  struct fault *fault)
{
	struct rcursor c = rcursor_init(message, NULL);

	(void)rcursor_bytes(&c, IKE_HEADER_SIZE, "IKE header");
	return chain_parse(rcursor_rest(&c), header->next_payload, message.p, out, fault);
}

enum err chain_parse_message(struct span message, struct ike_header *header, struct chain *out,
			     struct fault *fault)
{
	enum err err;

	out->n = 0;
	err = ike_header_parse(message, header, fault);
	return err != ERR_OK ? err : chain_parse_body(message, header, out, fault);
}

const struct chain_payload *chain_find(const struct chain *c, uint8_t type)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->at[i].type == type)
			return &c->at[i];
	return NULL;
}

unsigned chain_count(const struct chain *c, uint8_t type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n; i++)
		n += c->at[i].type == type;
	return n;
}

static bool is_defined(uint8_t type)
{
	return (type >= PAYLOAD_SA && type <= PAYLOAD_EAP) || type == PAYLOAD_SKF;
}

enum err chain_check_critical(const struct chain *c, uint8_t syn_type, uint8_t *unknown)
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct chain_payload *p = &c->at[i];

		if (!(p->flags & CHAIN_CRITICAL) || is_defined(p->type) || p->type == syn_type)
			continue;
		if (unknown)
			*unknown = p->type;
		return ERR_CRITICAL;
	}
	return ERR_OK;
}

void chain_writer_init(struct chain_writer *w, struct wcursor *c, size_t first_at)
{
	w->c = c;
	w->next_at = first_at;
	w->length_at = 0;
	w->start = 0;
}

void chain_writer_begin(struct chain_writer *w, uint8_t type, uint8_t flags)
{
	wcursor_patch(w->c, w->next_at, 1, type);
	w->start = wcursor_size(w->c);
	w->next_at = w->start;
	wcursor_u8(w->c, PAYLOAD_NONE);
	wcursor_u8(w->c, flags);
	w->length_at = wcursor_size(w->c);
	wcursor_u16(w->c, 0);
}

void chain_writer_end(struct chain_writer *w)
{
	size_t length = wcursor_size(w->c) - w->start;

	if (length > UINT16_MAX)
		wcursor_fail(w->c, ERR_NO_SPACE);
	wcursor_patch(w->c, w->length_at, 2, length);
}

void chain_writer_payload(struct chain_writer *w, uint8_t type, uint8_t flags, struct span body)
{
	chain_writer_begin(w, type, flags);
	wcursor_bytes(w->c, body);
	chain_writer_end(w);
}

void chain_writer_message(struct chain_writer *w, struct wcursor *c, const struct ike_header *h)
{
	struct ike_header start = *h;

	start.next_payload = PAYLOAD_NONE;
	start.length = 0;
	ike_header_write(c, &start);
	chain_writer_init(w, c, 16);
}

enum err chain_writer_finish(struct chain_writer *w)
{
	if (wcursor_size(w->c) > IKE_MESSAGE_MAX)
		wcursor_fail(w->c, ERR_NO_SPACE);
	wcursor_patch(w->c, MESSAGE_LENGTH_AT, 4, wcursor_size(w->c));
	return w->c->err;
}
