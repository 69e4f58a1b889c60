/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Independent cases at the same time (--jobs). */
#ifndef IKESYNC_PROBE_RUN_SIDE_BY_SIDE_H
#define IKESYNC_PROBE_RUN_SIDE_BY_SIDE_H

#include "run/runner.h"

/*
 * Run `cases` with up to [options] jobs at once, each in a process of its own, forked when it begins
 * and gone when it ends: sockets, keys and a crash are its own. A case waits for those it needs. Those
 * at the probe's own bank, with a client under test, or at a capped gateway run beside the others, but
 * one after the other, in a process for all of them. Those that hold or restart what others use (case.h,
 * `alone`) run in this process at the end, when only the first two of these kinds are still under way.
 * `gateway` and `bank` as ask_ruled_out() has them. The results are in the order of `cases`.
 */
void side_by_side(const struct runner *runner, struct run *run, const GPtrArray *cases,
		  const char *gateway, const char *bank);

#endif
