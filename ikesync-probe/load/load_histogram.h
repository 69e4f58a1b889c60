/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times in buckets: each is 1/32 of its power of two wide, so percentiles are right within some 3 per cent, in constant memory. */
#ifndef IKESYNC_PROBE_LOAD_HISTOGRAM_H
#define IKESYNC_PROBE_LOAD_HISTOGRAM_H

#include <stdint.h>

#define LOAD_HISTOGRAM_BUCKETS (32 * 33)

struct load_histogram {
	uint64_t n, most; /* microseconds */
	uint64_t bucket[LOAD_HISTOGRAM_BUCKETS];
};

void load_histogram_add(struct load_histogram *h, uint64_t us);
/* The time that `per_mille` of all do not exceed, in microseconds; 0: there are none. */
uint64_t load_histogram_at(const struct load_histogram *h, unsigned per_mille);

#endif
