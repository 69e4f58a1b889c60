/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C01, C02, C06, C07, C20, C21: the answer to SYN. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"

static void c01(struct steps *s)
{
	steps_syn(s);
	shown_hit(s);
}

const struct probe_case case_c01 = {
	.id = "C01",
	.title = "A live stub is resumed: the response is HDR, Nr",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1, figure 4; wire profile rule 7",
	.required = "A gateway that accepts SYN answers in exchange 34 with message ID 0, a "
		    "new SPIr and Nr, and with neither SA nor KE.",
	.causes = "the stub did not reach the bank, or the gateway cannot get it\nSYN has "
		  "another payload type at the target (see [target] syn-payload-type)\n"
		  "the gateway adds SA or KE, as an ordinary response has them\nthe gateway "
		  "does not know SYN (then it is a fallback)",
	.clauses = "7.1 7.2 7.8 6.2 9.5 23.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.run = stage_resumption,
	.resuming = c01,
};

static void c02(struct steps *s)
{
	for (unsigned i = 0; i < 3 && steps_hit(s); i++) {
		const uint64_t spi = s->a.said.header.spi_r;

		evidence_clause(s->e, "7.1", spi != 0, "SPIr_new", "not zero",
				"%016" G_GINT64_MODIFIER "x", spi);
		evidence_clause(s->e, "7.2", shown_spis_differ(spi, s->old->spi_r),
				"SPIr_new and the old SA's SPIr", "another one, in most octets",
				"%016" G_GINT64_MODIFIER "x, the old one is %016" G_GINT64_MODIFIER
				"x",
				spi, s->old->spi_r);
		evidence_clause(s->e, "7.2", shown_spis_differ(spi, s->old->spi_i),
				"SPIr_new and the old SA's SPIi", "another one, in most octets",
				"%016" G_GINT64_MODIFIER "x, the old one is %016" G_GINT64_MODIFIER
				"x",
				spi, s->old->spi_i);
		evidence_clause(s->e, "7.4", shown_spis_differ(spi, s->c->sa.spi_i),
				"SPIr_new and the request's SPIi", "not the client's own",
				"%016" G_GINT64_MODIFIER "x, SPIi is %016" G_GINT64_MODIFIER "x",
				spi, s->c->sa.spi_i);
	}
}

const struct probe_case case_c02 = {
	.id = "C02",
	.title = "SPIr_new is not zero and not the old one",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rule 7",
	.required = "The target gateway chooses a new SPIr, which goes into the key derivation.",
	.causes =
	    "the stub's SPIr is used again, or counted up\nthe header's SPIr is filled in only "
	    "later\nSPIs are not random",
	.clauses = "7.1 7.2 7.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c02,
};

#define ROUNDS 4

/* Two answers to two SYNs. */
static void compare_two(struct steps *s, GBytes *const *nr, const uint64_t *spi, unsigned i,
			unsigned j)
{
	const struct span a = span_of(g_bytes_get_data(nr[j], NULL), g_bytes_get_size(nr[j])),
			  b = span_of(g_bytes_get_data(nr[i], NULL), g_bytes_get_size(nr[i]));
	const unsigned same = shown_same_octets(a, b);

	const struct known_octets earlier = { "the Nr of an earlier answer", b };

	if (same >= MIN(a.n, b.n) / 4)
		shown_guess(s->e, "Nr", a, &earlier, 1);
	evidence_clause(s->e, "7.3", same < MIN(a.n, b.n) / 4, "Nr is fresh",
			"another Nr for another SYN, in most octets",
			"answers %u and %u have %u of %zu octets in common", j + 1, i + 1, same,
			MIN(a.n, b.n));
	evidence_clause(s->e, "7.2", shown_spis_differ(spi[i], spi[j]), "SPIr_new is fresh",
			"another SPIr for another SYN, in most octets",
			"%016" G_GINT64_MODIFIER "x and %016" G_GINT64_MODIFIER "x", spi[j],
			spi[i]);
}

