/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C01-C08, C20, C21: the IKE_SA_SYN exchange and the keys that come of it. */
#include "client/steps.h"

#define DRAFT "draft-xu-ike-sa-sync-01 "

/* One more protected request and its answer, on an SA that is established. */
static bool check_liveness(struct steps *s, const char *what)
{
	struct protected_answer a;
	char text[200];
	struct inner in;
	bool ok;

	inner_init(&in);
	protected_exchange(s->c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = evidence_check(s->e, a.kind == PROTECTED_ANSWER, what, "a verified answer", "%s",
			    protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return ok;
}

static void c01(struct probe *p, struct evidence *e)
{
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		steps_syn(&s);
		if (evidence_check(e, s.a.octets != NULL, "the gateway answers",
				   "an IKE_SA_INIT response (exchange type 34)", "%s",
				   init_answer_text(&s.a, text, sizeof(text)))) {
			evidence_check(e, s.a.header.message_id == 0, "message ID", "0", "%u",
				       s.a.header.message_id);
			evidence_check(e, s.a.has_nr, "Nr is there", "one Nonce payload", "%s",
				       s.a.has_nr ? "it is" : "it is not");
			evidence_check(e, !s.a.has_sa, "no SA payload", "none", "%s",
				       s.a.has_sa ? "there is one" : "none");
			evidence_check(e, !s.a.has_ke, "no KE payload", "none", "%s",
				       s.a.has_ke ? "there is one" : "none");
			evidence_check(e, s.a.kind == INIT_RESUMED, "the response as a whole",
				       init_kind_text(INIT_RESUMED), "%s",
				       init_answer_text(&s.a, text, sizeof(text)));
		}
	}
	steps_end(&s);
}

static void c02(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		steps_syn(&s);
		if (!s.a.octets || !s.a.has_nr || s.a.has_sa) {
			evidence_inconclusive(e, "SYN for a live stub was not answered with HDR, "
						 "Nr (C01 is about that)");
		} else {
			const uint64_t spi = s.a.header.spi_r;

			evidence_check(e, spi != 0, "SPIr_new", "not zero",
				       "%016" G_GINT64_MODIFIER "x", spi);
			evidence_check(e, spi != s.old->spi_r && spi != s.old->index.spi,
				       "SPIr_new", "another one than the old SA's",
				       "%016" G_GINT64_MODIFIER
				       "x, the old one is %016" G_GINT64_MODIFIER "x",
				       spi, s.old->spi_r);
		}
	}
	steps_end(&s);
}

static void skeyseed_with(struct probe *p, struct evidence *e, const struct suite *suite)
{
	struct steps s;

	if (steps_begin(&s, p, e, suite, NULL) && steps_hit_and_derive(&s)) {
		const enum resume_outcome o = steps_confirm(&s, NULL);
		/* A refusal that verifies proves the keys as well; whether it is right is C36's
		 * matter. */
		const bool verified =
		    o == RESUME_COMMITTED || o == RESUME_NOT_COMMITTED || o == RESUME_REFUSED;

		if (!verified)
			steps_check_committed(&s, "a protected INFORMATIONAL is understood and "
						  "answered with the draft's keys");
		else
			evidence_check(e, true,
				       "a protected INFORMATIONAL is understood and answered with "
				       "the draft's keys",
				       "a verified answer", "%s", s.r.text);
	}
	steps_end(&s);
}

/* Both kinds of protection, as far as the target file has suites for them. */
static void with_each_kind(struct probe *p, struct evidence *e,
			   void (*run)(struct probe *, struct evidence *, const struct suite *))
{
	for (int aead = 0; aead < 2; aead++) {
		const struct suite *suite = steps_suite(p, aead);
		char name[96];

		if (!suite) {
			evidence_note(e, "the target file has no suite %s: this half is left out",
				      aead ? "with an AEAD" : "of CBC and HMAC");
			continue;
		}
		evidence_note(e, "with %s: %s", aead ? "an AEAD" : "CBC and HMAC",
			      suite_text(suite, name, sizeof(name)));
		run(p, e, suite);
	}
}

static void c03(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, skeyseed_with);
}

/* A gateway may hold a lineage down for a while after a commit (rule 18): ask again within that
 * time. */
static bool second_hit(struct steps *s)
{
	for (unsigned i = 0; i < 6 && !probe_interrupted(s->p); i++) {
		if (i)
			probe_pass_time(s->p, 600);
		if (steps_syn(s) == INIT_RESUMED)
			return resume_derive(s->c, s->old);
	}
	return false;
}

