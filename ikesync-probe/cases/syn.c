/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C01, C02, C06, C07, C20, C21: the answer to SYN. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"

static void c01(struct steps *s)
{
	char text[200];

	steps_syn(s);
	if (evidence_check(s->e, s->a.octets != NULL, "the gateway answers",
			   "an IKE_SA_INIT response (exchange type 34)", "%s",
			   init_answer_text(&s->a, text, sizeof(text)))) {
		evidence_check(s->e, s->a.said.header.message_id == 0, "message ID", "0", "%u",
			       s->a.said.header.message_id);
		evidence_check(s->e, s->a.said.has_nr, "Nr is there", "one Nonce payload", "%s",
			       s->a.said.has_nr ? "it is" : "it is not");
		evidence_check(s->e, !s->a.said.has_sa, "no SA payload", "none", "%s",
			       s->a.said.has_sa ? "there is one" : "none");
		evidence_check(s->e, !s->a.said.has_ke, "no KE payload", "none", "%s",
			       s->a.said.has_ke ? "there is one" : "none");
		evidence_check(s->e, s->a.said.kind == IKE_ANSWER_RESUMED,
			       "the response as a whole", init_kind_text(IKE_ANSWER_RESUMED), "%s",
			       init_answer_text(&s->a, text, sizeof(text)));
	}
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
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.run = stage_resumption,
	.resuming = c01,
};

static void c02(struct steps *s)
{
	steps_syn(s);
	if (!s->a.octets || !s->a.said.has_nr || s->a.said.has_sa) {
		evidence_inconclusive(s->e, "SYN for a live stub was not answered with HDR, "
					    "Nr (C01 is about that)");
	} else {
		const uint64_t spi = s->a.said.header.spi_r;

		evidence_check(s->e, spi != 0, "SPIr_new", "not zero", "%016" G_GINT64_MODIFIER "x",
			       spi);
		evidence_check(s->e, spi != s->old->spi_r && spi != s->old->index.spi, "SPIr_new",
			       "another one than the old SA's",
			       "%016" G_GINT64_MODIFIER "x, the old one is %016" G_GINT64_MODIFIER
			       "x",
			       spi, s->old->spi_r);
	}
}

const struct probe_case case_c02 = {
	.id = "C02",
	.title = "SPIr_new is not zero and not the old one",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rule 7",
	.required = "The target gateway chooses a new SPIr, which goes into the key derivation.",
	.causes = "the stub's SPIr is used again\nthe header's SPIr is filled in only later",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c02,
};

#define ROUNDS 4

