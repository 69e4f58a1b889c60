/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C11-C13, C15: SYN that is not accepted. */
#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"
#include "client/delete.h"
#include "client/stub_watch.h"

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
	evidence_check(e, a.said.kind == IKE_ANSWER_NONE,
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

const struct probe_case case_c11 = {
	.id = "C11",
	.title = "An unknown index gets an ordinary response, or silence where configured",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1; wire profile rule 8",
	.required = "A gateway that does not find the stub goes on with an ordinary "
		    "IKE_SA_INIT, or drops the request where the operator's policy says so; it "
		    "goes on serving either way.",
	.causes = "the gateway waits for the bank without limit\na miss is answered with an error "
		  "notify\nthe policy is silence: declare that gateway as [variant silence]",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = c11,
};

/* SYN that falls back, then IKE_AUTH. */
static void complete_fallback(struct evidence *e, struct client *c, const struct init_request *r)
{
	struct init_answer a;
	char text[200];

	init_exchange(c, r, &a);
	if (evidence_check(e, a.said.kind == IKE_ANSWER_ORDINARY, "the answer to SYN",
			   init_kind_text(IKE_ANSWER_ORDINARY), "%s",
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

const struct probe_case case_c12 = {
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
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = c12,
};

static void c13(struct probe *p, struct evidence *e)
{
	const struct index ix = steps_unknown_index(p);
	const struct init_request r = init_request_of(&p->target->client.suites[0], &ix);
	/* one that knows no SYN is the variant itself */
	const struct target_gateway *gateway =
	    p->target->syn_off.given ? &p->target->syn_off : &p->target->gateway;
	struct client *c = client_new(p, e, gateway, NULL);

	if (!c)
		return;
	complete_fallback(e, c, &r);
	client_free(c);
}

const struct probe_case case_c13 = {
	.id = "C13",
	.title = "A gateway that does not know SYN ignores it",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1; RFC 7296 section 2.5",
	.required = "An unknown payload whose critical bit is clear is skipped: the exchange "
		    "goes on as if it were not there, up to a complete IKE_AUTH.",
	.causes = "unknown payload types are refused whatever their critical bit says\nAUTH is "
		  "computed over the request without the unknown payload",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_SYN_OFF,
	.any_gateway = true,
	.run = c13,
};

/* The gateway is given a little time to tell the bank; what counts is the last answer. */
static enum ike_answer_kind syn_until_refused(struct steps *s)
{
	enum ike_answer_kind kind = IKE_ANSWER_NONE;

	for (unsigned i = 0; i < 5 && !probe_interrupted(); i++) {
		if (i)
			probe_pass_time(s->p, 500);
		kind = steps_syn(s);
		if (kind != IKE_ANSWER_RESUMED)
			break;
	}
	return kind;
}

static void c15(struct steps *s)
{
	char text[200];

	/* a session that was never resumable proves nothing; unconfirmed, this consumes nothing */
	if (!steps_hit(s))
		return;
	evidence_note(s->e, "the client deletes its IKE SA");
	if (!delete_ike(s->old->client)) {
		evidence_inconclusive(s->e, "the Delete was not answered: %s", s->old->client->why);
	} else {
		if (old_sa_wait_bank(s->p, s->e, &s->old->index, false) == OLD_SA_STUB_THERE)
			evidence_note(s->e, "the gateway did not delete the stub in the bank");
		syn_until_refused(s);
		evidence_check(s->e,
			       s->a.said.kind == IKE_ANSWER_ORDINARY ||
				   s->a.said.kind == IKE_ANSWER_NONE,
			       "SYN for the deleted session",
			       "an ordinary response, or silence where policy says so", "%s",
			       init_answer_text(&s->a, text, sizeof(text)));
	}
}

const struct probe_case case_c15 = {
	.id = "C15",
	.title = "A deleted session cannot be resumed",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.4 (5); wire profile rule 36",
	.required = "When the client deletes its IKE SA, the gateway deletes the stub; a later "
		    "SYN for it is not accepted.",
	.causes = "the old gateway does not tell the bank\nthe bank keeps deleted stubs\nthe "
		  "new gateway uses a copy of its own",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = stage_resumption,
	.resuming = c15,
};
