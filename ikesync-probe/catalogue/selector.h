/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Selectors on the command line and in the target file: C03, C01-C08 or C01-08, a group letter (G),
 * a glob (C1*), each excluded with a leading "!". Letter case does not matter.
 */
#ifndef IKESYNC_PROBE_CATALOGUE_SELECTOR_H
#define IKESYNC_PROBE_CATALOGUE_SELECTOR_H

#include <glib.h>
#include <stdbool.h>

#include "run/case.h"

/* Does this pattern (without "!") match any case of the catalogue? */
bool selector_matches_any(const char *selector);

/*
 * The chosen cases in catalogue order (GPtrArray of const struct probe_case *; free with
 * g_ptr_array_unref). No selectors, or only exclusions: all cases. NULL and *bad = the selector
 * that matches nothing.
 */
GPtrArray *selector_choose(char **selectors, const char **bad);

#endif
