/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All cases of this build, in the order of their groups: S, C, G, N. */
#ifndef IKESYNC_PROBE_CATALOGUE_CATALOGUE_H
#define IKESYNC_PROBE_CATALOGUE_CATALOGUE_H

#include "run/case.h"

/* Cases ordered by group (S, C, G, N, others) and number; made on first use, never freed. */
const struct probe_case *const *catalogue(size_t *n);
/* NULL: no such case. Letter case does not matter. */
const struct probe_case *catalogue_find(const char *id);
/* "client against a gateway", ...; "" for an unknown letter. */
const char *catalogue_group_title(char group);
/* The keys of the target file behind `requires`, as text; "" = none. Free with g_free(). */
char *catalogue_requires_text(unsigned requires);

/* Does the case ask the stub bank alone (the probe plays the gateway)? */
bool catalogue_asks_bank(const struct probe_case *c);

#endif
