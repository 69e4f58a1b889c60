/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live stubs, counted by the minute in which they end. */
#include "census.h"

#include <string.h>

void census_init(struct census *c, uint64_t now)
{
	memset(c->at, 0, sizeof(c->at));
	c->base = now / 60;
	atomic_store(&c->total, 0);
}

void census_take(struct census *c, const struct census *from)
{
	c->base = from->base;
	memcpy(c->at, from->at, sizeof(c->at));
	atomic_store(&c->total, atomic_load(&from->total));
}

void census_advance(struct census *c, uint64_t now)
{
	uint64_t minute = now / 60;
	unsigned steps = 0;

	while (c->base < minute && steps++ < CENSUS_MINUTES) {
		uint32_t *slot = &c->at[c->base % CENSUS_MINUTES];

		atomic_fetch_sub(&c->total, *slot);
		*slot = 0;
		c->base++;
	}
	if (c->base < minute) /* all slots are empty now */
		c->base = minute;
}

/* An expiry beyond the window (the clock was set back) lands in its last minute. */
static uint32_t *slot_of(struct census *c, uint64_t expiry)
{
	uint64_t minute = expiry / 60;

	if (minute < c->base)
		return NULL;
	if (minute - c->base >= CENSUS_MINUTES)
		minute = c->base + CENSUS_MINUTES - 1;
	return &c->at[minute % CENSUS_MINUTES];
}

void census_add(struct census *c, uint64_t expiry)
{
	uint32_t *slot = slot_of(c, expiry);

	if (!slot)
		return;
	(*slot)++;
	atomic_fetch_add(&c->total, 1);
}

void census_remove(struct census *c, uint64_t expiry)
{
	uint32_t *slot = slot_of(c, expiry);

	if (!slot || !*slot)
		return;
	(*slot)--;
	atomic_fetch_sub(&c->total, 1);
}
