/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of the target that a run has met: no faults, but they explain what else is strange. */
#ifndef IKESYNC_PROBE_REPORT_LIMITS_H
#define IKESYNC_PROBE_REPORT_LIMITS_H

#include "run/run.h"

/* "a cookie was asked for without a SYN" and in which cases. */
struct limit_met {
	const char *text;
	GPtrArray *cases; /* const char *, labels */
};

/* Those that were met; of a silence only where the case did not pass. struct limit_met *, free with
 * g_ptr_array_unref(). */
GPtrArray *limits_met(const struct run *run);
/* The enum limit that such a text speaks of; 0: none. */
unsigned limits_bit(const char *text);

#endif
