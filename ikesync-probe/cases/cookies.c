/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N23, N24, N27: what cookies are worth, and what an attacker gains who returns them. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/reshape.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"

#define COOKIE_MAX 64

static const struct address *other_source(const struct probe *p)
{
	return p->target->client.second_source.family ? &p->target->client.second_source : NULL;
}

/* A cookie, and the request that earned it: its SPIi and Ni are `c`'s. */
struct earned {
	struct client *c;
	struct init_request r;
	uint8_t cookie[COOKIE_MAX + 1]; /* one more, for a cookie that is too long */
	size_t n;
};

/* Ask at the variant that always wants a cookie. false: none came, and that is said. */
static bool earn(struct steps *s, struct earned *w, const struct index *ix)
{
	struct init_answer a = { 0 };
	char text[200];
	bool ok;

	*w = (struct earned){ .c = client_new(s->p, s->e, &s->p->target->cookie, NULL),
			      .r = init_request_of(&s->old->suite, ix) };
	if (!w->c)
		return false;
	w->r.stop_at_cookie = true;
	init_exchange(w->c, &w->r, &a);
	ok = a.said.kind == IKE_ANSWER_COOKIE && a.said.notify.data.n >= 1 &&
	     a.said.notify.data.n <= COOKIE_MAX;
	if (a.said.kind == IKE_ANSWER_COOKIE) {
		evidence_clause(s->e, "15.3", ok && a.said.chain.n == 1 && a.said.header.spi_r == 0,
				"the cookie response",
				"N(COOKIE) alone, of 1 to 64 octets, with SPIr 0",
				"%u payloads, %zu octets, SPIr %s", a.said.chain.n,
				a.said.notify.data.n, a.said.header.spi_r ? "not 0" : "0");
	} else {
		evidence_inconclusive(s->e, "[variant cookie] asks for no cookie: %s; see C21",
				      init_answer_text(&a, text, sizeof(text)));
	}
	if (ok) {
		w->n = a.said.notify.data.n;
		memcpy(w->cookie, a.said.notify.data.p, w->n);
	}
	init_answer_clear(&a);
	return ok;
}

/* The request that earned it, with these octets as cookie. Free with g_byte_array_unref(). */
static GByteArray *with_cookie(struct earned *w, const uint8_t *cookie, size_t n)
{
	w->r.cookie = span_of(cookie, n);
	if (!init_build(w->c, &w->r))
		g_byte_array_set_size(w->c->request, 0);
	return g_byte_array_append(g_byte_array_new(), w->c->request->data, w->c->request->len);
}

