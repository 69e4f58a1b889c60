/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One report into one file. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_FILE_H
#define IKESYNC_PROBE_REPORT_REPORT_FILE_H

#include <stdio.h>

#include "run/run.h"

/* Write `run` in one form. false with errno. */
typedef bool report_writer(const struct run *run, FILE *out);

/* results.json, as report_json() has it. */
bool report_file_json(const struct run *run, FILE *out);
/* The report for people with everything in it; colour where `out` is a terminal that may have it. */
bool report_file_text(const struct run *run, FILE *out);

/*
 * Write `path`. false with *why (an errno): half a report would be read as a whole one, so a regular file is taken away again.
 */
bool report_file_write(const struct run *run, const char *path, report_writer *writer, int *why);

#endif
