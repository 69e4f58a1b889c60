/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking one case of a run. */
#ifndef IKESYNC_PROBE_RUN_ASK_H
#define IKESYNC_PROBE_RUN_ASK_H

#include "run/runner.h"

/* Which of the two reasons speaks for the case; NULL: none does. */
const char *ask_blocked(const struct probe_case *c, const char *gateway, const char *bank);
/* Is there a reason not to run the case of `r`? Sets verdict and reason. `blocked`: the sanity case
 * that forbids it ("S01 ..."); NULL: none. */
bool ask_ruled_out(const struct probe *p, const struct run *run, const char *blocked,
		   struct result *r);
/* Run it, and judge. */
void ask_case(const struct runner *runner, struct run *run, struct result *r);

#endif
