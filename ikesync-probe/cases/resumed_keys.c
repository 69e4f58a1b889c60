/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C03-C05, C08: the keys of a resumed SA, and that it is established with them. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/stub_watch.h"

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

static void protected_both_ways(struct steps *s)
{
	const char *what = "a protected INFORMATIONAL is understood and answered with the draft's "
			   "keys";
	enum resume_outcome o;

	if (!steps_hit_and_derive(s))
		return;
	o = steps_confirm(s, NULL);
	/* A refusal that verifies proves the keys as well; whether it is right is C36's matter. */
	if (o == RESUME_COMMITTED || o == RESUME_NOT_COMMITTED || o == RESUME_REFUSED)
		evidence_check(s->e, true, what, "a verified answer", "%s", s->r.text);
	else
		steps_check_committed(s, what);
}

/* Both kinds of protection, as far as the target file has suites for them. */
static void with_each_kind(struct probe *p, struct evidence *e, void (*resuming)(struct steps *s))
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
		stage_resumption_with(p, e, suite, NULL, resuming);
	}
}

static void c03(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, protected_both_ways);
}

const struct probe_case case_c03 = {
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
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = c03,
};

/* A gateway may hold a lineage down for a while after a commit (rule 18): ask again within that
 * time. */
static bool second_hit(struct steps *s)
{
	for (unsigned i = 0; i < 6 && !probe_interrupted(); i++) {
		if (i)
			probe_pass_time(s->p, 600);
		if (steps_syn(s) == IKE_ANSWER_RESUMED)
			return resume_derive(s->c, s->old);
	}
	return false;
}

/* From the SA that was just resumed, at its moved index. */
static void resume_moved(struct steps *s)
{
	struct old_sa *first = s->old, moved;
	char text[INDEX_TEXT_MAX];
	bool hit;

	old_sa_of_client(&moved, s->c, s->old);
	evidence_note(s->e,
		      "second resumption, at the moved index %s: its keys come from the SK_d of "
		      "the first",
		      index_text(&moved.index, text));
	old_sa_wait_bank(s->p, s->e, &moved.index, true);
	client_vanish(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	s->old = &moved;
	hit = s->c && second_hit(s);
	if (s->c && evidence_check_as(s->e, PROVENANCE_RULE, RULE(13), hit,
				      "the moved index resumes", init_kind_text(IKE_ANSWER_RESUMED),
				      "%s", init_kind_text(s->a.said.kind))) {
		steps_confirm(s, NULL);
		steps_check_committed(s,
				      "the keys of the second resumption, from SK_d of the first");
	}
	s->old = first;
	old_sa_clear(&moved);
}

static void resume_twice(struct steps *s)
{
	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (steps_check_committed(
		s, "request (SK_ai, SK_ei) and response (SK_ar, SK_er) of message ID 1") &&
	    check_liveness(s, "request and response of message ID 2"))
		resume_moved(s);
}

static void c04(struct probe *p, struct evidence *e)
{
	with_each_kind(p, e, resume_twice);
}

const struct probe_case case_c04 = {
	.id = "C04",
	.title = "prf+ and the order of the keys, each direction; SK_d through a second resumption",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rules 9 and 13",
	.required = "{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, "
		    "Ni | Nr | SPIi | SPIr_new). The moved stub holds the new SK_d.",
	.causes = "an old SPI stands in prf+\nthe keys are cut in another order or with other "
		  "lengths\n"
		  "the moved stub was stored with the SK_d of the SA before\nthe moved index "
		  "is not told, or its stub is not in the bank",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = c04,
};

/* The first suite of the target file whose prf is another than `prf`; NULL: it has none. */
static const struct suite *other_prf(const struct target_client *t, uint16_t prf)
{
	for (unsigned i = 0; i < t->n_suites; i++)
		if (t->suites[i].prf != prf)
			return &t->suites[i];
	return NULL;
}

static void second_offered(struct steps *s)
{
	const struct suite *mine = &s->p->target->client.suites[0],
			   *other = other_prf(&s->p->target->client, mine->prf);
	struct init_request r = init_request_of(other, &s->old->index);
	char a[96], b[96];

	r.suites[r.n_suites++] = *mine;
	s->syn = &r;
	evidence_note(s->e, "SYN offers %s first, then the stub's %s",
		      suite_text(other, a, sizeof(a)), suite_text(mine, b, sizeof(b)));
	init_exchange(s->c, &r, &s->a);
	if (s->a.said.kind != IKE_ANSWER_RESUMED) {
		evidence_inconclusive(s->e,
				      "SYN that offers the stub's suite second was not answered "
				      "with HDR, Nr but: %s",
				      init_answer_text(&s->a, a, sizeof(a)));
	} else if (resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		steps_check_committed(s, "keys made with the prf of the stub's SA");
	}
	s->syn = NULL;
}

static void c05(struct probe *p, struct evidence *e)
{
	const struct suite *mine = &p->target->client.suites[0];

	/* REQUIRES_SECOND_PRF: there is another */
	stage_resumption_with(p, e, mine, NULL, second_offered);
}

const struct probe_case case_c05 = {
	.id = "C05",
	.title = "The prf is that of the stub, not the first one offered",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.3; wire profile rules 9 and 10",
	.required = "The prf of the derivation is the one in the stub's SA; the SA payload of "
		    "the request only has to contain that suite.",
	.causes = "the gateway chooses from the request's SA payload as in a full "
		  "handshake\nonly the first proposal is looked at",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_SECOND_PRF,
	.needs = "C01 C03",
	.run = c05,
};

static void c08(struct steps *s)
{
	const struct resume_knobs knobs = { .create_child = true };

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, &knobs);
	if (evidence_check(s->e, s->r.outcome == RESUME_COMMITTED,
			   "CREATE_CHILD_SA as the first message, without IKE_AUTH",
			   "a verified answer without an error notify", "%s", s->r.text))
		evidence_check(s->e, s->r.has_child, "the answer makes a child SA",
			       "SA, Nr, TSi and TSr that fit the request", "%s",
			       s->r.has_child ? s->r.text : s->c->why);
}

const struct probe_case case_c08 = {
	.id = "C08",
	.title = "Established without IKE_AUTH: CREATE_CHILD_SA works at once",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4 (2); wire profile rules 11 and 17",
	.required = "After HDR, Nr the IKE SA is established on both sides. The client's first "
		    "protected message may be CREATE_CHILD_SA.",
	.causes = "the gateway waits for IKE_AUTH\nidentity or policy for child SAs was not "
		  "taken from the stub\nmessage ID 1 is only accepted as INFORMATIONAL",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03",
	.run = stage_resumption,
	.resuming = c08,
};
