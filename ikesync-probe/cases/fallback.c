/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C11-C13, C15: SYN that is not accepted. */
#include "client/auth.h"
#include "client/delete.h"
#include "client/steps.h"

#define DRAFT "draft-xu-ike-sa-sync-01 "

static void miss_with_fallback(struct probe *p, struct evidence *e, const struct index *ix)
{
	const struct init_request r = init_request_of(&p->target->client.suites[0], ix);

	steps_check_ordinary(
	    p, e, &p->target->gateway, &r,
	    "SYN for an index that nobody ever gave is answered as if there were none");
}

static void miss_with_silence(struct probe *p, struct evidence *e, const struct index *ix)
{
	const struct init_request with = init_request_of(&p->target->client.suites[0], ix);
	const struct init_request without = init_request_of(&p->target->client.suites[0], NULL);
	struct client *c = client_new(p, e, &p->target->silence, NULL);
	struct init_answer a;
	char text[200];

	if (!c)
		return;
	init_exchange(c, &with, &a);
	evidence_check(e, a.kind == INIT_SILENCE,
		       "a gateway whose policy is silence drops SYN for an unknown index",
		       "no answer", "%s", init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	client_free(c);
	steps_check_ordinary(p, e, &p->target->silence, &without,
			     "and answers an IKE_SA_INIT without SYN");
}

static void c11(struct probe *p, struct evidence *e)
{
	struct index ix = steps_unknown_index(p);

	miss_with_fallback(p, e, &ix);
	if (!p->target->silence.given) {
		evidence_note(e, "no [variant silence]: the gateway that drops is not asked");
		return;
	}
	ix = steps_unknown_index(p);
	miss_with_silence(p, e, &ix);
}

/* SYN that falls back, then IKE_AUTH. */
static void complete_fallback(struct evidence *e, struct client *c, const struct init_request *r)
{
	struct init_answer a;
	char text[200];

	init_exchange(c, r, &a);
	if (evidence_check(e, a.kind == INIT_FALLBACK, "the answer to SYN",
			   init_kind_text(INIT_FALLBACK), "%s",
			   init_answer_text(&a, text, sizeof(text)))) {
		const bool done = init_keys(c, r, &a) && auth_exchange(c);

		evidence_check(e, done,
			       "IKE_AUTH with the KEi and Ni of the request that carried SYN",
			       "both sides authenticate", "%s", done ? "done" : c->why);
	}
	init_answer_clear(&a);
}

static void c12(struct probe *p, struct evidence *e)
{
	const struct index ix = steps_unknown_index(p);
	const struct init_request r = init_request_of(&p->target->client.suites[0], &ix);
	struct client *c = client_new(p, e, &p->target->gateway, NULL);

	if (!c)
		return;
	complete_fallback(e, c, &r);
	if (c->live) {
		const bool deleted = delete_ike(c);

		evidence_check(e, deleted, "the SA works: it can be deleted", "an answer to Delete",
			       "%s", deleted ? "answered" : c->why);
	}
	client_free(c);
}

static void c13(struct probe *p, struct evidence *e)
{
	const struct index ix = steps_unknown_index(p);
	const struct init_request r = init_request_of(&p->target->client.suites[0], &ix);
	struct client *c = client_new(p, e, &p->target->syn_off, NULL);

	if (!c)
		return;
	complete_fallback(e, c, &r);
	client_free(c);
}

/* The gateway is given a little time to tell the bank; what counts is the last answer. */
static enum init_kind syn_until_refused(struct steps *s)
{
	enum init_kind kind = INIT_SILENCE;

	for (unsigned i = 0; i < 5 && !probe_interrupted(s->p); i++) {
		if (i)
			probe_pass_time(s->p, 500);
		kind = steps_syn(s);
		if (kind != INIT_RESUMED)
			break;
	}
	return kind;
}

static void c15(struct probe *p, struct evidence *e)
{
	char text[200];
	struct steps s;

	if (steps_begin(&s, p, e, NULL, NULL)) {
		evidence_note(e, "the client deletes its IKE SA");
		if (!delete_ike(s.old->client)) {
			evidence_inconclusive(e, "the Delete was not answered: %s",
					      s.old->client->why);
		} else {
			if (old_sa_wait_bank(p, e, &s.old->index, false) == OLD_SA_STUB_THERE)
				evidence_note(e, "the gateway did not delete the stub in the bank");
			syn_until_refused(&s);
			evidence_check(e, s.a.kind == INIT_FALLBACK || s.a.kind == INIT_SILENCE,
				       "SYN for the deleted session",
				       "an ordinary response, or silence where policy says so",
				       "%s", init_answer_text(&s.a, text, sizeof(text)));
		}
	}
	steps_end(&s);
}

const struct probe_case cases_fallback[] = {
	{
	    .id = "C11",
	    .title = "An unknown index gets an ordinary response, or silence where configured",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.1; wire profile rule 8",
	    .required = "A gateway that does not find the stub goes on with an ordinary "
			"IKE_SA_INIT, or drops the request where the operator's policy says so; it "
			"goes on serving either way.",
	    .causes =
		"the gateway waits for the bank without limit\na miss is answered with an error "
		"notify\nthe policy is silence: declare that gateway as [variant silence]",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:miss-dropped",
	    .run = c11,
	},
	{
	    .id = "C12",
	    .title = "The fallback completes IKE_AUTH with the same KEi and Ni",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 4 (2); wire profile rule 8",
	    .required = "When resumption is not accepted, client and gateway go on with the usual "
			"IKE_AUTH, from the SA, KEi and Ni of the request that carried SYN.",
	    .causes =
		"AUTH is computed over the request without its SYN payload\nthe gateway forgot KEi "
		"or Ni while it asked the bank\nwrong [client] id or psk in the target file",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:fallback-auth",
	    .run = c12,
	},
	{
	    .id = "C13",
	    .title = "A gateway that does not know SYN ignores it",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.1; RFC 7296 section 2.5",
	    .required = "An unknown payload whose critical bit is clear is skipped: the exchange "
			"goes on as if it were not there, up to a complete IKE_AUTH.",
	    .causes = "unknown payload types are refused whatever their critical bit says\nAUTH is "
		      "computed over the request without the unknown payload",
	    .requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_SYN_OFF,
	    .defect = "gateway:syn-off-error",
	    .run = c13,
	},
	{
	    .id = "C15",
	    .title = "A deleted session cannot be resumed",
	    .level = LEVEL_MUST,
	    .provenance = PROVENANCE_DRAFT,
	    .source = DRAFT "section 3.4 (5); wire profile rule 36",
	    .required = "When the client deletes its IKE SA, the gateway deletes the stub; a later "
			"SYN for it is not accepted.",
	    .causes = "the old gateway does not tell the bank\nthe bank keeps deleted stubs\nthe "
		      "new gateway uses a copy of its own",
	    .requires = REQUIRES_GATEWAY,
	    .defect = "gateway:delete-kept",
	    .run = c15,
	},
	{ .id = NULL },
};
