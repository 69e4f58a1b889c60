/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N32: as many provisional SAs as a gateway keeps. */
#include "cases/cases.h"
#include "cases/shown.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "client/auth.h"

/* An answer of a gateway that gives one, the way aside. */
#define SOON_MS 200
/* From so far away the first are over when the last are asked for. */
#define FAR_MS 500
/* So many stubs more than the cap. */
#define MORE 3

/* Clients that may be resumed, each with a stub of its own. */
struct crowd {
	struct probe *p;
	struct evidence *e;
	uint64_t soon_ms;
	unsigned n;
	struct old_sa **old;
	struct client **c; /* of the hit; NULL: none */
};

/* Live stubs, from another gateway where there is one. false: stated inconclusive. */
static bool gather(struct crowd *w, unsigned n)
{
	w->old = g_new0(struct old_sa *, n);
	w->c = g_new0(struct client *, n);
	while (w->n < n && !probe_interrupted()) {
		w->old[w->n] = probe_old_sa(w->p, w->e, NULL);
		if (!w->old[w->n])
			return false;
		w->n++;
	}
	return w->n == n;
}

/* NULL: no hit. */
static struct client *asks(struct crowd *w, const struct old_sa *old, uint64_t answer_ms)
{
	struct init_request r = init_request_of(&old->suite, &old->index);
	struct client *c = client_new(w->p, w->e, &w->p->target->capped, NULL);
	struct init_answer a;
	bool hit;

	if (!c)
		return NULL;
	r.answer_ms = answer_ms;
	hit = init_exchange(c, &r, &a) == IKE_ANSWER_RESUMED;
	init_answer_clear(&a);
	if (hit)
		return c;
	client_free(c);
	return NULL;
}

/* SYN for each stub that is not resumed yet; how many are hits? */
static unsigned ask_all(struct crowd *w)
{
	unsigned hits = 0;

	for (unsigned i = 0; i < w->n && !probe_interrupted(); i++) {
		if (w->old[i]->moved)
			continue;
		w->c[i] = asks(w, w->old[i], w->soon_ms);
		hits += w->c[i] != NULL;
	}
	return hits;
}

/* Every hit is confirmed, and commits. */
static unsigned confirm_all(struct crowd *w)
{
	unsigned committed = 0;

	for (unsigned i = 0; i < w->n; i++) {
		struct resume_result r = { 0 };

		if (!w->c[i])
			continue;
		if (resume_derive(w->c[i], w->old[i]) &&
		    resume_confirm(w->c[i], w->old[i], NULL, &r) == RESUME_COMMITTED) {
			w->old[i]->moved = true;
			committed++;
		}
		resume_result_clear(&r);
		client_free(w->c[i]);
		w->c[i] = NULL;
	}
	return committed;
}

static void in_total(struct crowd *w)
{
	const unsigned cap = w->p->target->provisional;
	const unsigned hits = ask_all(w);
	char *most = g_strdup_printf("at most %u, as [limits] provisional says, and some", cap);
	unsigned committed;

	evidence_clause(w->e, "15.5", hits <= cap && hits > 0, "provisional SAs at once", most,
			"%u hits for %u live stubs", hits, w->n);
	committed = confirm_all(w);
	evidence_clause(w->e, "15.5", committed == hits, "their confirmations",
			"each is committed: none had to make room for another's", "%u of %u",
			committed, hits);
	g_free(most);
}

/* Half-open SAs first: provisional ones count with them (rule 58). */
static void beside_half_open(struct crowd *w)
{
	const unsigned cap = w->p->target->half_open, few = cap > 2 ? cap - 2 : 1;
	struct client **half = g_new0(struct client *, few);
	unsigned n = 0, hits;
	char *most = g_strdup_printf("at most %u together, as [limits] half-open says", cap);

	for (unsigned i = 0; i < few; i++) {
		struct init_request r = init_request_of(&w->p->target->client.suites[0], NULL);
		struct init_answer a;

		half[n] = client_new(w->p, w->e, &w->p->target->capped, NULL);
		if (half[n] && init_exchange(half[n], &r, &a) == IKE_ANSWER_ORDINARY)
			n++;
		else
			client_vanish(half[n]);
		init_answer_clear(&a);
	}
	hits = ask_all(w);
	evidence_clause(w->e, "58.1", hits + n <= cap,
			"half-open and provisional SAs of one address", most,
			"%u half-open, %u hits", n, hits);
	(void)confirm_all(w);
	for (unsigned i = 0; i < n; i++) {
		auth_settle(half[i]);
		client_free(half[i]);
	}
	g_free(half);
	g_free(most);
}

