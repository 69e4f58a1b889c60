/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All cases of this build. */
#ifndef IKESYNC_PROBE_CATALOGUE_CATALOGUE_H
#define IKESYNC_PROBE_CATALOGUE_CATALOGUE_H

#include <stddef.h>

#include "run/case.h"

/* The letters of the groups, as reports have them. */
#define CATALOGUE_GROUPS "SCGBNKP"

/* Cases by group and number, as cases/cases.h has them. */
const struct probe_case *const *catalogue(size_t *n);
/* NULL: no such case. Letter case does not matter. */
const struct probe_case *catalogue_find(const char *id);
/* "client against a gateway", ...; "" for an unknown letter. */
const char *catalogue_group_title(char group);

#endif
