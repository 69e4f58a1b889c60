/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two runs, case by case. */
#ifndef IKESYNC_PROBE_REPORT_RUN_DIFF_H
#define IKESYNC_PROBE_REPORT_RUN_DIFF_H

#include <stdio.h>

#include "run/run.h"

enum run_change {
	CHANGE_WORSE,  /* it failed, warned or came to no point, and was better before */
	CHANGE_BETTER, /* the other way round */
	CHANGE_OTHER,  /* another reason, or asked in one run alone because of the target file */
	CHANGE_NEW,    /* a case that the old run does not have */
	CHANGE_GONE,   /* one that the new run does not have */
	CHANGES,
};

struct run_difference {
	enum run_change change;
	const struct result *before, *after; /* NULL: that run does not have it */
};

/* struct run_difference *, in the order of enum run_change; of a sanity case's two rounds the one that counts. Borrows from
 * both runs. Free with g_ptr_array_unref(). */
GPtrArray *run_diff(const struct run *before, const struct run *after);
/* For people; `colour` as report_text(). */
void run_diff_text(const GPtrArray *all, bool colour, FILE *out);
/* How many are of this change. */
unsigned run_diff_count(const GPtrArray *all, enum run_change change);
/* One word, for --json: "worse", "better", "other", "new", "gone". */
const char *run_change_name(enum run_change change);

#endif
