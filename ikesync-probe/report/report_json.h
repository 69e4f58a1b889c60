/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run, or the catalogue, as JSON (docs/probe-results.md). */
#ifndef IKESYNC_PROBE_REPORT_REPORT_JSON_H
#define IKESYNC_PROBE_REPORT_REPORT_JSON_H

#include "run/run.h"

#define REPORT_JSON_FORMAT "ikesync-probe results 1"

/* results.json as text. Free with free(). NULL: out of memory. */
char *report_json(const struct run *run);
/* One result, as it stands in the array "cases", on one line. Free with free(). */
char *report_json_result(const struct result *r);
/* Cases as JSON, for list --json and show --json. Free with free(). */
char *report_json_catalogue(const GPtrArray *cases);

#endif
