/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers the verdicts of a run under their causes. */
#include "report/mend.h"

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

/* Did a case that ran not pass, for a reason of its own? */
static bool is_cause(const struct result *r)
{
	return r->evidence && !r->see &&
	       (r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE) &&
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
		bool follows = r->see && r->see == m->r;

		if ((r->evidence && !r->see) || r->verdict != VERDICT_INCONCLUSIVE)
			continue;
		/* without SYN, and without sanity, nothing else is named */
		if (!r->see)
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
		else if (is_cause(r) && !(run->probe->story && r->verdict == VERDICT_INCONCLUSIVE))
			mend_add(all, r, text_of(r), hint_for(r->reason));
	}
	for (unsigned i = 0; i < all->len; i++)
		gather(run, g_ptr_array_index(all, i));
	g_ptr_array_sort(all, by_weight);
	return all;
}
