/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One case of the report's page. */
#ifndef IKESYNC_PROBE_REPORT_HTML_CASE_H
#define IKESYNC_PROBE_REPORT_HTML_CASE_H

#include <stdio.h>

#include "run/run.h"

/* "✓ pass": the sign is for those who see no colour. */
void html_verdict(FILE *out, enum verdict v);
/* An article with the id of its label; one that did not pass is open. */
void html_case(FILE *out, const struct run *run, const struct result *r);
/* The attributes that page.js filters by. */
void html_case_attributes(FILE *out, const struct result *r);

#endif
