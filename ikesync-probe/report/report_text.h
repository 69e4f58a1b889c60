/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report for people. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_TEXT_H
#define IKESYNC_PROBE_REPORT_REPORT_TEXT_H

#include <stdio.h>

#include "run/run.h"

struct report_text_style {
	bool colour;
	bool list;      /* one line per case, passed ones too */
	bool steps;     /* the steps and the tshark line of every case, not of failed ones alone */
	bool in_folder; /* for report.txt: names relative to the run folder it stands in */
};

void report_text(const struct run *run, const struct report_text_style *style, FILE *out);
/* Verdict, ID, title, seconds of `r`, and why it is not a pass. */
void report_text_line(const struct result *r, bool colour, FILE *out);
/* "31 passed, 2 failed, ..." without a newline. Free with g_free(). */
char *report_text_counts(const struct run *run);

#endif
