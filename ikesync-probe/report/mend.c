/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers the verdicts of a run under their causes. */
#include "report/mend.h"

#include <string.h>

#include "report/hint.h"
#include "run/verdict.h"

#define MEND_DEATH                                                                            \
	"Look into its log for a crash; the message is among the octets of that case. If it " \
	"lives, it limits requests or half-open IKE SAs per address."

static void mend_free(void *data)
{
	struct mend *m = data;

	g_free(m->text);
	g_ptr_array_unref(m->follow);
	g_free(m);
}

static struct mend *mend_add(GPtrArray *all, const struct result *r, char *text, const char *todo)
{
	struct mend *m = g_new0(struct mend, 1);

	m->r = r;
	m->text = text;
	m->todo = todo;
	m->follow = g_ptr_array_new();
	g_ptr_array_add(all, m);
	return m;
}

static bool is_bad(const struct result *r)
{
	return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE;
}

/* The case of `id` that did not pass in this run. */
static const struct result *bad_one(const struct run *run, const char *id)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (is_bad(r) && g_str_has_prefix(id, r->c->id))
			return r;
	}
	return NULL;
}

/*
 * On which case's failure `r` hangs: the one for which it was not asked, or that its reason names ("...; see C01 and
 * C03") when it came to no point. NULL: on none.
 */
static const struct result *ground(const struct run *run, const struct result *r)
{
	const char *at = r->reason ? strstr(r->reason, "see ") : NULL;
	const struct result *found = r->see;

	if (found || r->verdict != VERDICT_INCONCLUSIVE || !r->evidence)
		return found;
	for (; at && *at && !found; at++)
		if (g_ascii_isupper(at[0]) && g_ascii_isdigit(at[1]))
			found = bad_one(run, at);
	return found == r ? NULL : found;
}

/* Did a case that ran not pass, for a reason of its own? */
static bool is_cause(const struct run *run, const struct result *r)
{
	return r->evidence && !ground(run, r) && is_bad(r) && r->waived != WAIVED &&
	       g_strcmp0(r->reason, VERDICT_INTERRUPTED) != 0;
}

static char *text_of(const struct result *r)
{
	const GPtrArray *d = r->evidence->diagnoses;

	if (!d->len)
		return g_strdup(r->reason);
	return g_strdup_printf("%s. Diagnosis: %s", r->reason,
			       (const char *)g_ptr_array_index(d, 0));
}

/* The cases that were not run for what `m` says. */
static void gather(const struct run *run, struct mend *m)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);
		const struct result *on = ground(run, r);
		bool follows = on && on == m->r;

		if ((r->evidence && !on) || r->verdict != VERDICT_INCONCLUSIVE)
			continue;
		/* without SYN, and without sanity, nothing else is named */
		if (!on)
			follows = m->r ? m->r->c->id[0] == 'S' && m->r->c->asks == r->c->asks
				       : r->c->asks == ASKS_GATEWAY;
		if (follows)
			g_ptr_array_add(m->follow, r->label);
	}
}

static unsigned rank(const struct mend *m)
{
	if (!m->r || m->death)
		return 0;
	if (m->r->c->id[0] == 'S')
		return 1;
	return m->r->verdict == VERDICT_FAIL ? 2 : 3;
}

static int by_weight(gconstpointer a, gconstpointer b)
{
	const struct mend *x = *(struct mend *const *)a, *y = *(struct mend *const *)b;

	if ((rank(x) < 2 || rank(y) < 2) && rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->follow->len != y->follow->len)
		return x->follow->len > y->follow->len ? -1 : 1;
	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	return g_strcmp0(x->r ? x->r->label : "", y->r ? y->r->label : "");
}

GPtrArray *mend_of(const struct run *run)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(mend_free);

	if (run->probe->syn_unknown)
		mend_add(all, NULL, g_strdup(PROBE_SYN_UNKNOWN), PROBE_SYN_UNKNOWN_HINT);
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r == run->died_in)
			mend_add(all, r, g_strdup(r->death.text), MEND_DEATH)->death = true;
		/* what a capture does not show is nothing to mend */
		else if (is_cause(run, r) &&
			 !(run->probe->story && r->verdict == VERDICT_INCONCLUSIVE))
			/* a diagnosis says more than what silence may mean */
			mend_add(all, r, text_of(r),
				 r->evidence->diagnoses->len ? NULL
							     : hint_for(r->reason, r->c->id));
	}
	for (unsigned i = 0; i < all->len; i++)
		gather(run, g_ptr_array_index(all, i));
	g_ptr_array_sort(all, by_weight);
	return all;
}
