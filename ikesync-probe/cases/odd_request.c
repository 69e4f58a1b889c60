/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N14, N15, N19: requests whose nonce, header or offer is not what a SYN needs. */
#include "cases/aftermath.h"
#include "cases/cases.h"
#include "cases/reshape.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "cases/volley.h"

/* A SYN for the live stub with an SPIi of its own, in s->c->request. */
static bool build(struct steps *s)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);

	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	return init_build(s->c, &r);
}

/* Each shot must not be served; with `syntax` INVALID_SYNTAX is the one error that may come. */
static void check_unserved(struct steps *s, const struct volley *v, const char *clause, bool syntax)
{
	char text[200];

	for (unsigned i = 0; i < v->n; i++) {
		const struct ike_answer *a = &v->shots[i].a.said;

		evidence_clause(s->e, clause,
				a->kind == IKE_ANSWER_NONE ||
				    (a->kind == IKE_ANSWER_ERROR &&
				     (!syntax || a->notify.type == NOTIFY_INVALID_SYNTAX)),
				v->shots[i].what,
				syntax ? "nothing, or N(INVALID_SYNTAX)"
				       : "not served as an IKE_SA_INIT",
				"%s", init_answer_text(&v->shots[i].a, text, sizeof(text)));
	}
}

/* 16 and 256 octets are right. */
static void nonce_served(struct steps *s, size_t n)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer a;
	char text[200], what[60];

	g_snprintf(what, sizeof(what), "Ni of %zu octets", n);
	client_fresh(s->c, n);
	init_exchange(s->c, &r, &a);
	evidence_clause(s->e, "9.5", a.said.kind == IKE_ANSWER_RESUMED, what,
			init_kind_text(IKE_ANSWER_RESUMED), "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
}

static void n14(struct steps *s)
{
	static const struct {
		const char *what;
		size_t n;
	} kinds[] = { { "an empty Ni", 0 },
		      { "Ni of 1 octet", 1 },
		      { "Ni of 15 octets", 15 },
		      { "Ni of 257 octets", 257 },
		      { "Ni of 400 octets", 400 } };
	struct volley v = { 0 };
	uint8_t ni[400];

	rng_fill(&rng_system, ni, sizeof(ni));
	if (build(s))
		volley_add(&v, "no Ni", reshape_without(s->c->request, PAYLOAD_NONCE));
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (build(s))
			volley_add(
			    &v, kinds[i].what,
			    reshape_body(s->c->request, PAYLOAD_NONCE, span_of(ni, kinds[i].n)));
	volley_send(&v, s->c, s->p->target->timers.answer / 2);
	check_unserved(s, &v, "59.2", true);
	volley_clear(&v);
	if (!aftermath_demand_ground(s))
		return;
	nonce_served(s, 16);
	nonce_served(s, 256);
	aftermath_resumes(s, true, "59.2", "nothing is lost: the client resumes");
}

const struct probe_case case_n14 = {
	.id = "N14",
	.title = "No Ni, or one of a wrong size: not served, and nothing lost",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.10 and 3.9; wire profile rules 9 and 59",
	.required =
	    "A request without Ni, or with one of less than 16 or more than 256 octets, is "
	    "dropped or answered with N(INVALID_SYNTAX); 16 and 256 are served, and the stub "
	    "is not touched.",
	.causes =
	    "the size is not looked at on a hit\nit is off by one\nthe nonce is cut to a fixed "
	    "buffer",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "9.5 59.2",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n14,
};

enum odd { ODD_SPI_I, ODD_RESPONSE, ODD_BOTH, ODD_NO_FLAG, ODD_ID, ODD_ID_HIGH, ODD_SPI_R, ODDS };

