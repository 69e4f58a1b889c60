/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C11-C13, C15, C42, C44: SYN that is not accepted. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"
#include "client/delete.h"
#include "client/made_sa.h"
#include "client/stub_watch.h"

#define MISSES 6

/*
 * The same request with `ix` and, for comparison, without SYN (NULL). Cleared by the caller. `end`: what becomes of an
 * ordinary answer; where nobody ever gave the index, no stub can be retired.
 */
static void ask_with(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
		     const struct index *ix, enum client_end end, struct init_answer *a)
{
	const struct init_request r = init_request_of(&p->target->client.suites[0], ix);
	struct client *c = client_new(p, e, gateway, NULL);
	char text[240];

	*a = (struct init_answer){ 0 };
	if (c)
		init_exchange(c, &r, a);
	evidence_note(e, "IKE_SA_INIT %s SYN: %s", ix ? "with" : "without",
		      init_answer_text(a, text, sizeof(text)));
	if (c)
		c->end = end;
	client_free(c);
}

static void ask(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
		const struct index *ix, struct init_answer *a)
{
	ask_with(p, e, gateway, ix, CLIENT_END_SETTLES, a);
}

static void miss_with_fallback(struct probe *p, struct evidence *e, const struct index *ix)
{
	struct init_answer with, without;
	char *a, *b;

	ask(p, e, &p->target->gateway, ix, &with);
	ask(p, e, &p->target->gateway, NULL, &without);
	if (shown_fallback(e, &with,
			   "SYN for an index that nobody ever gave is answered as if there were "
			   "none",
			   true) &&
	    without.said.kind == IKE_ANSWER_ORDINARY) {
		a = shown_shape(&with);
		b = shown_shape(&without);
		evidence_clause(e, "8.1", strcmp(a, b) == 0, "payloads of the answer", b, "%s", a);
		g_free(a);
		g_free(b);
	}
	init_answer_clear(&with);
	init_answer_clear(&without);
}

