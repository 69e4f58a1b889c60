/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as JUnit XML, for machines that gather tests. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_JUNIT_H
#define IKESYNC_PROBE_REPORT_REPORT_JUNIT_H

#include <stdio.h>

#include "run/run.h"

/* false with errno. */
bool report_junit(const struct run *run, FILE *out);

#endif