/* Octets that never change are no random ones, however different the rest is. */
static void constant_octets(struct steps *s, GBytes *const *nr, unsigned n)
{
	size_t least = SIZE_MAX;
	unsigned constant = 0;

	for (unsigned i = 0; i < n; i++)
		least = MIN(least, g_bytes_get_size(nr[i]));
	for (size_t k = 0; k < least; k++) {
		unsigned same = 1;

		for (unsigned i = 1; i < n; i++)
			same += ((const uint8_t *)g_bytes_get_data(nr[i], NULL))[k] ==
				((const uint8_t *)g_bytes_get_data(nr[0], NULL))[k];
		constant += same == n;
	}
	/* by chance once in 10^7 for one octet among four answers */
	evidence_clause(s->e, "7.4", constant < 2, "Nr is random in all its octets",
			"no octets that are the same in every answer",
			"%u of %zu octets are the same in %u answers", constant, least, n);
}

/* Half of the question stays: Ni under another SPIi, or SPIi with another Ni. */
static void ask_again(struct steps *s, bool same_ni)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	const uint64_t spi_i = s->c->sa.spi_i, spi_r = s->a.said.header.spi_r;
	uint8_t ni[CLIENT_NONCE_DEFAULT], nr[256];
	const size_t n = MIN(s->a.said.nr.n, sizeof(nr));
	char text[200];

	if (s->c->ni_n != sizeof(ni) || s->a.said.kind != IKE_ANSWER_RESUMED)
		return;
	memcpy(ni, s->c->ni, sizeof(ni));
	memcpy(nr, s->a.said.nr.p, n);
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	if (same_ni)
		memcpy(s->c->ni, ni, sizeof(ni));
	else
		s->c->sa.spi_i = spi_i;
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_note(s->e, "a SYN with %s: %s",
		      same_ni ? "the same Ni under another SPIi" : "the same SPIi and another Ni",
		      init_answer_text(&s->a, text, sizeof(text)));
	if (s->a.said.kind != IKE_ANSWER_RESUMED)
		return;
	evidence_clause(s->e, "7.3",
			shown_same_octets(span_of(nr, n), s->a.said.nr) <
			    MIN(n, s->a.said.nr.n) / 4,
			"Nr is no function of the request", "another Nr, in most octets",
			"%u octets in common", shown_same_octets(span_of(nr, n), s->a.said.nr));
	evidence_clause(s->e, "7.2", shown_spis_differ(spi_r, s->a.said.header.spi_r),
			"SPIr is no function of the request", "another SPIr, in most octets",
			"%016" G_GINT64_MODIFIER "x and %016" G_GINT64_MODIFIER "x", spi_r,
			s->a.said.header.spi_r);
}

