/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between gateways and bank, and their items. */
#include "wire/stub_message.h"

#define TRANSACTION_SIZE 4
#define LENGTH_AT 2

enum err stub_message_length(struct span stream, size_t *length)
{
	struct rcursor c = rcursor_init(stream, NULL);
	uint16_t n;

	*length = 0;
	if (stream.n < STUB_HEADER_SIZE)
		return ERR_OK;
	(void)rcursor_bytes(&c, LENGTH_AT, "stub header");
	n = rcursor_u16(&c, "stub header: Payload Length");
	if (n < STUB_HEADER_SIZE)
		return ERR_LENGTH;
	*length = n;
	return ERR_OK;
}

static void parse_header(struct rcursor *c, struct stub_header *h, size_t message_size)
{
	h->next_payload = rcursor_u8(c, "stub header: Next Payload");
	h->type = rcursor_u8(c, "stub header: type");
	h->length = rcursor_u16(c, "stub header: Payload Length");
	if (!rcursor_ok(c))
		return;
	if (h->length < STUB_HEADER_SIZE)
		rcursor_fail_at(c, ERR_LENGTH, "stub header: Payload Length is below 4", LENGTH_AT);
	else if (h->length > message_size)
		rcursor_fail_at(c, ERR_TRUNCATED, "stub header: Payload Length goes beyond the end",
				LENGTH_AT);
	else if (h->length < message_size)
		rcursor_fail_at(c, ERR_TRAILING, "stub header: octets after the Payload Length",
				LENGTH_AT);
}

static void parse_transaction(struct chain_iter *it, struct stub_message *out)
{
	struct chain_payload p;
	struct rcursor c;
	struct rcursor after;

	if (!chain_iter_next(it, &p)) {
		if (rcursor_ok(&it->c))
			rcursor_fail(&it->c, ERR_MISSING, "stub message: no transaction payload");
		return;
	}
	if (p.type != STUB_PAYLOAD_TRANSACTION) {
		rcursor_fail_at(&it->c, ERR_MISSING,
				"stub message: first payload is not a transaction", p.offset);
		return;
	}
	if (p.body.n != TRANSACTION_SIZE) {
		rcursor_fail_at(&it->c, ERR_MISSING, "transaction: not 4 octets", p.offset);
		return;
	}
	c = chain_payload_cursor(&p);
	out->transaction = rcursor_u32(&c, "transaction");
	out->has_transaction = true;
	out->first = it->next;
	after = it->c;
	out->rest = rcursor_rest(&after);
}

enum err stub_message_parse(struct span message, struct stub_message *out, struct fault *fault)
{
	struct rcursor c = rcursor_init(message, NULL);
	struct chain_iter it;
	struct chain_payload p;

	*out = (struct stub_message){ .base = message.p };
	parse_header(&c, &out->header, message.n);
	if (!rcursor_ok(&c))
		return rcursor_finish(&c, "stub header", fault);
	chain_iter_init(&it, rcursor_rest(&c), out->header.next_payload, message.p);
	parse_transaction(&it, out);
	while (chain_iter_next(&it, &p))
		if (p.type == STUB_PAYLOAD_TRANSACTION)
			rcursor_fail_at(&it.c, ERR_DUPLICATE, "stub message: second transaction",
					p.offset);
	return chain_iter_finish(&it, fault);
}

static void parse_status(const struct chain_payload *p, struct stub_status *out,
			 struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);

	out->code = rcursor_u8(&c, "status: code");
	out->flags = rcursor_u8(&c, "status: flags");
	out->item = rcursor_u16(&c, "status: item");
	if (rcursor_left(&c) > STUB_STATUS_TEXT_MAX)
		rcursor_fail(&c, ERR_LENGTH, "status: text is longer than 255 octets");
	out->text = rcursor_rest(&c);
	if (!rcursor_ok(&c))
		*fault = c.fault;
}

void stub_items_init(struct stub_items *it, const struct stub_message *m)
{
	chain_iter_init(&it->it, m->rest, m->first, m->base);
	it->pending = false;
	it->type = m->header.type;
}