static void miss_with_silence(struct probe *p, struct evidence *e, const struct index *ix)
{
	struct init_answer a;
	char text[240];

	ask(p, e, &p->target->silence, ix, &a);
	evidence_clause(e, "8.2", a.octets == NULL,
			"a gateway whose policy is silence drops SYN for an unknown index",
			"no answer", "%s", init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	ask(p, e, &p->target->silence, NULL, &a);
	evidence_clause(
	    e, "8.2", a.said.kind == IKE_ANSWER_ORDINARY, "and answers an IKE_SA_INIT without SYN",
	    init_kind_text(IKE_ANSWER_ORDINARY), "%s", init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
}

/* One after the other, each of another index: the sixth is answered as the first. */
static void misses_in_a_row(struct probe *p, struct evidence *e)
{
	unsigned answered = 0;

	for (int i = 0; i < MISSES; i++) {
		const struct index ix = steps_unknown_index(p);
		struct init_answer a;

		ask(p, e, &p->target->gateway, &ix, &a);
		answered += a.said.kind == IKE_ANSWER_ORDINARY;
		init_answer_clear(&a);
	}
	evidence_clause(e, "8.1", answered == MISSES || answered == 0,
			"six SYNs in a row, each for another index that nobody ever gave",
			"all are answered alike", "%u of %u have an ordinary answer", answered,
			MISSES);
}

static void c11(struct probe *p, struct evidence *e)
{
	struct index ix = steps_unknown_index(p);

	miss_with_fallback(p, e, &ix);
	misses_in_a_row(p, e);
	if (!p->target->silence.given) {
		evidence_note(e, "no [variant silence]: the gateway that drops is not asked");
		return;
	}
	ix = steps_unknown_index(p);
	miss_with_silence(p, e, &ix);
}

const struct probe_case case_c11 = {
	.id = "C11",
	.lasts = 2,
	.title = "An unknown index gets an ordinary response, or silence where configured",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 3.1; wire profile rule 8",
	.required = "A gateway that does not find the stub goes on with an ordinary "
		    "IKE_SA_INIT, or drops the request where the operator's policy says so; it "
		    "goes on serving either way.",
	.causes = "the gateway waits for the bank without limit\na miss is answered with an error "
		  "notify\nthe policy is silence: declare that gateway as [variant silence]",
	.clauses = "8.1 8.2 6.2",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.any_gateway = true,
	.run = c11,
};

/* SYN that falls back, then IKE_AUTH, under `clause`. true: the SA lives. */
static bool complete_fallback(struct evidence *e, struct client *c, const struct init_request *r,
			      const char *clause)
{
	struct init_answer a;
	char text[240];
	bool done = false;

	init_exchange(c, r, &a);
	if (evidence_clause(e, clause, a.said.kind == IKE_ANSWER_ORDINARY, "the answer to SYN",
			    init_kind_text(IKE_ANSWER_ORDINARY), "%s",
			    init_answer_text(&a, text, sizeof(text)))) {
		const unsigned same = shown_same_octets(a.said.nr, span_of(c->ni, c->ni_n));

		evidence_clause(e, "9.5", same < a.said.nr.n / 4 + 1, "Nr of that answer",
				"a nonce of its own, not the client's", "%u of %zu octets are Ni's",
				same, a.said.nr.n);
		done = init_keys(c, r, &a) && auth_exchange(c);
		evidence_clause(e, clause, done,
				"IKE_AUTH with the KEi and Ni of the request that carried SYN",
				"both sides authenticate", "%s", done ? "done" : c->why);
	}
	init_answer_clear(&a);
	return done;
}

/* The SA is used, and ended. */
static void use_and_delete(struct evidence *e, struct client *c, const char *clause)
{
	bool deleted;

	shown_alive(e, c, clause, "the SA works: INFORMATIONAL is answered");
	deleted = delete_ike(c);
	evidence_clause(e, clause, deleted, "the SA works: it can be deleted",
			"an answer to Delete", "%s", deleted ? "answered" : c->why);
}

static void c12(struct probe *p, struct evidence *e)
{
	const struct index ix = steps_unknown_index(p);
	const struct init_request r = init_request_of(&p->target->client.suites[0], &ix);
	struct client *c = client_new(p, e, &p->target->gateway, NULL);

	if (!c)
		return;
	if (complete_fallback(e, c, &r, "8.4"))
		use_and_delete(e, c, "8.4");
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
	.clauses = "8.4 9.5",
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
	if (complete_fallback(e, c, &r, "8.8"))
		use_and_delete(e, c, "8.8");
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
	.clauses = "8.8 9.5",
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

/* The client of `old` deletes its SA: no stub is left, and nobody can tell that there was one. */
static void delete_and_ask(struct steps *s, struct client *c, const struct index *ix,
			   const char *where)
{
	const struct index unknown = steps_unknown_index(s->p);
	struct init_answer never;
	enum old_sa_stub seen;
	char text[240], what[120], *a, *b;

	evidence_note(s->e, "the client deletes its IKE SA, %s", where);
	if (!delete_ike(c)) {
		evidence_inconclusive(s->e, "the Delete was not answered: %s", c->why);
		return;
	}
	seen = old_sa_wait_bank(s->p, s->e, ix, false);
	g_snprintf(what, sizeof(what), "the stub of the session that was deleted %s", where);
	if (seen != OLD_SA_STUB_UNKNOWN)
		evidence_clause(s->e, "36.1", seen == OLD_SA_STUB_GONE, what, "gone at the bank",
				"%s", seen == OLD_SA_STUB_GONE ? "gone" : "still there");
	syn_until_refused(s);
	g_snprintf(what, sizeof(what), "SYN for the session that was deleted %s", where);
	evidence_clause(s->e, "36.1",
			s->a.said.kind == IKE_ANSWER_ORDINARY || s->a.said.kind == IKE_ANSWER_NONE,
			what, "an ordinary response, or silence where policy says so", "%s",
			init_answer_text(&s->a, text, sizeof(text)));
	if (s->a.said.kind != IKE_ANSWER_ORDINARY)
		return;
	ask(s->p, s->e, &s->p->target->gateway, &unknown, &never);
	a = shown_shape(&s->a);
	b = shown_shape(&never);
	evidence_clause(s->e, "8.3", strcmp(a, b) == 0,
			"payloads of the answer, beside those for an index that never was", b, "%s",
			a);
	g_free(a);
	g_free(b);
	init_answer_clear(&never);
}

static void at_old_gateway(struct steps *s)
{
	/* that it would have resumed is the ground of all that follows */
	if (steps_hit(s))
		delete_and_ask(s, s->old->client, &s->old->index, "where it was made");
}

static void at_new_gateway(struct steps *s)
{
	struct index ix;

	if (!steps_hit_and_derive(s))
		return;
	steps_confirm(s, NULL);
	if (s->r.outcome != RESUME_COMMITTED) {
		evidence_inconclusive(s->e, "the resumption was not confirmed: %s; see C03",
				      s->r.text);
		return;
	}
	ix = s->r.has_index ? s->r.index
			    : (struct index){ s->c->sa.spi_r, s->c->gateway->index_address };
	old_sa_wait_bank(s->p, s->e, &ix, true);
	struct client *resumed = s->c;
	struct old_sa moved;

	old_sa_of_client(&moved, resumed, s->old);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (s->c) {
		struct old_sa *first = s->old;

		s->old = &moved;
		delete_and_ask(s, resumed, &ix, "where it was resumed");
		s->old = first;
	}
	old_sa_clear(&moved);
	client_free(resumed);
}

static void c15(struct probe *p, struct evidence *e)
{
	if (p->target->old_sa.given || p->target->old_gateway_fail)
		evidence_note(e, "the old SA is another client's, or its gateway fails: only the "
				 "resumed one is deleted");
	else
		stage_resumption_with(p, e, NULL, NULL, at_old_gateway);
	stage_resumption_with(p, e, NULL, NULL, at_new_gateway);
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
	.clauses = "36.1 8.3",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01",
	.run = c15,
};

/* What an SA leaves that came about by a fallback. */
static void c44(struct probe *p, struct evidence *e)
{
	const struct index ix = steps_unknown_index(p);
	const struct init_request r = init_request_of(&p->target->client.suites[0], &ix);
	struct steps s = { .p = p, .e = e };
	enum old_sa_stub seen;

	s.c = client_new(p, e, &p->target->gateway, NULL);
	if (!s.c)
		return;
	if (complete_fallback(e, s.c, &r, "8.4")) {
		s.old = g_new0(struct old_sa, 1);
		old_sa_of_client(s.old, s.c, NULL);
		s.old->client = s.c;
		if (s.old->client->gateway_announced)
			shown_index(e, "5.2",
				    "N(IKESYNC_INDEX) in the IKE_AUTH response after a fallback",
				    s.old->index_told, &s.old->index, s.old->spi_r, s.old->client);
		s.c = client_new(p, e, &p->target->gateway, NULL);
		seen = old_sa_wait_bank(p, e, &s.old->index, true);
		if (seen != OLD_SA_STUB_UNKNOWN)
			evidence_clause(e, "8.6", seen == OLD_SA_STUB_THERE,
					"the stub of the SA of a fallback", "at the bank", "%s",
					seen == OLD_SA_STUB_THERE ? "there" : "not there");
		if (s.c) {
			char text[240];

			steps_syn(&s);
			if (evidence_clause(e, "8.6", s.a.said.kind == IKE_ANSWER_RESUMED,
					    "SYN for the SA of a fallback",
					    init_kind_text(IKE_ANSWER_RESUMED), "%s",
					    init_answer_text(&s.a, text, sizeof(text))) &&
			    resume_derive(s.c, s.old)) {
				steps_confirm(&s, NULL);
				shown_committed(&s, "8.6", "and it is resumed");
			}
		}
	}
	steps_end(&s);
}

const struct probe_case case_c44 = {
	.id = "C44",
	.title = "The SA of a fallback has a stub, and resumes",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_DRAFT,
	.source = DRAFT "section 4 (2); wire profile rule 8",
	.required = "When resumption is not accepted and the client has logged in, its new SA is "
		    "one as any other: it has a stub in the bank, and can be resumed.",
	.causes = "the stub is only made where the request had no SYN\nthe index of the SYN is "
		  "kept as that of the new SA",
	.clauses = "5.2 8.4 8.6",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY,
	.needs = "C01 C03 C12",
	.run = c44,
};

#define TRIES 3

/* The SYN when the miss has been forgotten. */
static void after_miss(struct steps *s)
{
	char text[240];

	steps_syn(s);
	if (evidence_clause(s->e, "15.6", s->a.said.kind == IKE_ANSWER_RESUMED,
			    "SYN when the miss has been forgotten",
			    init_kind_text(IKE_ANSWER_RESUMED), "%s",
			    init_answer_text(&s->a, text, sizeof(text))) &&
	    resume_derive(s->c, s->old)) {
		steps_confirm(s, NULL);
		shown_committed(s, "15.6", "and it is resumed");
	}
}

/* A remembered miss is forgotten: an index that gets its stub later resumes then. false: it was asked so late that one
 * which had become young again would have been forgotten, too. */
static bool forgotten(struct probe *p, struct evidence *e, bool last)
{
	const struct index ix = { rng_spi(&rng_system), p->target->bank.owns };
	const struct made_sa how = { .index = &ix };
	const uint64_t life = p->target->timers.miss, due = life + life / 4 + 250;
	struct steps s = { .p = p, .e = e };
	struct init_answer before;
	uint64_t start, again, gone;
	bool in_time = true;

	ask_with(p, e, &p->target->gateway, &ix, CLIENT_END_KEEPS_STUBS, &before);
	start = probe_now();
	if (before.said.kind == IKE_ANSWER_ORDINARY || before.said.kind == IKE_ANSWER_NONE)
		s.old = made_sa_new(p, e, &how);
	else
		evidence_inconclusive(e, "SYN for an index that nobody has is no miss: see C11");
	s.c = s.old ? client_new(p, e, &p->target->gateway, NULL) : NULL;
	if (s.c) {
		evidence_note(e, "the target file says that a miss is remembered for %u ms",
			      (unsigned)life);
		/* asked about meanwhile, it does not become young again */
		gone = probe_now() - start;
		if (gone < life - life / 16)
			probe_pass_time(p, life - life / 16 - gone);
		init_answer_clear(&before);
		again = probe_now();
		ask_with(p, e, &p->target->gateway, &ix, CLIENT_END_KEEPS_STUBS, &before);
		gone = probe_now() - start;
		if (gone < due)
			probe_pass_time(p, due - gone);
		in_time = probe_now() < again + life || last;
		if (in_time)
			after_miss(&s);
	}
	init_answer_clear(&before);
	steps_end(&s);
	return in_time;
}

static void c42(struct probe *p, struct evidence *e)
{
	for (unsigned i = 1; i <= TRIES && !probe_interrupted(); i++)
		if (forgotten(p, e, i == TRIES))
			return;
}

const struct probe_case case_c42 = {
	.id = "C42",
	.lasts = 2,
	.title = "A remembered miss is forgotten after its time",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(15),
	.required = "A gateway may remember that the bank did not have a stub, for [2 s] and no "
		    "longer: the stub may arrive a moment after the SYN.",
	.causes = "each SYN for a remembered miss makes it young again\nmisses are remembered "
		  "until they are pushed out\n[timers] miss of the target file is shorter than "
		  "the target's",
	.clauses = "15.6",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_BANK | REQUIRES_SEAL_KEYS,
	.needs = "C01 C03 C11",
	.run = c42,
};
