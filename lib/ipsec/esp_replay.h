/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sequence numbers have come (RFC 4303 section 3.4.3), with extended ones inferred (appendix A2). */
#ifndef IKESYNC_IPSEC_ESP_REPLAY_H
#define IKESYNC_IPSEC_ESP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define ESP_REPLAY_WORDS 16
/* A word less than the ring has: it is cleared in whole words. */
#define ESP_REPLAY_WINDOW ((ESP_REPLAY_WORDS - 1) * 64)

/* Zeroed: none has come. */
struct esp_replay {
	uint64_t top; /* the highest that was authentic */
	uint64_t ring[ESP_REPLAY_WORDS];
};

/* The whole number of a packet that shows the lower half of it; 0: no packet of that number can be good. */
uint64_t esp_replay_infer(const struct esp_replay *r, bool esn, uint32_t low);
/* May it be good? Ask before the ICV is checked, and mark after. */
bool esp_replay_fresh(const struct esp_replay *r, uint64_t seq);
/* It was authentic. true: it is the highest so far. */
bool esp_replay_mark(struct esp_replay *r, uint64_t seq);

#endif