/* The next payload that belongs to an item, without taking it. */
static const struct chain_payload *peek(struct stub_items *it)
{
	while (!it->pending) {
		if (!chain_iter_next(&it->it, &it->next))
			return NULL;
		it->pending = it->next.type == STUB_PAYLOAD_INDEX ||
			      it->next.type == STUB_PAYLOAD_STUB ||
			      it->next.type == STUB_PAYLOAD_STATUS;
	}
	return &it->next;
}

static bool take_stub(struct stub_items *it, struct stub_item *out)
{
	const struct chain_payload *p = peek(it);

	if (!p || p->type != STUB_PAYLOAD_STUB)
		return false;
	out->stub = *p;
	out->has_stub = true;
	it->pending = false;
	return true;
}

static void take_index(struct stub_items *it, struct stub_item *out)
{
	out->index = *peek(it);
	out->has_index = true;
	it->pending = false;
	/* half a pair spoils only itself (rule 31) */
	if (it->type == STUB_UPDATE)
		(void)take_stub(it, out);
}

static void take_status(struct stub_items *it, struct stub_item *out, struct fault *why)
{
	parse_status(peek(it), &out->status, why);
	it->pending = false;
	out->has_status = why->err == ERR_OK;
	/* In a reply to a prefetch the one status is no stub's own. */
	if (out->has_status && it->type == STUB_DOWNLOAD && out->status.item != STUB_ITEM_ALL)
		(void)take_stub(it, out);
}

bool stub_items_next(struct stub_items *it, struct stub_item *out, struct fault *fault)
{
	const struct chain_payload *p = peek(it);
	struct fault why = { .err = ERR_OK };

	out->has_index = false;
	out->has_status = false;
	out->has_stub = false;
	if (p && p->type == STUB_PAYLOAD_INDEX)
		take_index(it, out);
	else if (p && p->type == STUB_PAYLOAD_STATUS)
		take_status(it, out, &why);
	else if (p)
		(void)take_stub(it, out);
	if (fault)
		*fault = why;
	return p && why.err == ERR_OK;
}

void stub_writer_init(struct stub_writer *w, uint8_t *buf, size_t cap, uint8_t type,
		      uint32_t transaction)
{
	w->c = wcursor_init(buf, cap < STUB_MESSAGE_MAX ? cap : STUB_MESSAGE_MAX);
	chain_writer_init(&w->chain, &w->c, 0);
	wcursor_u8(&w->c, PAYLOAD_NONE);
	wcursor_u8(&w->c, type);
	wcursor_u16(&w->c, 0);
	chain_writer_begin(&w->chain, STUB_PAYLOAD_TRANSACTION, 0);
	wcursor_u32(&w->c, transaction);
	chain_writer_end(&w->chain);
}

static void begin(struct stub_writer *w, uint8_t type)
{
	w->chain.c = &w->c; /* the struct may have been copied since */
	chain_writer_begin(&w->chain, type, 0);
}

void stub_writer_index(struct stub_writer *w, const struct index *ix)
{
	begin(w, STUB_PAYLOAD_INDEX);
	index_write(&w->c, ix);
	chain_writer_end(&w->chain);
}

void stub_writer_status(struct stub_writer *w, const struct stub_status *s)
{
	struct span text = s->text;

	if (text.n > STUB_STATUS_TEXT_MAX)
		text.n = STUB_STATUS_TEXT_MAX;
	begin(w, STUB_PAYLOAD_STATUS);
	wcursor_u8(&w->c, s->code);
	wcursor_u8(&w->c, s->flags);
	wcursor_u16(&w->c, s->item);
	wcursor_bytes(&w->c, text);
	chain_writer_end(&w->chain);
}

void stub_writer_stub(struct stub_writer *w, struct span container)
{
	begin(w, STUB_PAYLOAD_STUB);
	wcursor_bytes(&w->c, container);
	chain_writer_end(&w->chain);
}

size_t stub_writer_size(const struct stub_writer *w)
{
	return wcursor_size(&w->c);
}

enum err stub_writer_finish(struct stub_writer *w, size_t *length)
{
	*length = w->c.err == ERR_OK ? wcursor_size(&w->c) : 0;
	wcursor_patch(&w->c, LENGTH_AT, 2, *length);
	return w->c.err;
}
