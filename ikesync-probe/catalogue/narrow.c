/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes cases out of a choice. */
#include "catalogue/narrow.h"

#include <string.h>

#include "catalogue/catalogue.h"
#include "run/verdict.h"
#include "target/requirement.h"

bool narrow_level_from_text(const char *text, enum level *out)
{
	for (enum level l = LEVEL_MUST; l <= LEVEL_MAY; l++)
		if (strcmp(level_name(l), text) == 0) {
			*out = l;
			return true;
		}
	return false;
}

/* Is `clause` among the words of `all`, or the section that one of them stands in? */
static bool has_clause(const char *all, const char *clause)
{
	const size_t n = strlen(clause);

	for (const char *at = all; at && *at; at += strspn(at, " ")) {
		const size_t length = strcspn(at, " ");

		if (length >= n && memcmp(at, clause, n) == 0 && (length == n || at[n] == '.'))
			return true;
		at += length;
	}
	return false;
}

bool narrow_is_clause(const char *clause)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n && *clause; i++)
		if (has_clause(all[i]->clauses, clause))
			return true;
	return false;
}

void narrow_to_level(GPtrArray *cases, enum level lowest)
{
	for (unsigned i = cases->len; i-- > 0;) {
		const struct probe_case *c = g_ptr_array_index(cases, i);

		if (c->level > lowest)
			g_ptr_array_remove_index(cases, i);
	}
}

void narrow_to_clauses(GPtrArray *cases, char **clauses)
{
	for (unsigned i = cases->len; i-- > 0;) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		bool in = false;

		for (char **clause = clauses; *clause; clause++)
			in |= has_clause(c->clauses, *clause);
		if (!in)
			g_ptr_array_remove_index(cases, i);
	}
}

void narrow_to_safe(GPtrArray *cases)
{
	const unsigned restarts = REQUIRES_BANK_RESTART | REQUIRES_GATEWAY_RESTART;

	for (unsigned i = cases->len; i-- > 0;) {
		const struct probe_case *c = g_ptr_array_index(cases, i);

		/* a gateway whose bank is the probe serves nobody else */
		if ((c->alone && !(c->requires & REQUIRES_VARIANT_BANKED)) ||
		    c->requires & restarts)
			g_ptr_array_remove_index(cases, i);
	}
}
