/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a load, for people and as JSON. */
#ifndef IKESYNC_PROBE_LOAD_REPORT_H
#define IKESYNC_PROBE_LOAD_REPORT_H

#include "load/load.h"

/* What kept the phase from being faster. */
enum load_limit load_report_limit(const struct load_config *c, const struct load_result *r,
				  const struct load_phase *p, bool resuming);
/* To stdout. */
void load_report_text(const struct load_config *c, const struct load_result *r);
void load_report_json(const struct load_config *c, const struct load_result *r);

#endif