static void c06(struct steps *s)
{
	uint64_t spi[ROUNDS];
	GBytes *nr[ROUNDS];
	unsigned n = 0;

	while (n < ROUNDS && steps_hit(s)) {
		spi[n] = s->a.said.header.spi_r;
		nr[n++] = g_bytes_new(s->a.said.nr.p, s->a.said.nr.n);
	}
	for (unsigned i = 1; i < n; i++)
		for (unsigned j = 0; j < i; j++) {
			evidence_check(s->e, !g_bytes_equal(nr[i], nr[j]), "Nr is fresh",
				       "another Nr for another SYN", "answers %u and %u %s", j + 1,
				       i + 1,
				       g_bytes_equal(nr[i], nr[j]) ? "have the same Nr" : "differ");
			evidence_check(s->e, spi[i] != spi[j], "SPIr_new is fresh",
				       "another SPIr for another SYN",
				       "%016" G_GINT64_MODIFIER "x and %016" G_GINT64_MODIFIER "x",
				       spi[j], spi[i]);
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
		  "random source is not seeded",
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
	if (s->a.said.kind == IKE_ANSWER_RESUMED)
		evidence_check(s->e,
			       s->a.said.nr.n >= IKE_NONCE_MIN && s->a.said.nr.n <= IKE_NONCE_MAX &&
				   s->a.said.nr.n >= half,
			       "length of Nr", expected, "%zu octets", s->a.said.nr.n);
	else
		evidence_inconclusive(s->e, "SYN was not answered with HDR, Nr: there is no nonce "
					    "of a resumption to measure (C01 is about that)");
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
}

const struct probe_case case_c07 = {
	.id = "C07",
	.title = "Nr has 16 to 256 octets and at least half the prf's key",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 sections 2.10 and 3.9; wire profile rule 9",
	.required = "Nonces have 16 to 256 octets and at least half the key size of the "
		    "negotiated prf.",
	.causes = "a fixed nonce length of 16 with a prf of SHA2-384 or SHA2-512\nthe length "
		  "field counts the payload header",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = c07,
};

static void c20(struct steps *s)
{
	if (!steps_hit(s))
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct init_answer again;
		char text[200];
		const bool came = steps_repeat_init(s->c, &again) != IKE_ANSWER_NONE;

		evidence_note(s->e, "the same octets sent again: %s",
			      init_answer_text(&again, text, sizeof(text)));
		evidence_check(
		    s->e,
		    came && again.octets->len == s->a.octets->len &&
			memcmp(again.octets->data, s->a.octets->data, s->a.octets->len) == 0,
		    "answer to the retransmission", "the first answer, octet for octet", "%s%s",
		    text,
		    !came                                               ? ""
		    : again.said.header.spi_r != s->a.said.header.spi_r ? " with another SPIr"
									: "");
		init_answer_clear(&again);
	}
}

const struct probe_case case_c20 = {
	.id = "C20",
	.title = "A retransmitted SYN gets the identical response",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_BASE,
	.source = "RFC 7296 section 2.1; wire profile rule 14",
	.required = "The responder repeats its response to a retransmitted request octet for "
		    "octet, as long as the SA is unconfirmed.",
	.causes = "each copy of the request makes a provisional SA of its own\nthe cache's key "
		  "contains something that changes",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c20,
};

/* The same SYN with the cookie in front. */
static void syn_with_cookie(struct steps *s, struct init_request *r, struct span cookie)
{
	char text[200];

	r->cookie = cookie;
	init_exchange(s->c, r, &s->a);
	evidence_note(s->e, "the same SYN with the cookie: %s",
		      init_answer_text(&s->a, text, sizeof(text)));
	if (evidence_check(s->e, s->a.said.kind == IKE_ANSWER_RESUMED,
			   "the same SYN with the cookie resumes",
			   init_kind_text(IKE_ANSWER_RESUMED), "%s", text) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		steps_check_committed(s, "the resumed SA works");
	}
}

static void cookie_first(struct steps *s)
{
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct init_answer first = { 0 };
	char text[200];

	r.stop_at_cookie = true;
	init_exchange(s->c, &r, &first);
	evidence_note(s->e, "SYN without a cookie: %s",
		      init_answer_text(&first, text, sizeof(text)));
	if (evidence_check(s->e, first.said.kind == IKE_ANSWER_COOKIE,
			   "a gateway under load asks for a cookie", "N(COOKIE)", "%s", text) &&
	    evidence_check(s->e, first.said.notify.data.n >= 1 && first.said.notify.data.n <= 64,
			   "length of the cookie", "1 to 64 octets", "%zu octets",
			   first.said.notify.data.n)) {
		evidence_check(s->e, !first.said.has_nr && !first.said.has_sa && !first.said.has_ke,
			       "nothing but the cookie is given away",
			       "no SA, KE or Nr beside the cookie", "%s",
			       first.said.has_nr ? "there is a nonce" : "none");
		syn_with_cookie(s, &r, first.said.notify.data);
	}
	init_answer_clear(&first);
}

static void c21(struct probe *p, struct evidence *e)
{
	stage_resumption_with(p, e, NULL, &p->target->cookie, cookie_first);
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
		  "cookie covers something that a retry changes",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_COOKIE,
	.needs = "C01",
	.run = c21,
};
