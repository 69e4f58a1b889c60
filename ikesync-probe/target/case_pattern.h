/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns for case IDs, as the command line and [target] unsupported take them. */
#ifndef IKESYNC_PROBE_TARGET_CASE_PATTERN_H
#define IKESYNC_PROBE_TARGET_CASE_PATTERN_H

#include <stdbool.h>

/* "C03", "C01-C08", "C01-08", "C", "N1*": does the pattern stand for `id`? Letter case does not
 * matter. */
bool case_pattern_matches(const char *pattern, const char *id);

#endif
