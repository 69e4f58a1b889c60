/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the reports of a run: into its folder, to stdout, and where --junit says. */
#ifndef IKESYNC_PROBE_REPORT_RUN_FILES_H
#define IKESYNC_PROBE_REPORT_RUN_FILES_H

#include "run/probe.h"
#include "run/run.h"

/* `listed`: stdout and stderr are one, and the cases stand there already. false: something could
 * not be written; said on stderr. */
bool run_files_write(const struct probe *p, const struct run *run, bool listed);

#endif
