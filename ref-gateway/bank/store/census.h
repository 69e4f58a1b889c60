/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many stubs live, and how many are remembered, without looking at them: a count per minute of expiry. One thread at a time
 * writes. */
#ifndef IKESYNC_BANK_CENSUS_H
#define IKESYNC_BANK_CENSUS_H

#include <stdatomic.h>
#include <stdint.h>

/* The longest lifetime is 1440 minutes; later expiries count as the last one. */
#define CENSUS_MINUTES 1442

struct census {
	uint64_t base; /* the minute that at[base % CENSUS_MINUTES] stands for */
	uint32_t at[CENSUS_MINUTES];
	_Atomic uint64_t total;
};

/* What a group counts. */
struct counts {
	struct census living, tombstones;
	_Atomic uint64_t max_stubs, max_tombstones; /* 0: no limit */
};

void census_init(struct census *c, uint64_t now);
/* Forget what expired before `now`'s minute. */
void census_advance(struct census *c, uint64_t now);
/* What `from` has counted, from now on. */
void census_take(struct census *c, const struct census *from);
void census_add(struct census *c, uint64_t expiry);
void census_remove(struct census *c, uint64_t expiry);

#endif
