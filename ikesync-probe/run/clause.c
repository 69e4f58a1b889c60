/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of clauses, made from docs/wire-profile.md by cmake/clauses.awk. */
#include "run/clause.h"

#include <glib.h>
#include <string.h>

static const struct clause table[] = {
#define CLAUSE(id, provenance, parties, text) { id, provenance, parties, text },
#include <clauses.inc>
#undef CLAUSE
};

const struct clause *clauses(size_t *n)
{
	*n = G_N_ELEMENTS(table);
	return table;
}

const struct clause *clause_find(const char *id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (strcmp(table[i].id, id) == 0)
			return &table[i];
	return NULL;
}

enum provenance clause_provenance(const struct clause *c)
{
	static const char letters[] = { [PROVENANCE_DRAFT] = 'D',
					[PROVENANCE_BASE] = 'B',
					[PROVENANCE_PROBLEM] = 'P',
					[PROVENANCE_RULE] = 'R' };

	for (int p = PROVENANCE_DRAFT; p < PROVENANCE_RULE; p++)
		if (strchr(c->provenance, letters[p]))
			return (enum provenance)p;
	return PROVENANCE_RULE;
}
