/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbered clauses of docs/wire-profile.md, which checks cite; read from the document at build time. */
#ifndef IKESYNC_PROBE_RUN_CLAUSE_H
#define IKESYNC_PROBE_RUN_CLAUSE_H

#include <stddef.h>

#include "run/case.h"

struct clause {
	const char *id;         /* "12.4": the fourth clause of rule 12 */
	const char *provenance; /* "R", "D, R": as the document has it */
	const char
	    *parties;     /* who can keep or break it: "gateway", "client, gateway"; "": nobody */
	const char *text; /* one line */
};

/* All of them in the document's order; static. */
const struct clause *clauses(size_t *n);
/* NULL: the document has no such clause. */
const struct clause *clause_find(const char *id);
/*
 * Whose rule a check of this clause is: the first of D, B, P and R that the clause names, because a
 * bare draft implementation is held to the first three.
 */
enum provenance clause_provenance(const struct clause *c);

#endif
