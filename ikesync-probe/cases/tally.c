/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts, and names the frames. */
#include "cases/tally.h"

/* More are counted, not told. */
#define TOLD_MAX 8

struct tally tally_new(const char *clause, const char *what, const char *expected)
{
	return (struct tally){
		.clause = clause, .what = what, .expected = expected, .faults = g_string_new(NULL)
	};
}

void tally_kept(struct tally *t, unsigned frame)
{
	if (!t->kept++)
		t->first = frame;
}

static void add(struct tally *t, unsigned frame, const char *format, va_list args)
    G_GNUC_PRINTF(3, 0);
static void add(struct tally *t, unsigned frame, const char *format, va_list args)
{
	if (t->broken++ >= TOLD_MAX)
		return;
	g_string_append_printf(t->faults, "%sframe %u: ", t->faults->len ? "; " : "", frame);
	g_string_append_vprintf(t->faults, format, args);
}

void tally_broken(struct tally *t, unsigned frame, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(t, frame, format, args);
	va_end(args);
}

bool tally_add(struct tally *t, unsigned frame, bool ok, const char *format, ...)
{
	va_list args;

	if (ok) {
		tally_kept(t, frame);
		return true;
	}
	va_start(args, format);
	add(t, frame, format, args);
	va_end(args);
	return false;
}

unsigned tally_state(struct tally *t, struct evidence *e)
{
	unsigned n = t->kept + t->broken;
	char *observed;

	if (t->broken > TOLD_MAX)
		g_string_append_printf(t->faults, "; and %u more", t->broken - TOLD_MAX);
	if (!t->broken)
		observed = n == 1 ? g_strdup_printf("so in frame %u", t->first)
				  : g_strdup_printf("so in %u of %u, first in frame %u", t->kept, n,
						    t->first);
	else
		observed = g_strdup(t->faults->str);
	if (n && t->clause)
		evidence_clause(e, t->clause, !t->broken, t->what, t->expected, "%s", observed);
	else if (n)
		evidence_check(e, !t->broken, t->what, t->expected, "%s", observed);
	g_free(observed);
	g_string_free(t->faults, TRUE);
	t->faults = NULL;
	return n;
}
