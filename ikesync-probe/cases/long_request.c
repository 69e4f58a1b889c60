/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N31: requests with as many proposals, transforms and payloads as there may be. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/reshape.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define NOBODYS_TRANSFORM 65001
#define PROPOSALS_MAX 255
#define TRANSFORMS 250
#define PAYLOADS 200
#define BODY_MAX 16000

static void write_transform(struct wcursor *c, uint8_t type, uint16_t id, bool last)
{
	wcursor_u8(c, last ? 0 : 3);
	wcursor_u8(c, 0);
	wcursor_u16(c, 8);
	wcursor_u8(c, type);
	wcursor_u8(c, 0);
	wcursor_u16(c, id);
}

/* A proposal of transforms that nobody has. */
static void write_foreign(struct wcursor *c, uint8_t number)
{
	static const uint8_t types[] = { TRANSFORM_ENCR, TRANSFORM_PRF, TRANSFORM_INTEG,
					 TRANSFORM_DH };
	const unsigned n = G_N_ELEMENTS(types);

	wcursor_u8(c, 2); /* another follows */
	wcursor_u8(c, 0);
	wcursor_u16(c, (uint16_t)(8 + 8 * n));
	wcursor_u8(c, number);
	wcursor_u8(c, PROTOCOL_IKE);
	wcursor_u8(c, 0);
	wcursor_u8(c, (uint8_t)n);
	for (unsigned i = 0; i < n; i++)
		write_transform(c, types[i], NOBODYS_TRANSFORM, i + 1 == n);
}

/* The client's one proposal behind `n - 1` foreign ones. */
static GByteArray *with_proposals(const GByteArray *m, unsigned n)
{
	uint8_t *body = g_malloc(BODY_MAX);
	struct wcursor c = wcursor_init(body, BODY_MAX);
	struct chain_payload p = { 0 };
	const struct ike_header h = reshape_read_header(m);
	struct chain chain;
	struct fault fault;
	GByteArray *out = NULL;
	size_t own;

	for (unsigned i = 1; i < n; i++)
		write_foreign(&c, (uint8_t)i);
	own = wcursor_size(&c);
	if (chain_parse_body(span_of(m->data, m->len), &h, &chain, &fault) == ERR_OK &&
	    chain_find(&chain, PAYLOAD_SA))
		p = *chain_find(&chain, PAYLOAD_SA);
	wcursor_bytes(&c, p.body);
	wcursor_patch(&c, own + 4, 1, n); /* its number */
	if (c.err == ERR_OK && p.body.n)
		out = reshape_body(m, PAYLOAD_SA, span_of(body, wcursor_size(&c)));
	g_free(body);
	return out;
}

/* Foreign transforms in front of those of the client's own proposal. */
static GByteArray *with_transforms(const GByteArray *m, unsigned n)
{
	uint8_t *body = g_malloc(BODY_MAX);
	struct wcursor c = wcursor_init(body, BODY_MAX);
	const struct ike_header h = reshape_read_header(m);
	const struct chain_payload *p = NULL;
	struct chain chain;
	struct fault fault;
	GByteArray *out = NULL;

	if (chain_parse_body(span_of(m->data, m->len), &h, &chain, &fault) == ERR_OK)
		p = chain_find(&chain, PAYLOAD_SA);
	if (p && p->body.n > 8) {
		wcursor_bytes(&c, span_of(p->body.p, 8));
		for (unsigned i = 0; i < n; i++)
			write_transform(&c, TRANSFORM_ENCR, (uint16_t)(NOBODYS_TRANSFORM + i),
					false);
		wcursor_bytes(&c, span_of(p->body.p + 8, p->body.n - 8));
		wcursor_patch(&c, 2, 2, wcursor_size(&c));
		wcursor_patch(&c, 7, 1, p->body.p[7] + n);
		if (c.err == ERR_OK)
			out = reshape_body(m, PAYLOAD_SA, span_of(body, wcursor_size(&c)));
	}
	g_free(body);
	return out;
}

