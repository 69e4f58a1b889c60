/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failures that are known and borne for a while: a file of cases, each with a reason and a last day. */
#ifndef IKESYNC_PROBE_TARGET_WAIVER_H
#define IKESYNC_PROBE_TARGET_WAIVER_H

#include <glib.h>
#include <stdbool.h>

struct waiver {
	const char *cases;  /* a pattern, as case_pattern_matches() takes it */
	const char *reason; /* one line */
	const char *until;  /* "2027-03-31": the last day, UTC, on which it holds */
};

struct waivers;

/*
 * Read a waiver file: a group [waive CASES] for each, with reason= and until=. `names_case` says whether a pattern stands for
 * any case. NULL and a GError "FILE:LINE: [group] key: why". Free with waivers_free().
 */
struct waivers *waivers_load(const char *path, bool (*names_case)(const char *pattern),
			     GError **error);
void waivers_free(struct waivers *w);

/* The one for `id`, the first in the file; NULL: none. Lives as long as `w`. `w` may be NULL. */
const struct waiver *waivers_for(const struct waivers *w, const char *id);
/* Is `when` behind its last day? */
bool waiver_is_over(const struct waiver *waiver, GDateTime *when);

#endif
