/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After an attack: whose fault is it when the real client cannot go on? */
#include "cases/aftermath.h"

#include "client/auth.h"

#define TOLD_MS 250

/* Somebody whom nobody disturbed resumes. */
static bool undisturbed_resumes(struct steps *s)
{
	struct old_sa *old = probe_old_sa(s->p, s->e, &s->old->suite);
	struct client *c = old ? client_new(s->p, s->e, &s->p->target->gateway, NULL) : NULL;
	struct resume_result r = { 0 };
	bool ok = false;

	if (c) {
		ok = resume_whole(c, old, NULL, &r) == RESUME_COMMITTED;
		evidence_note(s->e, "another client, whom nobody disturbed: %s", r.text);
	}
	resume_result_clear(&r);
	client_free(c);
	old_sa_free(old);
	return ok;
}

bool aftermath_ground(struct steps *s)
{
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_answer a = { 0 };
	bool hit = false;

	if (c)
		hit = resume_syn(c, s->old, &a) == IKE_ANSWER_RESUMED;
	if (!hit)
		evidence_note(s->e, "nobody has done anything yet, and SYN does not hit");
	init_answer_clear(&a);
	client_vanish(c);
	return hit;
}

bool aftermath_demand_ground(struct steps *s)
{
	if (aftermath_ground(s))
		return true;
	evidence_inconclusive(s->e, "SYN for a live stub does not hit here: see C01");
	return false;
}

static bool lost(struct steps *s, bool ground)
{
	return s->r.outcome == RESUME_NO_HIT ? ground : undisturbed_resumes(s);
}

bool aftermath_resumes(struct steps *s, bool ground, const char *clause, const char *what)
{
	bool ok;

	client_free(s->c);
	s->c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	if (!s->c)
		return false;
	resume_result_clear(&s->r);
	/* what an attack makes a gateway tell its bank travels apart, and through a queue on a disk */
	probe_pass_time(s->p, TOLD_MS);
	evidence_note(s->e, "the real client resumes");
	ok = resume_whole(s->c, s->old, NULL, &s->r) == RESUME_COMMITTED;
	if (ok || lost(s, ground))
		return evidence_clause(s->e, clause, ok, what,
				       "HDR, Nr, then a verified answer to message ID 1", "%s",
				       s->r.text);
	evidence_inconclusive(
	    s->e, "%s: but nobody resumes here, disturbed or not; see C01 and C03", what);
	return false;
}

/* A half-open SA is finished, so that no limit per source is met; and the answer is put to use. */
static void log_in(struct client *c, const struct init_request *r, const struct init_answer *a)
{
	if (!init_keys(c, r, a) || !auth_exchange(c))
		evidence_note(c->evidence, "the login that follows fails (C12 is about that): %s",
			      c->why);
}

bool aftermath_ordinary(struct steps *s, const char *clause, const char *no_error,
			const struct init_request *r, const char *what)
{
	struct client *c = client_new(s->p, s->e, &s->p->target->gateway, NULL);
	struct init_request once = *r;
	struct init_answer a;
	char text[200];
	bool ok;

	if (!c)
		return false;
	once.stop_at_error = true;
	init_exchange(c, &once, &a);
	init_answer_text(&a, text, sizeof(text));
	ok = evidence_clause(s->e, clause, a.said.kind == IKE_ANSWER_ORDINARY, what,
			     init_kind_text(IKE_ANSWER_ORDINARY), "%s", text);
	if (no_error)
		evidence_clause(s->e, no_error, a.said.kind != IKE_ANSWER_ERROR, what,
				"no error notify", "%s", text);
	if (ok)
		log_in(c, &once, &a);
	init_answer_clear(&a);
	client_free(c);
	return ok;
}

bool aftermath_serves(struct probe *p, struct evidence *e, const char *what)
{
	const struct init_request r = init_request_of(&p->target->client.suites[0], NULL);
	struct client *c = client_new(p, e, &p->target->gateway, NULL);
	struct init_answer a;
	char text[200];
	bool ok;

	if (!c)
		return false;
	init_exchange(c, &r, &a);
	ok = evidence_clause(e, "59.5", a.said.kind == IKE_ANSWER_ORDINARY, what,
			     init_kind_text(IKE_ANSWER_ORDINARY), "%s",
			     init_answer_text(&a, text, sizeof(text)));
	if (ok)
		log_in(c, &r, &a);
	init_answer_clear(&a);
	client_free(c);
	return ok;
}

bool aftermath_lives(struct client *c, const char *clause, const char *what)
{
	struct protected_answer a;
	struct inner in;
	char text[200];
	bool ok;

	inner_init(&in);
	protected_exchange(c, EXCHANGE_INFORMATIONAL, &in, &a);
	ok = evidence_clause(c->evidence, clause,
			     a.kind == PROTECTED_ANSWER && protected_error(&a) == 0, what,
			     "a verified answer to an empty INFORMATIONAL", "%s",
			     protected_answer_text(&a, text, sizeof(text)));
	protected_answer_clear(&a);
	return ok;
}