/* So many payloads in all: Vendor IDs behind what there is; or one of `size` octets (n 0). */
static GByteArray *with_vendor_ids(const GByteArray *m, unsigned n, size_t size)
{
	uint8_t *octets = g_malloc0(m->len + BODY_MAX + 8 * PAYLOADS);
	uint8_t *body = g_malloc0(size + 4);
	struct wcursor c = wcursor_init(octets, m->len + BODY_MAX + 8 * PAYLOADS);
	struct ike_header h = reshape_read_header(m);
	struct chain_writer w;
	struct chain_iter it;
	struct chain_payload p;
	unsigned had = 0;
	GByteArray *out = NULL;

	chain_writer_message(&w, &c, &h);
	chain_iter_init(&it, span_of(m->data + IKE_HEADER_SIZE, m->len - IKE_HEADER_SIZE),
			h.next_payload, m->data);
	while (chain_iter_next(&it, &p)) {
		chain_writer_payload(&w, p.type, p.flags, p.body);
		had++;
	}
	if (n == 0)
		chain_writer_payload(&w, PAYLOAD_VENDOR, 0, span_of(body, size));
	for (; had < n; had++)
		chain_writer_payload(&w, PAYLOAD_VENDOR, 0, span_of(body, 4));
	if (chain_writer_finish(&w) == ERR_OK)
		out = g_byte_array_append(g_byte_array_new(), octets, (guint)wcursor_size(&c));
	g_free(body);
	g_free(octets);
	return out;
}

/* Send `m` in place of the client's request, which it is from now on. */
static enum ike_answer_kind send_instead(struct client *c, GByteArray *m, struct init_answer *a)
{
	*a = (struct init_answer){ 0 };
	if (!m)
		return IKE_ANSWER_NONE;
	g_byte_array_set_size(c->request, 0);
	g_byte_array_append(c->request, m->data, m->len);
	return steps_repeat_init(c, a);
}

/* Does a request of that size arrive at all? IP fragments are dropped on many ways. */
static bool arrives(struct steps *s, size_t size)
{
	const struct init_request r = init_request_of(&s->p->target->client.suites[0], NULL);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_answer a = { 0 };
	GByteArray *m = NULL;
	bool ok = false;

	if (c && init_build(c, &r)) {
		m = size > c->request->len + 4
			? with_vendor_ids(c->request, 0, size - c->request->len - 4)
			: NULL;
		ok = send_instead(c, m, &a) != IKE_ANSWER_NONE;
		if (ok && a.said.kind == IKE_ANSWER_ORDINARY && init_keys(c, &r, &a))
			client_goodbye(c);
	}
	if (m)
		g_byte_array_unref(m);
	init_answer_clear(&a);
	client_vanish(c);
	return ok;
}

/* The same with the cookie that was asked for, in the place of `*m`. */
static void with_cookie(struct steps *s, GByteArray **m,
			GByteArray *(*shape)(const GByteArray *m, unsigned n), unsigned n)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	uint8_t cookie[64];
	const size_t size = MIN(s->a.said.notify.data.n, sizeof(cookie));

	memcpy(cookie, s->a.said.notify.data.p, size);
	r.cookie = span_of(cookie, size);
	if (!init_build(s->c, &r))
		return;
	g_byte_array_unref(*m);
	*m = shape(s->c->request, n);
	init_answer_clear(&s->a);
	send_instead(s->c, *m, &s->a);
}

