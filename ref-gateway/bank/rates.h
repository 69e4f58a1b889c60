/* SPDX-License-Identifier: GPL-2.0-or-later */
/* So many per second and gateway, so that one stolen gateway cannot empty the bank unseen (rules 32
 * and 34). */
#ifndef IKESYNC_BANK_RATES_H
#define IKESYNC_BANK_RATES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct rates;

/* `what` (static) is for the log: "gets". `per_second` 0: no limit. A second's worth may come at
 * once. */
struct rates *rates_new(const char *what, uint64_t per_second);
void rates_free(struct rates *r);
/* Take one for `who`. false: too many; logged, once a second and gateway. `now_ms` is any monotonic
 * clock. */
bool rates_take(struct rates *r, const char *who, uint64_t now_ms);

#endif