static void c06(struct steps *s)
{
	uint64_t spi[ROUNDS];
	GBytes *nr[ROUNDS];
	unsigned n = 0;

	while (n < ROUNDS && steps_hit(s)) {
		const unsigned same =
		    shown_same_octets(s->a.said.nr, span_of(s->c->ni, s->c->ni_n));
		const struct known_octets ni = { "the client's Ni", span_of(s->c->ni, s->c->ni_n) };

		if (same >= s->a.said.nr.n / 4 + 1)
			shown_guess(s->e, "Nr", s->a.said.nr, &ni, 1);
		evidence_clause(s->e, "7.4", same < s->a.said.nr.n / 4 + 1, "Nr and Ni",
				"not the client's own nonce", "%u of %zu octets in common", same,
				s->a.said.nr.n);
		spi[n] = s->a.said.header.spi_r;
		nr[n++] = g_bytes_new(s->a.said.nr.p, s->a.said.nr.n);
	}
	for (unsigned i = 1; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			compare_two(s, nr, spi, i, j);
	if (n == ROUNDS) {
		constant_octets(s, nr, n);
		ask_again(s, true);
		ask_again(s, false);
	}
	for (unsigned i = 0; i < n; i++)
		g_bytes_unref(nr[i]);
}

const struct probe_case case_c06 = {
	.id = "C06",
	.title = "Nr and SPIr are fresh at each resumption",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rule 9; RFC 7296 section 2.10",
	.required = "Every SYN is answered with a new nonce and a new SPIr. The safety of the "
		    "derivation, which has no Diffie-Hellman, rests on that.",
	.causes = "the answer is taken from a cache that is keyed by the index alone\nthe "
		  "random source is not seeded\na part of the nonce is a constant or a counter",
	.clauses = "7.2 7.3 7.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c06,
};

static void nr_length(struct steps *s)
{
	const size_t half = suite_prf_size(s->old->suite.prf) / 2;
	char expected[64];

	steps_syn(s);
	g_snprintf(expected, sizeof(expected), "16 to 256 octets, at least %zu", half);
	if (s->a.octets && s->a.said.has_nr)
		evidence_clause(s->e, "9.5",
				s->a.said.nr.n >= IKE_NONCE_MIN &&
				    s->a.said.nr.n <= IKE_NONCE_MAX && s->a.said.nr.n >= half,
				s->a.said.has_sa ? "length of Nr in an ordinary answer"
						 : "length of Nr in a hit",
				expected, "%zu octets", s->a.said.nr.n);
	else
		evidence_inconclusive(s->e, "no nonce came in answer to SYN (C01 is about that)");
	/* an ordinary answer shows the length as well, but no resumption */
	if (s->a.said.kind == IKE_ANSWER_ORDINARY)
		evidence_inconclusive(s->e, "nothing was resumed: see C01");
}

#define NOBODYS_CIPHER 65001 /* private use */

/* A request without SYN whose second proposal is the one to take. false: no ordinary answer. */
static bool ordinary(struct probe *p, struct evidence *e, GBytes **nr, uint64_t *spi)
{
	struct client *c = client_new(p, e, &p->target->gateway, NULL);
	struct init_request r = init_request_of(&p->target->client.suites[0], NULL);
	const struct chain_payload *payload;
	struct init_answer a = { 0 };
	struct fault fault;
	struct ike_sa sa;
	bool ok;

	if (!c)
		return false;
	r.suites[r.n_suites++] = r.suites[0];
	r.suites[0].encr = NOBODYS_CIPHER;
	ok = init_exchange(c, &r, &a) == IKE_ANSWER_ORDINARY;
	if (ok) {
		*nr = g_bytes_new(a.said.nr.p, a.said.nr.n);
		*spi = a.said.header.spi_r;
		payload = chain_find(&a.said.chain, PAYLOAD_SA);
		if (payload && ike_sa_parse(payload, &sa, &fault) == ERR_OK && sa.n_proposals)
			evidence_check_as(e, PROVENANCE_BASE, "RFC 7296 section 3.3.1",
					  sa.proposals[0].number == 2,
					  "Proposal Num in the ordinary answer",
					  "2, that of the proposal which was accepted", "%u",
					  sa.proposals[0].number);
	}
	init_answer_clear(&a);
	c->end = CLIENT_END_SETTLES;
	client_free(c);
	return ok;
}

/* In an ordinary answer, too, a nonce is used once. */
static void ordinary_twice(struct probe *p, struct evidence *e)
{
	GBytes *nr[2] = { NULL, NULL };
	uint64_t spi[2];

	if (ordinary(p, e, &nr[0], &spi[0]) && ordinary(p, e, &nr[1], &spi[1])) {
		const struct span a =
		    span_of(g_bytes_get_data(nr[0], NULL), g_bytes_get_size(nr[0]));
		const struct span b =
		    span_of(g_bytes_get_data(nr[1], NULL), g_bytes_get_size(nr[1]));
		const unsigned same = shown_same_octets(a, b);

		evidence_clause(e, "9.5", same < MIN(a.n, b.n) / 4, "Nr of two ordinary answers",
				"another one in each, in most octets", "%u of %zu octets in common",
				same, MIN(a.n, b.n));
		evidence_check_as(
		    e, PROVENANCE_BASE, "RFC 7296 section 2.6", shown_spis_differ(spi[0], spi[1]),
		    "SPIr of two ordinary answers", "another one in each, in most octets",
		    "%016" G_GINT64_MODIFIER "x and %016" G_GINT64_MODIFIER "x", spi[0], spi[1]);
	} else {
		evidence_note(e,
			      "no ordinary answer to an offer whose second proposal is the right "
			      "one: see S01");
	}
	for (unsigned i = 0; i < 2; i++)
		if (nr[i])
			g_bytes_unref(nr[i]);
}

static void c07(struct probe *p, struct evidence *e)
{
	const struct target_client *t = &p->target->client;
	char name[96];

	for (unsigned i = 0; i < t->n_suites; i++) {
		/* One suite for each length of prf key. */
		if (i && suite_prf_size(t->suites[i - 1].prf) == suite_prf_size(t->suites[i].prf))
			continue;
		evidence_note(e, "suite %s", suite_text(&t->suites[i], name, sizeof(name)));
		stage_resumption_with(p, e, &t->suites[i], NULL, nr_length);
	}
	ordinary_twice(p, e);
}

const struct probe_case case_c07 = {
	.id = "C07",
	.title = "Nr has 16 to 256 octets and at least half the prf's key",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.10 and 3.9; wire profile rule 9",
	.required = "Nonces have 16 to 256 octets and at least half the key size of the "
		    "negotiated prf, and are never used twice; those of ordinary answers too.",
	.causes = "a fixed nonce length of 16 with a prf of SHA2-384 or SHA2-512\nthe length "
		  "field counts the payload header",
	.clauses = "9.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = c07,
};

static bool identical(const struct init_answer *a, const struct init_answer *b)
{
	return a->octets && b->octets && a->octets->len == b->octets->len &&
	       memcmp(a->octets->data, b->octets->data, a->octets->len) == 0;
}

static void same_again(struct steps *s)
{
	struct init_answer again;
	char text[240];
	const bool came = steps_repeat_init(s->c, &again) != IKE_ANSWER_NONE;

	evidence_note(s->e, "the same octets sent again: %s",
		      init_answer_text(&again, text, sizeof(text)));
	evidence_clause(s->e, "14.1", identical(&again, &s->a), "answer to the retransmission",
			"the first answer, octet for octet", "%s%s", text,
			!came                                               ? ""
			: again.said.header.spi_r != s->a.said.header.spi_r ? " with another SPIr"
									    : "");
	init_answer_clear(&again);
}

static void check_not_repeated(struct steps *s, const struct init_answer *a, const char *what)
{
	char text[240];

	evidence_clause(s->e, "14.1", !identical(a, &s->a), what,
			"not the answer that was given to the first one", "%s",
			identical(a, &s->a) ? "the identical octets"
					    : init_answer_text(a, text, sizeof(text)));
}

/* Another request under the SPIi of the first, from the same port: only the very octets are a
 * repetition. */
static void other_octets(struct steps *s)
{
	GByteArray *first = s->c->request;
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a = { 0 };

	s->c->request = g_byte_array_new();
	s->c->ni[0] ^= 0xff;
	protected_quiet(s->c);
	if (init_build(s->c, &r))
		steps_repeat_init(s->c, &a);
	s->c->ni[0] ^= 0xff;
	g_byte_array_unref(s->c->request);
	s->c->request = first;
	check_not_repeated(s, &a, "another request under the same SPIi");
	init_answer_clear(&a);
}

/* The very octets, from elsewhere: another address, or another port of the same one (NULL). */
static void other_source(struct steps *s, const struct address *source, const char *what)
{
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, source);
	struct init_answer a;

	if (!c)
		return;
	c->sa.spi_i = s->c->sa.spi_i;
	g_byte_array_append(c->request, s->c->request->data, s->c->request->len);
	steps_repeat_init(c, &a);
	check_not_repeated(s, &a, what);
	init_answer_clear(&a);
	client_free(c);
}