/* Of one index and source the newest replaces the oldest. */
static void of_one_index(struct crowd *w, const struct old_sa *old)
{
	const unsigned n = w->p->target->provisional_per_index + 1;
	struct client **c = g_new0(struct client *, n);
	struct resume_result r = { 0 };
	unsigned hits = 0;

	for (unsigned i = 0; i < n; i++) {
		c[i] = asks(w, old, w->p->target->timers.answer);
		hits += c[i] != NULL;
	}
	evidence_clause(w->e, "15.5", hits == n,
			"SYNs of one client for one index, one more than are kept",
			"each is a hit, the newest too", "%u hits of %u", hits, n);
	if (hits == n && resume_derive(c[0], old)) {
		const struct resume_knobs once = { .once = true, .answer_ms = 2 * w->soon_ms };
		const enum resume_outcome o = resume_confirm(c[0], old, &once, &r);

		evidence_clause(w->e, "15.5", o == RESUME_SILENCE || o == RESUME_CLEAR,
				"the confirmation of the oldest", "no answer: it made room", "%s",
				r.text);
		resume_result_clear(&r);
		if (o == RESUME_SILENCE && resume_derive(c[n - 1], old))
			evidence_clause(w->e, "15.5",
					resume_confirm(c[n - 1], old, NULL, &r) == RESUME_COMMITTED,
					"the confirmation of the newest", "committed", "%s",
					r.text);
	}
	resume_result_clear(&r);
	for (unsigned i = 0; i < n; i++)
		client_free(c[i]);
	g_free(c);
}

/* How long there and back? false: there is no SA to ask on; stated. */
static bool measure_way(struct crowd *w, uint64_t *way)
{
	struct old_sa *sa = old_sa_at(w->p, w->e, &w->p->target->capped, NULL, false);
	const uint64_t asked = probe_now();
	const bool ok = sa && shown_alive(w->e, sa->client, "59.5", "an SA before the crowd");

	*way = probe_now() - asked;
	w->soon_ms = SOON_MS + 2 * *way;
	old_sa_free(sa);
	return ok;
}

static void n32(struct probe *p, struct evidence *e)
{
	struct crowd w = { .p = p, .e = e };
	uint64_t way;
	bool far;

	if (!measure_way(&w, &way))
		return;
	far = way > FAR_MS;
	if (far)
		evidence_note(e, "too far away (%u ms there and back) to ask for many at once",
			      (unsigned)way);
	/* what is resumed in the first part is gone for the second */
	if (gather(&w, far ? 1 : 2 * p->target->provisional + MORE)) {
		if (!far) {
			in_total(&w);
			beside_half_open(&w);
		}
		for (unsigned i = 0; i < w.n; i++)
			if (!w.old[i]->moved && p->target->provisional_per_index) {
				of_one_index(&w, w.old[i]);
				break;
			}
	}
	for (unsigned i = 0; i < w.n; i++)
		old_sa_free(w.old[i]);
	g_free(w.old);
	g_free(w.c);
}

const struct probe_case case_n32 = {
	.id = "N32",
	.title = "Provisional SAs are capped: in total, with half-open ones, and of one index",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = "wire profile rules 15 and 58",
	.required = "However many live stubs one address names, no more provisional SAs are kept "
		    "than the cap, and half-open ones count with them. Of one index and source the "
		    "newest replaces the oldest.",
	.causes = "SYNs that hit are not counted, or not against the cap of their address\n"
		  "the cap is looked at before the bank is asked, and is not full then\n"
		  "the newest SYN of a client is refused instead of its oldest\n"
		  "[limits] of the target file is not what [variant capped] is configured for",
	.clauses = "15.5 58.1 59.5",
	.asks = ASKS_GATEWAY,
	.requires = REQUIRES_GATEWAY | REQUIRES_VARIANT_CAPPED | REQUIRES_PROVISIONAL_LIMIT,
	.needs = "C01 C03",
	.alone = true,
	.run = n32,
};