static void odd_headers(struct steps *s)
{
	static const char *const what[ODDS] = {
		[ODD_SPI_I] = "SPIi 0",
		[ODD_RESPONSE] = "the R flag instead of I",
		[ODD_BOTH] = "the R flag beside I",
		[ODD_NO_FLAG] = "no flag at all",
		[ODD_ID] = "message ID 1",
		[ODD_ID_HIGH] = "message ID 0x80000000",
		[ODD_SPI_R] = "a responder SPI",
	};
	struct volley v = { 0 };

	for (int i = 0; i < ODDS; i++) {
		struct ike_header h;

		if (!build(s))
			continue;
		h = reshape_read_header(s->c->request);
		if (i == ODD_SPI_I)
			h.spi_i = 0;
		else if (i == ODD_RESPONSE)
			h.flags = IKE_FLAG_RESPONSE;
		else if (i == ODD_BOTH)
			h.flags |= IKE_FLAG_RESPONSE;
		else if (i == ODD_NO_FLAG)
			h.flags = 0;
		else if (i == ODD_SPI_R)
			h.spi_r = s->old->spi_r;
		else
			h.message_id = i == ODD_ID ? 1 : 0x80000000;
		volley_add(&v, what[i], reshape_header(s->c->request, &h));
	}
	volley_send(&v, s->c, s->p->target->timers.answer / 2);
	check_unserved(s, &v, "59.3", false);
	volley_clear(&v);
}

/* What a receiver must not look at (RFC 7296 section 3.1). */
static void ignored_bits(struct steps *s)
{
	static const struct {
		const char *what;
		uint8_t version, flags;
	} rows[] = { { "minor version 5", IKE_VERSION_2 | 5, IKE_FLAG_INITIATOR },
		     { "the V flag set", IKE_VERSION_2, IKE_FLAG_INITIATOR | 0x10 },
		     { "the reserved flags set", IKE_VERSION_2, IKE_FLAG_INITIATOR | 0xc7 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ike_header h;
		struct init_answer a;
		char text[200];

		if (!build(s))
			continue;
		h = reshape_read_header(s->c->request);
		h.version = rows[i].version;
		h.flags = rows[i].flags;
		GByteArray *m = reshape_header(s->c->request, &h);

		g_byte_array_set_size(s->c->request, 0);
		g_byte_array_append(s->c->request, m->data, m->len);
		g_byte_array_unref(m);
		steps_repeat_init(s->c, &a);
		/* the index may have an unconfirmed SA by now: a cookie serves it as well */
		evidence_check_as(s->e, PROVENANCE_BASE, "RFC 7296 section 3.1",
				  a.said.kind == IKE_ANSWER_RESUMED ||
				      a.said.kind == IKE_ANSWER_COOKIE,
				  rows[i].what, "ignored: HDR, Nr, or N(COOKIE)", "%s",
				  init_answer_text(&a, text, sizeof(text)));
		init_answer_clear(&a);
	}
}

/* The same SPIi and port with another Ni is another request, and no repetition. */
static void reused_spi(struct steps *s)
{
	const struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer first, second;
	char text[200];

	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &first);
	rng_fill(&rng_system, s->c->ni, s->c->ni_n);
	protected_quiet(s->c);
	init_exchange(s->c, &r, &second);
	if (first.said.kind == IKE_ANSWER_RESUMED)
		evidence_clause(s->e, "14.1",
				second.said.kind == IKE_ANSWER_RESUMED &&
				    second.said.header.spi_r != first.said.header.spi_r,
				"the same SPIi from the same port, with another Ni",
				"another response, with another SPIr", "%s%s",
				init_answer_text(&second, text, sizeof(text)),
				second.said.header.spi_r == first.said.header.spi_r
				    ? ", with the same SPIr"
				    : "");
	init_answer_clear(&first);
	init_answer_clear(&second);
}

static void n15(struct steps *s)
{
	odd_headers(s);
	if (!aftermath_demand_ground(s))
		return;
	ignored_bits(s);
	reused_spi(s);
	aftermath_resumes(s, true, "59.5", "the real client resumes");
}