static void c20(struct steps *s)
{
	uint64_t hit;

	if (!steps_hit(s) || !resume_derive(s->c, s->old))
		return;
	hit = probe_now();
	same_again(s);
	same_again(s);
	other_octets(s);
	if (s->p->target->client.second_source.family)
		other_source(s, &s->p->target->client.second_source,
			     "the same octets from another address");
	other_source(s, NULL, "the same octets from another port");
	protected_quiet(s->c);
	if (probe_now() - hit < s->p->target->timers.provisional / 4 * 3) {
		same_again(s);
	} else {
		evidence_note(s->e, "the provisional SA may be over by now: another one");
		if (!steps_hit(s) || !resume_derive(s->c, s->old))
			return;
	}
	steps_confirm(s, NULL);
	if (s->r.outcome == RESUME_COMMITTED) {
		struct init_answer again;
		char text[240];

		evidence_note(s->e, "the SA is confirmed; the same SYN once more");
		protected_quiet(s->c);
		(void)steps_repeat_init(s->c, &again);
		evidence_clause(s->e, "14.3", again.octets == NULL,
				"the SYN repeated after the confirmation", "it is dropped", "%s",
				init_answer_text(&again, text, sizeof(text)));
		init_answer_clear(&again);
		shown_alive(s->e, s->c, "14.4", "the SA that was confirmed still works");
	} else {
		evidence_inconclusive(s->e, "the SA was not confirmed (%s): see C03", s->r.text);
	}
}

