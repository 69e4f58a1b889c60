/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting and joining fragments. */
#include "ike/ike_fragments.h"

#include "wire/ike_sk.h"

unsigned ike_fragments_count(const struct ike_inner *in, size_t size)
{
	const size_t n = ike_inner_chain(in).n;
	const size_t count = size == 0 ? 0 : n == 0 ? 1 : (n + size - 1) / size;

	return count <= IKE_FRAGMENTS_MAX ? (unsigned)count : 0;
}

enum err ike_fragments_seal(struct wcursor *out, const struct ike_header *h,
			    const struct ike_keys *keys, enum sk_sender sender, struct sk_iv *iv,
			    const struct rng *rng, const struct ike_inner *in, size_t size,
			    unsigned number)
{
	const unsigned total = ike_fragments_count(in, size);
	struct rcursor c = rcursor_init(ike_inner_chain(in), NULL);
	struct chain_writer w;
	size_t left;

	if (in->c.err != ERR_OK)
		return in->c.err;
	if (number == 0 || number > total)
		return ERR_VALUE;
	(void)rcursor_bytes(&c, size * (number - 1), "fragments before");
	left = rcursor_left(&c);
	chain_writer_message(&w, out, h);
	return sk_seal_fragment(&w, keys, sender, iv, rng, number == 1 ? ike_inner_first(in) : 0,
				rcursor_bytes(&c, left < size ? left : size, "fragment"),
				(uint16_t)number, (uint16_t)total);
}

void ike_fragments_init(struct ike_fragments *f, uint8_t *store, size_t cap)
{
	memset(f, 0, sizeof(*f));
	f->store = store;
	f->cap = cap;
}

static enum ike_fragments_state refuse(struct ike_protected *out, enum ike_clause c, enum err err)
{
	out->kind = IKE_PROTECTED_UNVERIFIED;
	ike_clause_break_err(&out->broken, c, err);
	return IKE_FRAGMENTS_REFUSED;
}

static enum ike_fragments_state join(const struct ike_fragments *f, uint8_t *plain, size_t cap,
				     struct ike_protected *out)
{
	struct wcursor c = wcursor_init(plain, cap);
	struct fault fault;

	for (unsigned i = 0; i < f->total; i++)
		wcursor_bytes(&c, span_of(&f->store[f->piece[i].at], f->piece[i].n));
	if (c.err != ERR_OK)
		return refuse(out, IKE_CLAUSE_FRAGMENT, c.err);
	if (chain_parse(wcursor_written(&c, 0), f->first, NULL, &out->inner, &fault) != ERR_OK)
		return refuse(out, IKE_CLAUSE_INNER, fault.err);
	out->kind = IKE_PROTECTED_VERIFIED;
	return IKE_FRAGMENTS_WHOLE;
}

/* A verified piece. */
static enum ike_fragments_state keep(struct ike_fragments *f, const struct ike_skf *skf,
				     uint8_t first, struct span piece, struct ike_protected *out)
{
	struct wcursor c;

	if (f->total && skf->total < f->total)
		return refuse(out, IKE_CLAUSE_FRAGMENT, ERR_VALUE);
	if (skf->total > f->total || out->header.message_id != f->message_id) {
		ike_fragments_init(f, f->store, f->cap);
		f->total = skf->total;
		f->message_id = out->header.message_id;
	}
	if (f->piece[skf->number - 1].there)
		return IKE_FRAGMENTS_MORE;
	c = wcursor_init(&f->store[f->used], f->cap - f->used);
	wcursor_bytes(&c, piece);
	if (c.err != ERR_OK)
		return refuse(out, IKE_CLAUSE_FRAGMENT, c.err);
	f->piece[skf->number - 1].at = f->used;
	f->piece[skf->number - 1].n = piece.n;
	f->piece[skf->number - 1].there = true;
	f->used += piece.n;
	f->got++;
	if (skf->number == 1)
		f->first = first;
	return IKE_FRAGMENTS_MORE;
}

enum ike_fragments_state ike_fragments_take(struct ike_fragments *f, struct span message,
					    const struct ike_keys *keys, enum sk_sender sender,
					    uint8_t *plain, size_t cap, struct ike_protected *out)
{
	enum ike_fragments_state state;
	const struct chain_payload *p;
	struct fault fault;
	struct ike_skf skf;
	struct chain outer;
	size_t n = 0;
	enum err err;

	memset(out, 0, sizeof(*out));
	if (chain_parse_message(message, &out->header, &outer, &fault) != ERR_OK)
		return refuse(out, IKE_CLAUSE_CHAIN, fault.err);
	p = chain_find(&outer, PAYLOAD_SKF);
	if (!p)
		return refuse(out, IKE_CLAUSE_CLEAR, ERR_MISSING);
	if (ike_skf_parse(p, &skf, &fault) != ERR_OK || skf.total > IKE_FRAGMENTS_MAX)
		return refuse(out, IKE_CLAUSE_FRAGMENT, ERR_VALUE);
	if (p->body.n > cap)
		return refuse(out, IKE_CLAUSE_FRAGMENT, ERR_NO_SPACE);
	err = sk_open(message, p, keys, sender, plain, &n);
	if (err != ERR_OK)
		return refuse(out, IKE_CLAUSE_INTEGRITY, err);
	state = keep(f, &skf, p->next, span_of(plain, n), out);
	if (state != IKE_FRAGMENTS_MORE || f->got < f->total)
		return state;
	return join(f, plain, cap, out);
}
