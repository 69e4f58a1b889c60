/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cause, one failure: cases that fail only since what they stand on fails, in the same words, prove nothing of their own. */
#ifndef IKESYNC_PROBE_RUN_CONSEQUENCE_H
#define IKESYNC_PROBE_RUN_CONSEQUENCE_H

#include "run/run.h"

/*
 * Where C03 (the keys) or C34 (BIND) failed, a gateway case all of whose failed checks saw just that, silence or
 * N(AUTHENTICATION_FAILED) under keys that verify, and none of them under a clause that failed there, becomes inconclusive:
 * `see` and the reason name the other. Twice does no more than once.
 */
void consequence_judge(const struct run *run);

#endif