const struct probe_case case_c20 = {
	.id = "C20",
	.lasts = 4,
	.title = "A retransmitted SYN gets the identical response",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.1; wire profile rule 14",
	.required = "The responder repeats its response to a retransmitted request octet for "
		    "octet, as long as the SA is unconfirmed.",
	.causes = "each copy of the request makes a provisional SA of its own\nthe cache's key "
		  "contains something that changes",
	.clauses = "14.1 14.3 14.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c20,
};

/* The same SYN with the cookie in front. */
static void syn_with_cookie(struct steps *s, struct init_request *r, struct span cookie)
{
	const struct known_octets given = { "the one that was returned and not accepted", cookie };
	char text[240];

	r->cookie = cookie;
	protected_quiet(s->c);
	init_exchange(s->c, r, &s->a);
	if (s->a.said.kind == IKE_ANSWER_COOKIE)
		shown_guess(s->e, "the cookie that is asked for now", s->a.said.notify.data, &given,
			    1);
	evidence_note(s->e, "the same SYN with the cookie: %s",
		      init_answer_text(&s->a, text, sizeof(text)));
	if (evidence_clause(s->e, "15.3", s->a.said.kind == IKE_ANSWER_RESUMED,
			    "the same SYN with the cookie resumes",
			    init_kind_text(IKE_ANSWER_RESUMED), "%s", text) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		/* BIND is over the request with the cookie (12.3) */
		if (shown_commit(s, "9.1", "the resumed SA works"))
			shown_alive(s->e, s->c, "11.4", "request and response of message ID 2");
	}
}

static void cookie_form(struct steps *s, const struct init_answer *first)
{
	const struct ike_answer *said = &first->said;

	evidence_clause(s->e, "15.3", said->notify.data.n >= 1 && said->notify.data.n <= 64,
			"length of the cookie", "1 to 64 octets", "%zu octets",
			said->notify.data.n);
	evidence_clause(s->e, "15.3", said->chain.n == 1, "nothing but the cookie is given away",
			"N(COOKIE) alone", "%u payloads%s", said->chain.n,
			said->has_nr ? ", there is a nonce" : "");
	evidence_clause(s->e, "15.3", said->header.spi_r == 0, "SPIr beside the cookie", "0",
			"%016" G_GINT64_MODIFIER "x", said->header.spi_r);
	evidence_clause(s->e, "15.3",
			said->header.exchange == EXCHANGE_IKE_SA_INIT &&
			    said->header.message_id == 0 && said->header.flags == IKE_FLAG_RESPONSE,
			"header of the cookie answer", "exchange 34, message ID 0, flag R",
			"exchange %u, message ID %u, flags 0x%02x", said->header.exchange,
			said->header.message_id, said->header.flags);
}

