/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells failures from consequences of one failure. */
#include "run/consequence.h"

#include <string.h>

static const struct {
	const char *ground;   /* the case that asks for it alone */
	const char *observed; /* what every other case sees of its failure */
	const char *what;
} consequences[] = {
	{ "C03", "no answer (it answered", "the confirmation was not answered" },
	{ "C34", "verified answer: N(AUTHENTICATION_FAILED)", "BIND was refused" },
};

static bool failed_clause(const struct evidence *e, const char *clause)
{
	for (unsigned i = 0; i < e->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(e->steps, i);

		if (evidence_step_failed(s) && g_strcmp0(s->clause, clause) == 0)
			return true;
	}
	return false;
}

/* Did `r` see nothing worse than `observed`, and not where the ground saw it? */
static bool only_that(const struct result *r, const struct result *ground, const char *observed)
{
	bool any = false;

	for (unsigned i = 0; i < r->evidence->steps->len; i++) {
		const struct evidence_step *s = g_ptr_array_index(r->evidence->steps, i);

		if (!evidence_step_failed(s))
			continue;
		any = true;
		if (!g_str_has_prefix(s->observed, observed) ||
		    (s->clause && failed_clause(ground->evidence, s->clause)))
			return false;
	}
	return any;
}

static const struct result *failed(const struct run *run, const char *id)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r->verdict == VERDICT_FAIL && r->evidence && strcmp(r->c->id, id) == 0)
			return r;
	}
	return NULL;
}

static void follow(const struct run *run, const struct result *ground, const char *observed,
		   const char *what)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		struct result *r = g_ptr_array_index(run->results, i);

		if (r == ground || r->verdict != VERDICT_FAIL || !r->evidence ||
		    r->c->asks != ASKS_GATEWAY || !only_that(r, ground, observed))
			continue;
		r->verdict = VERDICT_INCONCLUSIVE;
		r->see = ground;
		g_free(r->reason);
		r->reason = g_strdup_printf("%s, see %s", what, ground->label);
	}
}

void consequence_judge(const struct run *run)
{
	for (size_t i = 0; i < G_N_ELEMENTS(consequences); i++) {
		const struct result *ground = failed(run, consequences[i].ground);

		if (ground)
			follow(run, ground, consequences[i].observed, consequences[i].what);
	}
}
