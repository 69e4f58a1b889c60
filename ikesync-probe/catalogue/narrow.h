/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fewer of the chosen cases: by level, by clause, and those that a target in service bears. */
#ifndef IKESYNC_PROBE_CATALOGUE_NARROW_H
#define IKESYNC_PROBE_CATALOGUE_NARROW_H

#include <glib.h>
#include <stdbool.h>

#include "run/case.h"

/* "must", "should" or "may"; false for anything else. */
bool narrow_level_from_text(const char *text, enum level *out);
/* Does any case check this clause ("12.4") or one of this section ("12")? */
bool narrow_is_clause(const char *clause);

/* Each takes out of `cases` (const struct probe_case *) what it does not leave. */
void narrow_to_level(GPtrArray *cases, enum level lowest);
/* `clauses` ends with NULL; a case stays that checks one of them. */
void narrow_to_clauses(GPtrArray *cases, char **clauses);
/* Without what floods, holds or restarts the target, or disturbs its other clients. */
void narrow_to_safe(GPtrArray *cases);

#endif
