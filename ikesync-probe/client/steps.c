/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of cases, each told to the evidence. */
#include "client/steps.h"

#include "client/auth.h"

bool steps_begin(struct steps *s, struct probe *p, struct evidence *e, const struct suite *suite,
		 const struct target_gateway *gateway)
{
	*s = (struct steps){ .p = p, .e = e };
	s->old = probe_old_sa(p, e, suite);
	if (!s->old)
		return false;
	s->c = client_new(p, e, gateway ? gateway : &p->target->gateway, NULL);
	return s->c != NULL;
}

void steps_end(struct steps *s)
{
	init_answer_clear(&s->a);
	resume_result_clear(&s->r);
	if (s->c)
		s->c->end = CLIENT_END_SETTLES;
	client_free(s->c);
	old_sa_free(s->old);
	*s = (struct steps){ 0 };
}

static void note_answer(struct evidence *e, const char *what, const struct init_answer *a)
{
	char text[200];

	evidence_note(e, "%s: %s%s", what, init_answer_text(a, text, sizeof(text)),
		      a->cookies == 0   ? ""
		      : a->cookies == 1 ? " (after a cookie)"
					: " (after cookies)");
	if (a->octets)
		evidence_octets(e, "IKE_SA_INIT response",
				span_of(a->octets->data, a->octets->len));
}

enum ike_answer_kind steps_syn(struct steps *s)
{
	char text[INDEX_TEXT_MAX];

	init_answer_clear(&s->a);
	evidence_note(s->e, "sending IKE_SA_INIT with SYN for %s",
		      index_text(&s->old->index, text));
	resume_syn(s->c, s->old, &s->a);
	note_answer(s->e, "answer", &s->a);
	return s->a.said.kind;
}

bool steps_hit(struct steps *s)
{
	char text[200];

	if (steps_syn(s) == IKE_ANSWER_RESUMED)
		return true;
	evidence_inconclusive(
	    s->e, "SYN for a live stub was not answered with HDR, Nr but: %s (C01 is about that)",
	    init_answer_text(&s->a, text, sizeof(text)));
	return false;
}

bool steps_hit_and_derive(struct steps *s)
{
	if (!steps_hit(s))
		return false;
	if (resume_derive(s->c, s->old))
		return true;
	evidence_inconclusive(s->e, "%s", s->c->why);
	return false;
}

enum resume_outcome steps_confirm(struct steps *s, const struct resume_knobs *knobs)
{
	resume_result_clear(&s->r);
	resume_confirm(s->c, s->old, knobs, &s->r);
	s->old->moved |= s->r.outcome == RESUME_COMMITTED;
	evidence_note(s->e, "answer to message ID 1: %s", s->r.text);
	return s->r.outcome;
}

bool steps_check_committed(struct steps *s, const char *what)
{
	if (evidence_check(s->e, s->r.outcome == RESUME_COMMITTED, what,
			   "a verified answer without an error notify", "%s", s->r.text))
		return true;
	if (s->r.outcome == RESUME_UNVERIFIED)
		resume_diagnose(s->c, s->old, s->syn, s->r.octets);
	else if (s->r.outcome == RESUME_SILENCE || s->r.outcome == RESUME_CLEAR)
		resume_diagnose(s->c, s->old, s->syn, NULL);
	return false;
}

/*
 * Nothing has been done to a fresh SA: where it does not resume either, the reason is another one
 * than the case's. false: so it is, or it could not be had; stated inconclusive.
 */
static bool untouched_resumes(struct steps *s, const char *what)
{
	struct resume_result r = { 0 };
	struct old_sa *old;
	struct client *c;
	bool committed = false;

	if (s->p->old_gateway_failed) /* no fresh one to be had */
		return true;
	evidence_note(s->e, "it does not (%s); does an SA that nobody touched?", s->r.text);
	old = old_sa_at(s->p, s->e, &s->p->target->old_gateway, &s->old->suite, true);
	c = old ? client_new(s->p, s->e, &s->p->target->gateway, NULL) : NULL;
	if (c) {
		committed = resume_whole(c, old, NULL, &r) == RESUME_COMMITTED;
		if (committed)
			evidence_note(s->e, "that one resumes");
		else
			evidence_inconclusive(s->e,
					      "%s: not shown, for an SA that nobody touched does "
					      "not resume either: %s (see C01 and C03)",
					      what, r.text);
		resume_result_clear(&r);
	}
	client_free(c);
	old_sa_free(old);
	return committed;
}

