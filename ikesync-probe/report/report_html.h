/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as one page for a browser: it needs no network and no other file, and says the same without colour or script. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_HTML_H
#define IKESYNC_PROBE_REPORT_REPORT_HTML_H

#include <stdio.h>

#include "run/run.h"

/* false with errno. */
bool report_html(const struct run *run, FILE *out);

#endif
