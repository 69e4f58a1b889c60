/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log-linear buckets. */
#include "load/load_histogram.h"

#define STEPS 32 /* of a power of two */
#define STEP_BITS 5

static unsigned bucket_of(uint64_t us)
{
	unsigned power = 0;

	if (us > UINT32_MAX)
		us = UINT32_MAX;
	while (us >> power >= 2 * STEPS)
		power++;
	/* below 2 * STEPS each number has a bucket of its own */
	return us < STEPS ? (unsigned)us : (power << STEP_BITS) + (unsigned)(us >> power);
}

/* The largest number in it. */
static uint64_t top_of(unsigned bucket)
{
	const unsigned power = bucket < 2 * STEPS ? 0 : (bucket >> STEP_BITS) - 1;

	return (((uint64_t)bucket - ((uint64_t)power << STEP_BITS) + 1) << power) - 1;
}

void load_histogram_add(struct load_histogram *h, uint64_t us)
{
	h->n++;
	if (us > h->most)
		h->most = us;
	h->bucket[bucket_of(us)]++;
}

uint64_t load_histogram_at(const struct load_histogram *h, unsigned per_mille)
{
	const uint64_t wanted = (h->n * per_mille + 999) / 1000;
	uint64_t seen = 0;

	for (unsigned i = 0; i < LOAD_HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= wanted && seen)
			return top_of(i) < h->most ? top_of(i) : h->most;
	}
	return 0;
}