static void chain_with(struct probe *p, struct evidence *e, const struct suite *suite)
{
	struct old_sa moved;
	struct old_sa *first;
	char text[INDEX_TEXT_MAX];
	struct steps s;
	bool going, hit;

	going = steps_begin(&s, p, e, suite, NULL) && steps_hit_and_derive(&s);
	if (going) {
		steps_confirm(&s, NULL);
		going =
		    steps_check_committed(
			&s, "request (SK_ai, SK_ei) and response (SK_ar, SK_er) of message ID 1") &&
		    check_liveness(&s, "request and response of message ID 2");
	}
	if (going) {
		old_sa_of_client(&moved, s.c, s.old);
		evidence_note(e,
			      "second resumption, at the moved index %s: its keys come from the "
			      "SK_d of the first",
			      index_text(&moved.index, text));
		old_sa_wait_bank(p, e, &moved.index, true);
		client_vanish(s.c);
		s.c = client_new(p, e, &p->target->gateway, NULL);
		first = s.old;
		s.old = &moved;
		hit = s.c && second_hit(&s);
		if (s.c &&
		    evidence_check_as(e, PROVENANCE_RULE, "wire profile rule 13", hit,
				      "the moved index resumes", init_kind_text(INIT_RESUMED), "%s",
				      init_kind_text(s.a.kind))) {
			steps_confirm(&s, NULL);
			steps_check_committed(
			    &s, "the keys of the second resumption, from SK_d of the first");
		}
		s.old = first;
		old_sa_clear(&moved);
	}
	steps_end(&s);
}

static void c04(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, chain_with);
}

static void c05(struct probe *p, struct evidence *e)
{
	const struct target_client *t = &p->target->client;
	const struct suite *mine = NULL, *other = NULL;
	char a[96], b[96];
	struct steps s;

	for (unsigned i = 0; i < t->n_suites && !other; i++)
		for (unsigned j = 0; j < t->n_suites && !other; j++)
			if (t->suites[i].prf != t->suites[j].prf) {
				mine = &t->suites[i];
				other = &t->suites[j];
			}
	if (!other) {
		evidence_inconclusive(e, "[client] more-ike has no suite with another prf");
		return;
	}
	if (steps_begin(&s, p, e, mine, NULL)) {
		struct init_request r = init_request_of(other, &s.old->index);

		r.suites[r.n_suites++] = *mine;
		s.syn = &r;
		evidence_note(e, "SYN offers %s first, then the stub's %s",
			      suite_text(other, a, sizeof(a)), suite_text(mine, b, sizeof(b)));
		init_exchange(s.c, &r, &s.a);
		if (s.a.kind != INIT_RESUMED) {
			evidence_inconclusive(e,
					      "SYN that offers the stub's suite second was not "
					      "answered with HDR, Nr but: %s",
					      init_answer_text(&s.a, a, sizeof(a)));
		} else if (resume_derive(s.c, s.old)) {
			steps_confirm(&s, NULL);
			steps_check_committed(&s, "keys made with the prf of the stub's SA");
		}
	}
	steps_end(&s);
}

#define ROUNDS 4

static void c06(struct probe *p, struct evidence *e)
{
	uint64_t spi[ROUNDS] = { 0 };
	GBytes *nr[ROUNDS] = { NULL };
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		unsigned n = 0;

		while (n < ROUNDS && steps_hit(&s)) {
			spi[n] = s.a.header.spi_r;
			nr[n++] = g_bytes_new(s.a.nr.p, s.a.nr.n);
		}
		for (unsigned i = 1; i < n; i++)
			for (unsigned j = 0; j < i; j++) {
				evidence_check(e, !g_bytes_equal(nr[i], nr[j]), "Nr is fresh",
					       "another Nr for another SYN", "answers %u and %u %s",
					       j + 1, i + 1,
					       g_bytes_equal(nr[i], nr[j]) ? "have the same Nr"
									   : "differ");
				evidence_check(e, spi[i] != spi[j], "SPIr_new is fresh",
					       "another SPIr for another SYN",
					       "%016" G_GINT64_MODIFIER
					       "x and %016" G_GINT64_MODIFIER "x",
					       spi[j], spi[i]);
			}
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		if (nr[i])
			g_bytes_unref(nr[i]);
	steps_end(&s);
}

