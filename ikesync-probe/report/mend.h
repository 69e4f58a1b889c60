/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to mend first: the causes behind a run's verdicts, those with the most consequences in front. */
#ifndef IKESYNC_PROBE_REPORT_MEND_H
#define IKESYNC_PROBE_REPORT_MEND_H

#include "run/run.h"

struct mend {
	const struct result *r; /* the case that shows it; NULL: none does */
	bool death;             /* a target fell silent there */
	char *text;             /* what is wrong, with the diagnosis where there is one */
	const char *todo;       /* what to do about it; NULL: nothing is known */
	GPtrArray *follow;      /* labels of the cases that could not be asked for it (not owned) */
};

/* struct mend *, ranked; empty where nothing failed and nothing is missing. Free with
 * g_ptr_array_unref(). */
GPtrArray *mend_of(const struct run *run);

#endif