/* A SYN for the live stub in that shape: a hit, and its client goes on. */
static void shaped(struct steps *s, GByteArray *(*shape)(const GByteArray *m, unsigned n),
		   unsigned n, const char *what)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	char text[240];
	GByteArray *m;

	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!s->c || !init_build(s->c, &r))
		return;
	m = shape(s->c->request, n);
	if (!m || (m->len > 1280 && !arrives(s, m->len))) {
		evidence_note(
		    s->e,
		    "%s: a request of %u octets does not arrive, whatever is in it; not asked",
		    what, m ? m->len : 0);
		if (m)
			g_byte_array_unref(m);
		return;
	}
	init_answer_clear(&s->a);
	send_instead(s->c, m, &s->a);
	if (s->a.said.kind == IKE_ANSWER_COOKIE)
		with_cookie(s, &m, shape, n);
	if (s->a.said.kind == IKE_ANSWER_COOKIE) {
		evidence_note(s->e, "%s: a cookie is asked for, again and again", what);
	} else if (evidence_clause(s->e, "57.1", s->a.said.kind == IKE_ANSWER_RESUMED, what,
				   init_kind_text(IKE_ANSWER_RESUMED), "%s",
				   init_answer_text(&s->a, text, sizeof(text)))) {
		init_take(s->c, &s->a);
		if (resume_derive(s->c, s->old)) {
			steps_confirm(s, NULL);
			shown_committed(s, "12.3", "BIND over that request");
		}
	}
	if (m)
		g_byte_array_unref(m);
}

static GByteArray *vendor_ids(const GByteArray *m, unsigned n)
{
	return with_vendor_ids(m, n, 0);
}

static void few_proposals(struct steps *s)
{
	shaped(s, with_proposals, 20,
	       "SYN that offers the stub's suite as the last of 20 proposals");
}

static void many_proposals(struct steps *s)
{
	shaped(s, with_proposals, PROPOSALS_MAX,
	       "SYN that offers the stub's suite as the last of 255 proposals");
}

static void many_transforms(struct steps *s)
{
	shaped(s, with_transforms, TRANSFORMS,
	       "SYN whose proposal has 250 transforms before the stub's");
}

static void many_payloads(struct steps *s)
{
	shaped(s, vendor_ids, PAYLOADS, "SYN in a request of 200 payloads");
}

/* The answer names the proposal that it takes. */
static void last_number(struct steps *s)
{
	const struct init_request r = init_request_of(&s->p->target->client.suites[0], NULL);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	const struct chain_payload *sa = NULL;
	struct init_answer a = { 0 };
	GByteArray *m = c && init_build(c, &r) ? with_proposals(c->request, PROPOSALS_MAX) : NULL;

	if (m && arrives(s, m->len) && send_instead(c, m, &a) == IKE_ANSWER_ORDINARY) {
		sa = chain_find(&a.said.chain, PAYLOAD_SA);
		evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 3.3.1",
				  sa && sa->body.n > 4 && sa->body.p[4] == PROPOSALS_MAX,
				  "number of the proposal in the answer to 255 of them",
				  "255, that of the one that was taken", "%u",
				  sa && sa->body.n > 4 ? sa->body.p[4] : 0);
	}
	if (m)
		g_byte_array_unref(m);
	init_answer_clear(&a);
	client_vanish(c);
}

static void n31(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, NULL, few_proposals);
	stage_resumption_with(p, e, NULL, NULL, many_proposals);
	stage_resumption_with(p, e, NULL, NULL, last_number);
	stage_resumption_with(p, e, NULL, NULL, many_transforms);
	stage_resumption_with(p, e, NULL, NULL, many_payloads);
}

const struct probe_case case_n31 = {
	.id = "N31",
	.title = "255 proposals, 250 transforms, 200 payloads: an answer, not silence",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.7 and 3.3; wire profile rules 12 and 57",
	.required =
	    "A request may have 255 proposals, a proposal 255 transforms, and a message 200 "
	    "payloads: what is not known among them is skipped, and the rest is served.",
	.causes =
	    "proposals are kept in a table of a few\nthe number of a proposal or a transform is "
	    "compared as a signed octet\nlong requests are cut at a buffer's size",
	.clauses = "12.3 57.1",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = n31,
};
