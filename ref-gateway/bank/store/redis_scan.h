/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through the records of a Redis in the order of their keys, and taking away what is over. */
#ifndef IKESYNC_BANK_STORE_REDIS_SCAN_H
#define IKESYNC_BANK_STORE_REDIS_SCAN_H

#include "redis_state.h"

struct redis_scans;

struct redis_scans *redis_scans_new(struct redis *redis);
/* When the connections are closed. */
void redis_scans_free(struct redis_scans *s);

/* As those of an engine. */
void redis_scans_scan(struct redis_scans *s, struct engine_scan *scan);
void redis_scans_expire(struct redis_scans *s, uint64_t now);
/* Scans that are not answered yet, and an expire() under way. */
size_t redis_scans_calls(const struct redis_scans *s);

#endif
