/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of day as the bank uses it. What has expired is forgotten for good, so a time of day that jumps
 * against the clock that only counts is not believed: time goes on as before, until the two have agreed
 * for a while, or somebody says that it is right. Any thread.
 */
#ifndef IKESYNC_BANK_WALLCLOCK_H
#define IKESYNC_BANK_WALLCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct wallclock;

/* Milliseconds each; called under a lock. */
struct wallclock_source {
	uint64_t (*wall)(void *ctx); /* UTC */
	uint64_t (*boot)(void *ctx); /* since some start; never set, goes on while asleep */
	void *ctx;
};

/* `source` NULL: the system's. A new time of day counts after `settle_ms` without a further jump. */
struct wallclock *wallclock_new(const struct wallclock_source *source, uint64_t settle_ms);
void wallclock_free(struct wallclock *c);
/* UTC seconds. */
uint64_t wallclock_seconds(struct wallclock *c);
/* The time of day is right as it is. */
void wallclock_accept(struct wallclock *c);
/* Is there a time of day that is not believed? */
bool wallclock_doubts(struct wallclock *c);

#endif
