/* SPDX-License-Identifier: GPL-2.0-or-later */
/* So many per second and gateway, so that one stolen gateway cannot empty the bank unseen (rules 32
 * and 34). */
#ifndef IKESYNC_BANK_RATE_LIMITS_H
#define IKESYNC_BANK_RATE_LIMITS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct rate_limits;

/* `what` (static) is for the log: "gets". `per_second` 0: no limit. A second's worth may come at
 * once. */
struct rate_limits *rate_limits_new(const char *what, uint64_t per_second);
void rate_limits_free(struct rate_limits *r);
/* From now on. */
void rate_limits_set(struct rate_limits *r, uint64_t per_second);
/* `r` NULL: there is no limit. Take one for `who`. false: too many; logged, once a second and gateway. `now_ms` is any monotonic
 * clock. */
bool rate_limits_take(struct rate_limits *r, const char *who, uint64_t now_ms);

#endif
