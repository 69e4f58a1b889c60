/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which failures of a run are borne. */
#ifndef IKESYNC_PROBE_RUN_WAIVED_H
#define IKESYNC_PROBE_RUN_WAIVED_H

#include "run/run.h"

/*
 * Find for each result its waiver (that of options.waivers, or, of a run read again, the one it has) and what it came
 * to. A case that was not run for the sake of a waived one is waived with it.
 */
void waived_judge(const struct run *run);

/* "over", ...: as results.json has it; "" for WAIVED_NOT. */
const char *waived_name(enum waived w);
/* One line for people; NULL: there is nothing to say. Free with g_free(). */
char *waived_text(const struct result *r);

#endif
