/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container of a stub: index, lifetime, sealed or clear body. */
#include "wire/stub_container.h"

#define LIFETIME_SIZE 4
#define POSITION_INDEX 0
#define POSITION_LIFETIME 1

/* What has been seen of a container so far. */
struct seen {
	unsigned position;
	bool index;
	bool lifetime;
	bool sealed;
	bool clear;
};

static void take_index(struct rcursor *c, const struct chain_payload *p, struct seen *seen,
		       struct stub_container *out)
{
	struct fault why;

	if (seen->index)
		rcursor_fail_at(c, ERR_DUPLICATE, "container: second index", p->offset);
	else if (seen->position != POSITION_INDEX)
		rcursor_fail_at(c, ERR_CHAIN, "container: index is not first", p->offset);
	else if (index_parse(p->body, false, p->offset + CHAIN_PAYLOAD_HEADER_SIZE, &out->index,
			     &why) != ERR_OK)
		rcursor_fail_at(c, why.err, why.field, why.offset);
	seen->index = true;
}

static void take_lifetime(struct rcursor *c, const struct chain_payload *p, struct seen *seen,
			  struct stub_container *out, size_t container_offset)
{
	struct rcursor value = chain_payload_cursor(p);

	if (seen->lifetime)
		rcursor_fail_at(c, ERR_DUPLICATE, "container: second lifetime", p->offset);
	else if (seen->position != POSITION_LIFETIME)
		rcursor_fail_at(c, ERR_CHAIN, "container: lifetime is not second", p->offset);
	else if (p->body.n != LIFETIME_SIZE)
		rcursor_fail_at(c, ERR_LENGTH, "lifetime: not 4 octets", p->offset);
	out->lifetime_offset = rcursor_offset(&value) - container_offset;
	out->lifetime = rcursor_u32(&value, "lifetime");
	seen->lifetime = true;
}

static void take_sealed(struct rcursor *c, const struct chain_payload *p, struct seen *seen,
			struct stub_container *out)
{
	struct fault why;

	if (seen->sealed)
		rcursor_fail_at(c, ERR_DUPLICATE, "container: second sealed stub", p->offset);
	else if (seen->clear)
		rcursor_fail_at(c, ERR_CHAIN, "container: sealed and clear content together",
				p->offset);
	else if (stub_sealed_parse(p->body, p->offset + CHAIN_PAYLOAD_HEADER_SIZE, &out->sealed,
				   &why) != ERR_OK)
		rcursor_fail_at(c, why.err, why.field, why.offset);
	seen->sealed = true;
}

static void take_clear(struct rcursor *c, const struct chain_payload *p, struct seen *seen)
{
	if (seen->sealed)
		rcursor_fail_at(c, ERR_CHAIN, "container: sealed and clear content together",
				p->offset);
	seen->clear = true;
}

static void check_whole(struct rcursor *c, const struct seen *seen)
{
	if (!rcursor_ok(c))
		return;
	if (!seen->index)
		rcursor_fail(c, ERR_MISSING, "container: no index");
	else if (!seen->lifetime)
		rcursor_fail(c, ERR_MISSING, "container: no lifetime");
	else if (!seen->sealed && !seen->clear)
		rcursor_fail(c, ERR_MISSING, "container: neither a sealed nor a clear stub");
}

static void parse_chain(struct chain_iter *it, struct stub_container *out, size_t container_offset,
			struct seen *seen)
{
	struct chain_payload p;

	for (; chain_iter_next(it, &p); seen->position++) {
		switch (p.type) {
		case STUB_PAYLOAD_INDEX:
			take_index(&it->c, &p, seen, out);
			break;
		case STUB_PAYLOAD_LIFETIME:
			take_lifetime(&it->c, &p, seen, out, container_offset);
			break;
		case STUB_PAYLOAD_SEALED:
			take_sealed(&it->c, &p, seen, out);
			break;
		case PAYLOAD_SA:
		case PAYLOAD_IDI:
		case PAYLOAD_IDR:
		case STUB_PAYLOAD_SPI_PAIR:
		case STUB_PAYLOAD_SK_D:
		case STUB_PAYLOAD_SHARED_SECRET:
		case STUB_PAYLOAD_ATTRIBUTE:
			take_clear(&it->c, &p, seen);
			break;
		default:
			break; /* unknown: kept in `body` octet for octet (rule 27) */
		}
	}
}

