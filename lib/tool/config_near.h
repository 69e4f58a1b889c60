/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean ...?" Also for subcommands and case names. */
#ifndef IKESYNC_TOOL_CONFIG_NEAR_H
#define IKESYNC_TOOL_CONFIG_NEAR_H

#include <glib.h>

/* How many letters must be inserted, deleted, changed or swapped with their neighbour to get from `a` to `b`. */
unsigned config_distance(const char *a, const char *b);
/* The nearest of `names` (char *), when near enough to have been meant; else NULL. */
const char *config_near(const GPtrArray *names, const char *typed);

#endif
