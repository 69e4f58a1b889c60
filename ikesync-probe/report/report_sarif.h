/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings of a run as SARIF 2.1.0, for what gathers findings of many tools. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_SARIF_H
#define IKESYNC_PROBE_REPORT_REPORT_SARIF_H

#include <stdio.h>

#include "run/run.h"

/* false with errno. */
bool report_sarif(const struct run *run, FILE *out);

#endif
