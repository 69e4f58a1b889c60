/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run in a line of a README: a small picture. */
#ifndef IKESYNC_PROBE_REPORT_REPORT_BADGE_H
#define IKESYNC_PROBE_REPORT_REPORT_BADGE_H

#include <stdio.h>

#include "run/run.h"

/* SVG that needs no font or file of its own; what it says stands in its title too. false: it could not be written. */
bool report_badge(const struct run *run, FILE *out);

#endif
