/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of a run: for people, as JSON, and as JUnit XML. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_H
#define IKESYNC_PROBE_REPORT_REPORT_H

#include <stdio.h>

#include "run/runner.h"

#define REPORT_JSON_FORMAT "ikesync-probe results 1"

struct report_style {
	bool colour;
	bool list;      /* one line per case, passed ones too */
	bool steps;     /* the steps and the tshark line of every case, not of failed ones alone */
	bool in_folder; /* for report.txt: names relative to the run folder it stands in */
};

void report_text(const struct run *run, const struct report_style *style, FILE *out);
/* Verdict, ID, title, seconds of `r`, and why it is not a pass. */
void report_line(const struct result *r, bool colour, FILE *out);
/* "31 passed, 2 failed, ..." without a newline. Free with g_free(). */
char *report_counts(const struct run *run);

/* results.json as text. Free with free(). NULL: out of memory. */
char *report_json(const struct run *run);
/* Cases as JSON, for list --json and show --json. Free with free(). */
char *report_json_catalogue(const GPtrArray *cases);

/* false with errno. */
bool report_junit(const struct run *run, FILE *out);

/* A verdict's colour as an escape sequence, "" without colour. */
const char *report_colour(enum verdict v, bool colour);

#endif
