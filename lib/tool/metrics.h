/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon counts, said once for all who want to know it. */
#ifndef IKESYNC_TOOL_METRICS_H
#define IKESYNC_TOOL_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "tool/listing.h"

struct metric {
	const char *name; /* letters and underscores */
	const char *what; /* one line */
	bool now;         /* may fall; else it has been counted since the start */
	uint64_t value;
};

typedef void metrics_add_fn(const struct metric *m, void *to);
/* Give `add` every figure. */
typedef void metrics_gather_fn(metrics_add_fn *add, void *to, void *user);

/* All of them as one record. */
void metrics_list(metrics_gather_fn *gather, void *user, struct listing *out);

#endif
