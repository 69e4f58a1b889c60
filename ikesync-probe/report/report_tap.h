/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as TAP version 14 (testanything.org), for harnesses that read lines. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_TAP_H
#define IKESYNC_PROBE_REPORT_REPORT_TAP_H

#include <stdio.h>

#include "run/run.h"

/* false with errno. */
bool report_tap(const struct run *run, FILE *out);

#endif
