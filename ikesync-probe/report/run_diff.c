/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares two runs. */
#include "report/run_diff.h"

#include <string.h>

#include "report/layout.h"
#include "run/verdict.h"

#define INDENT 18

const char *run_change_name(enum run_change change)
{
	static const char *const names[CHANGES] = { "worse", "better", "other", "new", "gone" };

	return names[change];
}

/* 0: fine, or not asked. */
static unsigned badness(const struct result *r)
{
	switch (r->verdict) {
	case VERDICT_FAIL:
		return 3;
	case VERDICT_INCONCLUSIVE:
		return 2;
	case VERDICT_WARN:
		return 1;
	default:
		return 0;
	}
}

static const struct result *counting(const struct run *run, const char *id)
{
	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (strcmp(r->c->id, id) == 0 && run_counts(run, r))
			return r;
	}
	return NULL;
}

static void add(GPtrArray *all, enum run_change change, const struct result *before,
		const struct result *after)
{
	struct run_difference *d = g_new(struct run_difference, 1);

	*d = (struct run_difference){ change, before, after };
	g_ptr_array_add(all, d);
}

static void compare(GPtrArray *all, const struct result *before, const struct result *after)
{
	if (badness(after) != badness(before))
		add(all, badness(after) > badness(before) ? CHANGE_WORSE : CHANGE_BETTER, before,
		    after);
	else if (after->verdict != before->verdict ||
		 (badness(after) && g_strcmp0(after->reason, before->reason) != 0))
		add(all, CHANGE_OTHER, before, after);
}

static int by_change(gconstpointer a, gconstpointer b)
{
	const struct run_difference *x = *(const struct run_difference *const *)a,
				    *y = *(const struct run_difference *const *)b;

	return (int)x->change - (int)y->change;
}

GPtrArray *run_diff(const struct run *before, const struct run *after)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < after->results->len; i++) {
		const struct result *r = g_ptr_array_index(after->results, i), *old;

		if (!run_counts(after, r))
			continue;
		old = counting(before, r->c->id);
		if (old)
			compare(all, old, r);
		else
			add(all, badness(r) ? CHANGE_WORSE : CHANGE_NEW, NULL, r);
	}
	for (unsigned i = 0; i < before->results->len; i++) {
		const struct result *r = g_ptr_array_index(before->results, i);

		if (run_counts(before, r) && !counting(after, r->c->id))
			add(all, CHANGE_GONE, r, NULL);
	}
	g_ptr_array_sort(all, by_change);
	return all;
}

unsigned run_diff_count(const GPtrArray *all, enum run_change change)
{
	unsigned n = 0;

	for (unsigned i = 0; i < all->len; i++)
		n += ((const struct run_difference *)g_ptr_array_index(all, i))->change == change;
	return n;
}

static void line(const struct run_difference *d, FILE *out)
{
	const struct result *r = d->after ? d->after : d->before;
	char *label = g_strdup_printf("  %s", r->c->id);
	char *text = g_strdup_printf(
	    "%s -> %s: %s", d->before ? verdict_name(d->before->verdict) : "not there",
	    d->after ? verdict_name(d->after->verdict) : "not there", r->c->title);

	layout_wrapped(out, INDENT, label, text);
	if (d->after && d->after->reason && badness(d->after))
		layout_wrapped(out, INDENT, "", d->after->reason);
	g_free(text);
	g_free(label);
}

void run_diff_text(const GPtrArray *all, bool colour, FILE *out)
{
	static const char *const colours[CHANGES] = { "\033[1;31m", "\033[32m", "\033[33m",
						      "\033[36m", "\033[36m" };
	enum run_change last = CHANGES;

	for (unsigned i = 0; i < all->len; i++) {
		const struct run_difference *d = g_ptr_array_index(all, i);

		if (d->change != last)
			fprintf(out, "%s%s%s%s\n", last == CHANGES ? "" : "\n",
				colour ? colours[d->change] : "", run_change_name(d->change),
				colour ? "\033[0m" : "");
		last = d->change;
		line(d, out);
	}
	if (all->len)
		fputc('\n', out);
	for (unsigned c = 0; c < CHANGES; c++)
		fprintf(out, "%s%u %s", c ? ", " : "", run_diff_count(all, (enum run_change)c),
			run_change_name((enum run_change)c));
	fputc('\n', out);
}