static void c07(struct probe *p, struct evidence *e)
{
	const struct target_client *t = &p->target->client;

	for (unsigned i = 0; i < t->n_suites; i++) {
		const size_t half = suite_prf_size(t->suites[i].prf) / 2;
		char name[96], expected[64];
		struct steps s;

		/* One suite for each length of prf key. */
		if (i && suite_prf_size(t->suites[i - 1].prf) == suite_prf_size(t->suites[i].prf))
			continue;
		evidence_note(e, "suite %s", suite_text(&t->suites[i], name, sizeof(name)));
		g_snprintf(expected, sizeof(expected), "16 to 256 octets, at least %zu", half);
		if (steps_begin(&s, p, e, &t->suites[i], NULL)) {
			steps_syn(&s);
			if (s.a.octets && s.a.has_nr)
				evidence_check(e,
					       s.a.nr.n >= IKE_NONCE_MIN &&
						   s.a.nr.n <= IKE_NONCE_MAX && s.a.nr.n >= half,
					       "length of Nr", expected, "%zu octets", s.a.nr.n);
			else
				evidence_inconclusive(
				    e, "no nonce came in answer to SYN (C01 is about that)");
		}
		steps_end(&s);
	}
}

static void c08(struct probe *p, struct evidence *e)
{
	const struct resume_knobs knobs = { .create_child = true };
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit_and_derive(&s)) {
		steps_confirm(&s, &knobs);
		if (evidence_check(e, s.r.outcome == RESUME_COMMITTED,
				   "CREATE_CHILD_SA as the first message, without IKE_AUTH",
				   "a verified answer without an error notify", "%s", s.r.text))
			evidence_check(e, s.r.has_child, "the answer makes a child SA",
				       "SA, Nr, TSi and TSr that fit the request", "%s",
				       s.r.has_child ? s.r.text : s.c->why);
	}
	steps_end(&s);
}

static void c20(struct probe *p, struct evidence *e)
{
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL) && steps_hit(&s)) {
		for (unsigned i = 0; i < 2; i++) {
			struct init_answer again;
			char text[200];
			const bool came = steps_repeat_init(s.c, &again) != INIT_SILENCE;

			evidence_note(e, "the same octets sent again: %s",
				      init_answer_text(&again, text, sizeof(text)));
			evidence_check(
			    e,
			    came && again.octets->len == s.a.octets->len &&
				memcmp(again.octets->data, s.a.octets->data, s.a.octets->len) == 0,
			    "answer to the retransmission", "the first answer, octet for octet",
			    "%s%s", text,
			    !came                                    ? ""
			    : again.header.spi_r != s.a.header.spi_r ? " with another SPIr"
								     : "");
			init_answer_clear(&again);
		}
	}
	steps_end(&s);
}

static void c21(struct probe *p, struct evidence *e)
{
	struct init_answer first = { 0 };
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, &p->target->cookie)) {
		struct init_request r = init_request_of(&s.old->suite, &s.old->index);

		r.stop_at_cookie = true;
		init_exchange(s.c, &r, &first);
		evidence_note(e, "SYN without a cookie: %s",
			      init_answer_text(&first, text, sizeof(text)));
		if (evidence_check(e, first.kind == INIT_COOKIE,
				   "a gateway under load asks for a cookie", "N(COOKIE)", "%s",
				   text) &&
		    evidence_check(e, first.notify.data.n >= 1 && first.notify.data.n <= 64,
				   "length of the cookie", "1 to 64 octets", "%zu octets",
				   first.notify.data.n)) {
			evidence_check(e, !first.has_nr && !first.has_sa && !first.has_ke,
				       "nothing but the cookie is given away",
				       "no SA, KE or Nr beside the cookie", "%s",
				       first.has_nr ? "there is a nonce" : "none");
			r.cookie = first.notify.data;
			init_exchange(s.c, &r, &s.a);
			evidence_note(e, "the same SYN with the cookie: %s",
				      init_answer_text(&s.a, text, sizeof(text)));
			if (evidence_check(e, s.a.kind == INIT_RESUMED,
					   "the same SYN with the cookie resumes",
					   init_kind_text(INIT_RESUMED), "%s", text) &&
			    resume_derive(s.c, s.old)) {
				steps_confirm(&s, NULL);
				steps_check_committed(&s, "the resumed SA works");
			}
		}
	}
	init_answer_clear(&first);
	steps_end(&s);
}