bool steps_check_still_resumes(struct steps *s, const char *what)
{
	if (s->p->syn_unknown) {
		evidence_note(s->e, "nothing resumes at a gateway without SYN: not asked whether "
				    "the stub is untouched");
		return true;
	}
	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!s->c)
		return false;
	resume_result_clear(&s->r);
	evidence_note(s->e, "the real client resumes");
	resume_whole(s->c, s->old, NULL, &s->r);
	if (s->r.outcome != RESUME_COMMITTED && !untouched_resumes(s, what))
		return false;
	return evidence_check(s->e, s->r.outcome == RESUME_COMMITTED, what,
			      "HDR, Nr, then a verified answer to message ID 1", "%s", s->r.text);
}

/* Does a fresh SA resume at all? */
static bool control_resumes(struct steps *s)
{
	struct old_sa *fresh = probe_old_sa(s->p, s->e, NULL);
	struct client *c = fresh ? client_new(s->p, s->e, &s->p->target->gateway, NULL) : NULL;
	struct resume_result r = { 0 };
	bool ok;

	evidence_note(s->e, "for comparison: an SA that nobody has touched");
	ok = c && resume_whole(c, fresh, NULL, &r) == RESUME_COMMITTED;
	evidence_note(s->e, "it %s", ok ? "resumes" : "does not resume either");
	resume_result_clear(&r);
	client_free(c);
	old_sa_free(fresh);
	return ok;
}

bool steps_check_untouched(struct steps *s, const char *clause, const char *what)
{
	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!s->c)
		return false;
	resume_result_clear(&s->r);
	evidence_note(s->e, "the real client resumes");
	resume_whole(s->c, s->old, NULL, &s->r);
	if (s->r.outcome != RESUME_COMMITTED && !control_resumes(s)) {
		evidence_inconclusive(s->e,
				      "%s: cannot be told, for nothing resumes (%s); see C01, C03",
				      what, s->r.text);
		return false;
	}
	return evidence_clause(s->e, clause, s->r.outcome == RESUME_COMMITTED, what,
			       "HDR, Nr, then a verified answer to message ID 1", "%s", s->r.text);
}

bool steps_check_ordinary(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			  const struct init_request *r, const char *what)
{
	struct client *c = client_new(p, e, gateway, NULL);
	struct init_answer a;
	char text[200];
	bool ok;

	if (!c)
		return false;
	init_exchange(c, r, &a);
	note_answer(e, what, &a);
	ok = evidence_check(e, a.said.kind == IKE_ANSWER_ORDINARY, what,
			    init_kind_text(IKE_ANSWER_ORDINARY), "%s",
			    init_answer_text(&a, text, sizeof(text)));
	init_answer_clear(&a);
	c->end = CLIENT_END_SETTLES;
	client_free(c);
	return ok;
}

enum ike_answer_kind steps_repeat_init(struct client *c, struct init_answer *a)
{
	const struct target_timers *timers = &c->probe->target->timers;
	const uint64_t deadline = probe_now() + timers->answer;
	uint64_t next = 0;
	struct span message;

	*a = (struct init_answer){ 0 };
	while (probe_now() < deadline && !probe_interrupted()) {
		if (probe_now() >= next) { /* the network may lose it */
			transport_send(c->transport, span_of(c->request->data, c->request->len));
			next = MIN(probe_now() + timers->retransmit, deadline);
		}
		if (transport_receive(c->transport, next, &message) &&
		    init_read(message, c->sa.spi_i, a))
			return a->said.kind;
	}
	*a = (struct init_answer){ 0 };
	return IKE_ANSWER_NONE;
}

struct index steps_unknown_index(struct probe *p)
{
	return (struct index){ rng_spi(&rng_system), p->target->old_gateway.index_address };
}

const struct suite *steps_suite(const struct probe *p, bool aead)
{
	const struct target_client *t = &p->target->client;

	for (unsigned i = 0; i < t->n_suites; i++) {
		struct suite_sizes sizes;

		if (suite_sizes(&t->suites[i], &sizes) == ERR_OK && sizes.aead == aead)
			return &t->suites[i];
	}
	return NULL;
}

const struct suite *steps_other_prf(const struct probe *p)
{
	const struct target_client *t = &p->target->client;
	const struct suite *longest = NULL;

	for (unsigned i = 1; i < t->n_suites; i++)
		if (t->suites[i].prf != t->suites[0].prf &&
		    (!longest || suite_prf_size(t->suites[i].prf) > suite_prf_size(longest->prf)))
			longest = &t->suites[i];
	return longest;
}