static void cookie_first(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer first = { 0 };
	char text[240];

	r.stop_at_cookie = true;
	init_exchange(s->c, &r, &first);
	evidence_note(s->e, "SYN without a cookie: %s",
		      init_answer_text(&first, text, sizeof(text)));
	if (evidence_clause(s->e, "15.2", first.said.kind == IKE_ANSWER_COOKIE,
			    "a gateway under load asks for a cookie", "N(COOKIE)", "%s", text)) {
		cookie_form(s, &first);
		syn_with_cookie(s, &r, first.said.notify.data);
	}
	init_answer_clear(&first);
}

/* COOKIE and INVALID_KE_PAYLOAD, one after the other (RFC 7296 section 2.6.1). */
static void cookie_then_group(struct steps *s)
{
	const struct target_client *t = &s->p->target->client;
	const struct index unknown = steps_unknown_index(s->p);
	struct init_request r = init_request_of(&s->old->suite, &unknown);
	char text[240];

	/* KE is of a group that is offered, as it must be (section 3.4), with a cipher that nobody takes */
	for (unsigned i = 0; i < t->n_suites && r.n_suites < 2; i++)
		if (t->suites[i].dh != s->old->suite.dh) {
			r.suites[r.n_suites++] = r.suites[0];
			r.suites[0].encr = NOBODYS_CIPHER;
			r.suites[0].dh = r.ke_group = t->suites[i].dh;
		}
	if (!r.ke_group) {
		evidence_note(s->e, "[client] ike and more-ike have one group: no other is tried");
		return;
	}
	init_exchange(s->c, &r, &s->a);
	evidence_check_as(
	    s->e, PROVENANCE_BASE, "RFC 7296 section 2.6.1", s->a.said.kind == IKE_ANSWER_ORDINARY,
	    "SYN that misses, its KE of another group than the right proposal's, where a cookie "
	    "is asked for",
	    "N(COOKIE), N(INVALID_KE_PAYLOAD), and an ordinary response to the right KE", "%s",
	    init_answer_text(&s->a, text, sizeof(text)));
}

/* Load or not: whoever names an index that another answer is out for has to show his address. */
static void second_asker(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct client *c;
	struct init_answer a;
	char text[240];

	if (!steps_hit(s))
		return;
	c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!c)
		return;
	r.stop_at_cookie = true;
	init_exchange(c, &r, &a);
	evidence_clause(s->e, "15.1", a.said.kind == IKE_ANSWER_COOKIE,
			"another SYN for an index with an unconfirmed SA", "N(COOKIE)", "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_free(c);
}

static void c21(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, &p->target->cookie, cookie_first);
	stage_resumption_with(p, e, NULL, &p->target->cookie, cookie_then_group);
	stage_resumption_with(p, e, NULL, NULL, second_asker);
}

const struct probe_case case_c21 = {
	.id = "C21",
	.title = "A cookie first, then the same SYN resumes",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.6; " DRAFT "section 5 (1); wire profile rule 15",
	.required = "Under load the gateway answers SYN with N(COOKIE) before it does anything "
		    "else; the same request with the cookie in front is then treated as SYN.",
	.causes = "the path behind the cookie check is that of an ordinary IKE_SA_INIT\nthe "
		  "cookie covers something that a retry changes\nBIND is made over the request "
		  "before the "
		  "cookie",
	.clauses = "15.1 15.2 15.3 12.2 12.3 5.4 9.1 11.4",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_COOKIE,
	.needs = "C01 C03",
	.run = c21,
};