const struct probe_case case_n15 = {
	.id = "N15",
	.lasts = 2,
	.title = "A header that no first request has: not served; SPIi used twice: two requests",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.6 and 3.1; wire profile rules 14 and 59",
	.required = "SPIi 0, the R flag, another message ID than 0 or a responder SPI make no "
		    "IKE_SA_INIT. Minor version, V flag and reserved flags are ignored. A request "
		    "with an SPIi that was used before and other octets is not a repetition.",
	.causes =
	    "flags or message ID of IKE_SA_INIT are not looked at\nthe response cache is keyed "
	    "by SPIi alone",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "14.1 59.3 59.5",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n15,
};

/* An offer that lacks something of the stub's suite: anything but a hit. */
static void unoffered(struct steps *s, const struct suite *suites, unsigned n, const char *what)
{
	struct init_request r = init_request_of(&suites[0], &s->old->index);
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_answer a;
	char text[200];

	if (!c)
		return;
	r.n_suites = n;
	memcpy(r.suites, suites, n * sizeof(*suites));
	r.stop_at_error = true;
	init_exchange(c, &r, &a);
	evidence_clause(s->e, "10.2",
			a.said.kind == IKE_ANSWER_ORDINARY || a.said.kind == IKE_ANSWER_ERROR ||
			    a.said.kind == IKE_ANSWER_INVALID_KE,
			what, "a miss: an ordinary response, or its refusal", "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_vanish(c);
}

static struct suite other_key(struct suite u)
{
	u.encr_key_bits = u.encr_key_bits == 128 ? 256 : 128;
	return u;
}

static struct suite other_prf(struct suite u)
{
	u.prf = u.prf == PRF_HMAC_SHA2_256 ? PRF_HMAC_SHA2_384 : PRF_HMAC_SHA2_256;
	return u;
}

static struct suite other_integ(struct suite u)
{
	u.integ =
	    u.integ == INTEG_HMAC_SHA2_256_128 ? INTEG_HMAC_SHA2_384_192 : INTEG_HMAC_SHA2_256_128;
	return u;
}

/* The D-H transform is not compared. */
static void other_group(struct steps *s)
{
	struct suite u = s->old->suite;
	struct init_request r;
	struct init_answer a;
	char text[200];

	u.dh = u.dh == DH_X25519 ? DH_ECP256 : DH_X25519;
	r = init_request_of(&u, &s->old->index);
	client_fresh(s->c, CLIENT_NONCE_DEFAULT);
	init_exchange(s->c, &r, &a);
	evidence_clause(s->e, "10.2", a.said.kind == IKE_ANSWER_RESUMED,
			"the stub's suite with another D-H group",
			init_kind_text(IKE_ANSWER_RESUMED), "%s",
			init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
}

static void n19(struct steps *s)
{
	const struct suite *u = steps_suite(s->p, false);
	const struct suite old = s->old->suite;
	struct suite spread[2];

	if (!u || s->old->suite.integ == INTEG_NONE) {
		evidence_inconclusive(s->e,
				      "the first of [client] ike is an AEAD: nothing to leave "
				      "out of its offer");
		return;
	}
	/* before the attacks: what they cost the client is a finding */
	if (!aftermath_demand_ground(s))
		return;
	spread[0] = other_key(old);
	unoffered(s, spread, 1, "an offer with the stub's suite but for the key length");
	spread[0] = other_prf(old);
	unoffered(s, spread, 1, "an offer with the stub's suite but for the PRF");
	spread[0] = other_integ(old);
	unoffered(s, spread, 1, "an offer with the stub's suite but for the integrity");
	spread[0] = other_key(other_prf(old));
	spread[1] = other_integ(old);
	unoffered(s, spread, 2, "an offer with the stub's suite spread over two proposals");
	other_group(s);
	aftermath_resumes(s, true, "10.2", "the client that offers the suite resumes");
}

const struct probe_case case_n19 = {
	.id = "N19",
	.title = "The offer lacks the stub's suite: a miss",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(10),
	.required =
	    "The offered SA contains, in one proposal, the stub's ENCR with its key length, "
	    "PRF and INTEG; otherwise the SYN is a miss. D-H transforms are not compared.",
	.causes =
	    "the offer is not looked at on a hit\nkey lengths are not compared\ntransforms are "
	    "looked for in all proposals together",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.clauses = "10.2",
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = n19,
};