/* Send `octets` (freed) from `c`; a cookie must be asked for again. */
static void asked_again(struct steps *s, struct client *c, GByteArray *octets, const char *clause,
			const char *what)
{
	const uint64_t spi_i = c->sa.spi_i;
	struct init_answer a;
	char text[200];

	c->sa.spi_i = reshape_read_header(octets).spi_i;
	g_byte_array_set_size(c->request, 0);
	g_byte_array_append(c->request, octets->data, octets->len);
	steps_repeat_init(c, &a);
	evidence_clause(s->e, clause, a.said.kind == IKE_ANSWER_COOKIE, what, "COOKIE again", "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	c->sa.spi_i = spi_i;
	g_byte_array_unref(octets);
}

/* The same octets from another host. */
static void from_elsewhere(struct steps *s, struct earned *w, const char *clause)
{
	struct client *c;

	if (!other_source(s->p)) {
		evidence_note(s->e, "no [client] second-source: not tried from another address");
		return;
	}
	c = client_new(s->p, s->e, &s->p->target->cookie, other_source(s->p));
	if (c)
		asked_again(s, c, with_cookie(w, w->cookie, w->n), clause,
			    "the right cookie from another source");
	client_vanish(c);
}

/* The right one is served all the same. */
static void right_one(struct steps *s, struct earned *w)
{
	GByteArray *m = with_cookie(w, w->cookie, w->n);
	const struct known_octets given = { "the one that was returned and not accepted",
					    span_of(w->cookie, w->n) };
	struct init_answer a;
	char text[200];

	protected_quiet(w->c);
	steps_repeat_init(w->c, &a);
	if (a.said.kind == IKE_ANSWER_COOKIE)
		shown_guess(s->e, "the cookie that is asked for now", a.said.notify.data, &given,
			    1);
	evidence_clause(s->e, "15.3", a.said.kind == IKE_ANSWER_RESUMED,
			"the same request with the right cookie in front",
			init_kind_text(IKE_ANSWER_RESUMED), "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	g_byte_array_unref(m);
}

static void wrong_octets(struct steps *s, struct earned *w)
{
	uint8_t wrong[COOKIE_MAX + 1];

	do
		rng_fill(&rng_system, wrong, sizeof(wrong));
	while (memcmp(wrong, w->cookie, w->n) == 0);
	asked_again(s, w->c, with_cookie(w, wrong, w->n), "15.4", "a cookie that was made up");
	if (w->n > 1) {
		memcpy(wrong, w->cookie, sizeof(wrong));
		for (size_t i = 1; i < w->n; i++)
			wrong[i] ^= 0x5a;
		asked_again(s, w->c, with_cookie(w, wrong, w->n), "15.4",
			    "a cookie of which the first octet alone is right");
		asked_again(s, w->c, with_cookie(w, w->cookie, w->n - 1), "15.4",
			    "the cookie without its last octet");
		asked_again(s, w->c, with_cookie(w, w->cookie, 1), "15.4",
			    "the first octet of the cookie alone");
		memset(wrong, 0, sizeof(wrong));
		asked_again(s, w->c, with_cookie(w, wrong, w->n), "15.4", "a cookie of zeros");
	}
	if (w->n < COOKIE_MAX)
		asked_again(s, w->c, with_cookie(w, w->cookie, w->n + 1), "15.4",
			    "the cookie and an octet more");
	memcpy(wrong, w->cookie, sizeof(wrong));
	wrong[w->n - 1] ^= 1;
	asked_again(s, w->c, with_cookie(w, wrong, w->n), "15.4",
		    "the cookie with its last bit flipped");
	wrong[w->n - 1] ^= 1;
	wrong[0] ^= 0x80;
	asked_again(s, w->c, with_cookie(w, wrong, w->n), "15.4",
		    "the cookie with its first bit flipped");
}

static void n27(struct steps *s)
{
	struct earned w;

	if (earn(s, &w, &s->old->index)) {
		GByteArray *m = with_cookie(&w, w.cookie, w.n);
		struct ike_header h = reshape_read_header(m);
		uint8_t ni[32];

		wrong_octets(s, &w);
		h.spi_i ^= 1;
		asked_again(s, w.c, reshape_header(m, &h), "15.4",
			    "the right cookie under another SPIi");
		h.spi_i ^= 1 | UINT64_C(1) << 63;
		asked_again(s, w.c, reshape_header(m, &h), "15.4",
			    "the right cookie under an SPIi whose first bit differs");
		rng_fill(&rng_system, ni, sizeof(ni));
		asked_again(s, w.c, reshape_body(m, PAYLOAD_NONCE, SPAN_OF(ni)), "15.4",
			    "the right cookie with another Ni");
		from_elsewhere(s, &w, "15.4");
		right_one(s, &w);
		g_byte_array_unref(m);
	}
	client_vanish(w.c);
}

const struct probe_case case_n27 = {
	.id = "N27",
	.title = "Every wrong cookie is asked for again",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "RFC 7296 section 2.6; wire profile rule 15",
	.required =
	    "A cookie that is made up, cut, lengthened or changed, or that comes from another "
	    "address, under another SPIi or with another Ni, is asked for again; the right "
	    "one is served.",
	.causes =
	    "the presence of a cookie is enough\nas many octets are compared as came\nsource, "
	    "SPIi or Ni are no part of it",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_COOKIE,
	.clauses = "15.3 15.4",
	.needs = "C01",
	.run = stage_resumption,
	.resuming = n27,
};

/* A cookie earned by SYN for `ix` (NULL: without SYN), brought by SYN for another index. */
static void n23_one(struct steps *s, const struct index *ix, const struct index *used,
		    const char *what)
{
	struct earned w;

	if (earn(s, &w, ix)) {
		if (used)
			w.r.syn = INIT_SYN_INDEX, w.r.index = *used;
		else
			w.r.syn = INIT_SYN_NONE;
		asked_again(s, w.c, with_cookie(&w, w.cookie, w.n), "58.2", what);
	}
	client_vanish(w.c);
}

static void n23(struct steps *s)
{
	struct index unknown = steps_unknown_index(s->p), near = s->old->index;
	struct earned w;

	near.spi ^= 1;
	n23_one(s, &unknown, &s->old->index, "a cookie earned by SYN for an unknown index");
	n23_one(s, &near, &s->old->index,
		"a cookie earned by SYN for an index that differs in one bit");
	near = s->old->index;
	near.address.octets[near.address.family == 4 ? 3 : 15] ^= 2;
	if (address_is_unicast(&near.address))
		n23_one(s, &near, &s->old->index,
			"a cookie earned by SYN for the same SPI at another address");
	n23_one(s, NULL, &s->old->index, "a cookie earned without SYN");
	n23_one(s, &s->old->index, NULL, "a cookie earned by SYN, used without");
	if (earn(s, &w, &s->old->index)) {
		from_elsewhere(s, &w, "58.2");
		right_one(s, &w);
	}
	client_vanish(w.c);
}

const struct probe_case case_n23 = {
	.id = "N23",
	.title = "A cookie earned for one SYN does not serve another",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 15 and 58",
	.required =
	    "One cookie serves one source, SPIi, Ni and SYN: who earned it for one index has "
	    "to ask anew for another.",
	.causes = "SYN is no part of what the cookie is made of\nits address or its last bits are "
		  "left out",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_COOKIE,
	.clauses = "15.3 58.2",
	.needs = "C01",
	.run = stage_resumption,
	.resuming = n23,
};

/* A SYN that offers another suite than the stub's is a miss: his, and nobody else's. */
static void foreign_offer(struct steps *s, const struct address *source)
{
	const struct suite *other = steps_other_prf(s->p);
	struct client *c = other ? client_new(s->p, s->e, &s->p->target->gateway, source) : NULL;
	struct init_answer a;
	char text[200];

	if (!c)
		return;
	const struct init_request r = init_request_of(other, &s->old->index);

	init_exchange(c, &r, &a);
	evidence_note(s->e, "he offers another suite than the stub's: %s",
		      init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_vanish(c);
}

static void n24(struct steps *s)
{
	const struct address *sources[] = { NULL, other_source(s->p) };
	unsigned hits = 0;

	/* three of the client's own address, and two of its own: fewer than those that let it have five would refuse */
	s->e->impatient = true;
	for (unsigned i = 0; i < 6; i++) {
		struct client *attacker =
		    client_new(s->p, s->e, &s->p->target->gateway, sources[i % 2]);
		struct init_answer a = { 0 };

		if (attacker)
			hits += resume_syn(attacker, s->old, &a) == IKE_ANSWER_RESUMED;
		init_answer_clear(&a);
		client_vanish(attacker);
	}
	foreign_offer(s, sources[1]);
	evidence_note(s->e,
		      "an attacker who knows the index and returns cookies sent 6 SYNs from two "
		      "addresses and confirms none: %u hit",
		      hits);
	evidence_clause(s->e, "15.7", hits == 0 || aftermath_ground(s),
			"SYN of the real client while they stand",
			init_kind_text(IKE_ANSWER_RESUMED), "something else");
	aftermath_resumes(s, hits != 0, "15.7", "the real client resumes");
}

const struct probe_case case_n24 = {
	.id = "N24",
	.title = "An attacker with the index cannot shut its client out",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(15),
	.required =
	    "Whoever knows an index can make provisional SAs of it, and no more: its client "
	    "is answered while they stand, and resumes.",
	.causes =
	    "a cap per index counts all sources together and refuses the newest\na provisional "
	    "SA blocks the index\nunconfirmed SYNs count as moves",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "15.7",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n24,
};
