/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as the command line asks for it: progress, capture, folder, reports. */
#ifndef IKESYNC_PROBE_CLI_SESSION_H
#define IKESYNC_PROBE_CLI_SESSION_H

#include "run/probe.h"

/* Run `cases` (const struct probe_case *) against `target`. Returns the exit code. */
int session_run(const struct probe_options *options, const struct target *target,
		const GPtrArray *cases);

#endif
