/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sequence numbers have come: a ring of bits, as wide as fast links need it. */
#include "ipsec/esp_replay.h"

uint64_t esp_replay_infer(const struct esp_replay *r, bool esn, uint32_t low)
{
	const uint32_t top = (uint32_t)r->top, bottom = top - (ESP_REPLAY_WINDOW - 1);
	uint64_t high = r->top >> 32;

	if (!esn)
		return low;
	if (top >= ESP_REPLAY_WINDOW - 1) { /* the window lies within one subspace */
		if (low < bottom)
			high++;
	} else if (low >= bottom) { /* it reaches into the one before, if there is one */
		if (high == 0)
			return 0;
		high--;
	}
	return high <= UINT32_MAX ? high << 32 | low : 0;
}

static uint64_t *word(struct esp_replay *r, uint64_t seq)
{
	return &r->ring[seq / 64 % ESP_REPLAY_WORDS];
}

bool esp_replay_fresh(const struct esp_replay *r, uint64_t seq)
{
	if (seq == 0)
		return false;
	if (seq > r->top)
		return true;
	return r->top - seq < ESP_REPLAY_WINDOW &&
	       !(r->ring[seq / 64 % ESP_REPLAY_WORDS] >> seq % 64 & 1);
}

bool esp_replay_mark(struct esp_replay *r, uint64_t seq)
{
	bool newest = seq > r->top;

	if (newest) {
		uint64_t steps = seq / 64 - r->top / 64;

		for (uint64_t i = 1; i <= steps && i <= ESP_REPLAY_WORDS; i++)
			*word(r, r->top + 64 * i) = 0;
		r->top = seq;
	}
	*word(r, seq) |= UINT64_C(1) << seq % 64;
	return newest;
}
