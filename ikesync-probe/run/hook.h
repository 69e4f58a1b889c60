/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of [hooks]: what the probe cannot do to a target over the network. */
#ifndef IKESYNC_PROBE_RUN_HOOK_H
#define IKESYNC_PROBE_RUN_HOOK_H

#include "run/evidence.h"
#include "run/probe.h"

/*
 * Run a shell command to its end, at most a minute; `key` names it in the evidence
 * ("bank-restart"). false: it could not be run, did not end, or not with status 0; the case has
 * then been stated inconclusive.
 */
bool hook_run(struct probe *p, struct evidence *e, const char *key, const char *command);

/*
 * [hooks] old-gateway-fail, once a run: the old gateway dies now, after a case has established its
 * SA there. true also when the target file has no such hook or it has run before.
 */
bool hook_old_gateway_fail(struct probe *p, struct evidence *e);

#endif
