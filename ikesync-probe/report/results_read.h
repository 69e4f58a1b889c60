/* SPDX-License-Identifier: GPL-2.0-or-later */
/* results.json of an earlier run, read back (docs/probe-results.md). */
#ifndef IKESYNC_PROBE_REPORT_RESULTS_READ_H
#define IKESYNC_PROBE_REPORT_RESULTS_READ_H

#include "run/run.h"

/* An earlier run with all that it borrows. */
struct results;

/*
 * Read the file `path`, or results.json in the folder `path`; "-" is stdin. NULL and a GError that names the place when it
 * cannot be read, is no JSON, is of another format, or a field has a wrong type or value. Fields that are not known are skipped.
 */
struct results *results_read(const char *path, GError **error);
void results_free(struct results *r);
/* Owned by `r`; its probe has no more than the target's name, addresses and what the peers said of themselves. */
const struct run *results_run(const struct results *r);

#endif