const struct probe_case cases_resume[] = {
	{
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
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:resumed-with-sa",
	    .run = c01,
	},
	{
	    .id = "C02",
	    .title = "SPIr_new is not zero and not the old one",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.3; wire profile rule 7",
	    .required =
		"The target gateway chooses a new SPIr, which goes into the key derivation.",
	    .causes = "the stub's SPIr is used again\nthe header's SPIr is filled in only later",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:old-spir",
	    .run = c02,
	},
	{
	    .id = "C03",
	    .title = "SKEYSEED = prf(SK_d_old, Ni | Nr): a protected message goes both ways",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.3; wire profile rule 9",
	    .required =
		"SKEYSEED is prf(SK_d_old, Ni | Nr) with nothing else mixed in, the nonces whole.",
	    .causes = "RFC 5723's label \"Resumption\" is mixed in\ng^ir is mixed in, as in an IKE "
		      "rekey\nthe nonces are swapped or cut\n"
		      "the gateway lost SK_d, or its stub holds another one",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:resume-label",
	    .run = c03,
	},
	{
	    .id = "C04",
	    .title =
		"prf+ and the order of the keys, each direction; SK_d through a second resumption",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.3; wire profile rules 9 and 13",
	    .required = "{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, "
			"Ni | Nr | SPIi | SPIr_new). The moved stub holds the new SK_d.",
	    .causes = "an old SPI stands in prf+\nthe keys are cut in another order or with other "
		      "lengths\n"
		      "the moved stub was stored with the SK_d of the SA before\nthe moved index "
		      "is not told, or its stub is not in the bank",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:stale-sk-d",
	    .run = c04,
	},
	{
	    .id = "C05",
	    .title = "The prf is that of the stub, not the first one offered",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.3; wire profile rules 9 and 10",
	    .required = "The prf of the derivation is the one in the stub's SA; the SA payload of "
			"the request only has to contain that suite.",
	    .causes = "the gateway chooses from the request's SA payload as in a full "
		      "handshake\nonly the first proposal is looked at",
	    .requires = REQUIRES_GATEWAY | REQUIRES_SECOND_PRF,
	    .defect = "gateway:first-offered-prf",
	    .run = c05,
	},
	{
	    .id = "C06",
	    .title = "Nr and SPIr are fresh at each resumption",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.3; wire profile rule 9; RFC 7296 section 2.10",
	    .required = "Every SYN is answered with a new nonce and a new SPIr. The safety of the "
			"derivation, which has no Diffie-Hellman, rests on that.",
	    .causes = "the answer is taken from a cache that is keyed by the index alone\nthe "
		      "random source is not seeded",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:fixed-nr",
	    .run = c06,
	},
	{
	    .id = "C07",
	    .title = "Nr has 16 to 256 octets and at least half the prf's key",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_BASE,
	    .source = "RFC 7296 sections 2.10 and 3.9; wire profile rule 9",
	    .required = "Nonces have 16 to 256 octets and at least half the key size of the "
			"negotiated prf.",
	    .causes = "a fixed nonce length of 16 with a prf of SHA2-384 or SHA2-512\nthe length "
		      "field counts the payload header",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:short-nonce",
	    .run = c07,
	},
	{
	    .id = "C08",
	    .title = "Established without IKE_AUTH: CREATE_CHILD_SA works at once",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 4 (2); wire profile rules 11 and 17",
	    .required = "After HDR, Nr the IKE SA is established on both sides. The client's first "
			"protected message may be CREATE_CHILD_SA.",
	    .causes = "the gateway waits for IKE_AUTH\nidentity or policy for child SAs was not "
		      "taken from the stub\nmessage ID 1 is only accepted as INFORMATIONAL",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:resume-needs-auth",
	    .run = c08,
	},
	{
	    .id = "C20",
	    .title = "A retransmitted SYN gets the identical response",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_BASE,
	    .source = "RFC 7296 section 2.1; wire profile rule 14",
	    .required = "The responder repeats its response to a retransmitted request octet for "
			"octet, as long as the SA is unconfirmed.",
	    .causes = "each copy of the request makes a provisional SA of its own\nthe cache's key "
		      "contains something that changes",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:fresh-response",
	    .run = c20,
	},
	{
	    .id = "C21",
	    .title = "A cookie first, then the same SYN resumes",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_BASE,
	    .source = "RFC 7296 section 2.6; " DRAFT "section 5 (1); wire profile rule 15",
	    .required = "Under load the gateway answers SYN with N(COOKIE) before it does anything "
			"else; the same request with the cookie in front is then treated as SYN.",
	    .causes = "the path behind the cookie check is that of an ordinary IKE_SA_INIT\nthe "
		      "cookie covers something that a retry changes",
	    .requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_COOKIE,
	    .defect = "gateway:cookie-forgets-syn",
	    .run = c21,
	},
	{ .id = NULL },
};