enum err stub_container_parse(const struct chain_payload *p, struct stub_container *out,
			      struct fault *fault)
{
	struct rcursor c = chain_payload_cursor(p);
	size_t container_offset = rcursor_offset(&c);
	struct seen seen = { .position = 0 };
	struct chain_iter it;
	enum err err;

	*out = (struct stub_container){ .body = p->body };
	out->first = rcursor_u8(&c, "container: First Payload");
	(void)rcursor_bytes(&c, 3, "container: RESERVED");
	if (!rcursor_ok(&c))
		return rcursor_finish(&c, "container", fault);
	chain_iter_init(&it, SPAN_NONE, out->first, NULL);
	it.c = rcursor_init_at(rcursor_rest(&c), container_offset + STUB_CONTAINER_HEAD);
	c = it.c;
	out->chain = rcursor_rest(&c);
	parse_chain(&it, out, container_offset, &seen);
	err = chain_iter_finish(&it, fault);
	if (err != ERR_OK)
		return err;
	out->is_sealed = seen.sealed;
	check_whole(&it.c, &seen);
	return rcursor_finish(&it.c, "container", fault);
}

void stub_container_begin(struct chain_writer *w, struct wcursor *c, const struct index *ix,
			  uint32_t lifetime)
{
	chain_writer_init(w, c, wcursor_size(c));
	wcursor_u32(c, 0); /* First Payload, RESERVED */
	chain_writer_begin(w, STUB_PAYLOAD_INDEX, 0);
	index_write(c, ix);
	chain_writer_end(w);
	chain_writer_begin(w, STUB_PAYLOAD_LIFETIME, 0);
	wcursor_u32(c, lifetime);
	chain_writer_end(w);
}

void stub_container_write_sealed(struct wcursor *c, const struct index *ix, uint32_t lifetime,
				 struct span sealed_body)
{
	struct chain_writer w;

	stub_container_begin(&w, c, ix, lifetime);
	chain_writer_payload(&w, STUB_PAYLOAD_SEALED, 0, sealed_body);
}

enum err stub_sealed_parse(struct span body, size_t offset, struct stub_sealed *out,
			   struct fault *fault)
{
	struct rcursor c = rcursor_init_at(body, offset), head = c;
	uint8_t version = rcursor_u8(&c, "sealed stub: version");

	*out = (struct stub_sealed){ .body = body };
	/* Version first: what follows is only known for version 1. */
	if (rcursor_ok(&c) && version != STUB_SEALED_VERSION)
		rcursor_fail_at(&c, ERR_VERSION, "sealed stub: version is not 1", offset);
	out->key_id = rcursor_u32(&c, "sealed stub: key ID");
	out->salt = rcursor_bytes(&c, STUB_SEALED_SALT, "sealed stub: salt");
	out->expiry = rcursor_u64(&c, "sealed stub: expiry");
	if (rcursor_ok(&c) && rcursor_left(&c) < STUB_SEALED_PLAIN_MIN + STUB_SEALED_TAG)
		rcursor_fail(&c, ERR_TRUNCATED, "sealed stub: ciphertext and tag");
	if (rcursor_ok(&c)) {
		out->ciphertext = rcursor_bytes(&c, rcursor_left(&c) - STUB_SEALED_TAG,
						"sealed stub: ciphertext");
		out->tag = rcursor_bytes(&c, STUB_SEALED_TAG, "sealed stub: tag");
		out->clear = rcursor_bytes(&head, STUB_SEALED_CLEAR, "sealed stub: head");
	}
	return rcursor_finish(&c, "sealed stub", fault);
}

/* Cut a body at its lifetime: what stands before, and what behind. */
static void split(const struct stub_container *s, struct span *before, struct span *behind)
{
	struct rcursor c = rcursor_init(s->body, NULL);

	*before = rcursor_bytes(&c, s->lifetime_offset, "container");
	(void)rcursor_bytes(&c, LIFETIME_SIZE, "lifetime");
	*behind = rcursor_rest(&c);
}

bool stub_container_same(const struct stub_container *a, const struct stub_container *b)
{
	struct span before_a, behind_a, before_b, behind_b;

	split(a, &before_a, &behind_a);
	split(b, &before_b, &behind_b);
	return span_equal(before_a, before_b) && span_equal(behind_a, behind_b);
}
