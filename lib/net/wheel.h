/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One hierarchical timer wheel behind one event source, whatever the number of SAs.
 * No clock in here: time comes in as milliseconds of any monotonic clock. Not thread safe.
 */
#ifndef IKESYNC_NET_WHEEL_H
#define IKESYNC_NET_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in its owner; zero it before first use. The owner cancels it before it is freed. */
struct wheel_timer {
	struct wheel_timer *next, **pprev; /* NULL pprev: not armed */
	uint64_t due;                      /* ms */
	void (*fire)(void *user);
	void *user; /* its owner, as a rule */
};

struct wheel; /* 4 levels of 256 slots, 1 ms ticks; longer times are cascaded */

/* Free with wheel_free(); armed timers are then just forgotten. */
struct wheel *wheel_new(uint64_t now_ms);
void wheel_free(struct wheel *w);
/*
 * Arm, or re-arm, `t` to call fire(user) at `due_ms` (in the past: at the next advance). O(1).
 * It is disarmed when fire() runs, which may free it.
 */
void wheel_arm(struct wheel *w, struct wheel_timer *t, uint64_t due_ms, void (*fire)(void *user),
	       void *user);
/* Disarm; harmless when not armed. O(1). */
void wheel_cancel(struct wheel *w, struct wheel_timer *t);
static inline bool wheel_armed(const struct wheel_timer *t)
{
	return t->pprev != NULL;
}
/* Fire all timers due at or before `now_ms`, in order of their tick. fire() may arm and cancel any timer. */
void wheel_advance(struct wheel *w, uint64_t now_ms);
/* When advance must be called next, at the latest; UINT64_MAX: nothing armed. */
uint64_t wheel_next(const struct wheel *w);
size_t wheel_count(const struct wheel *w);

#endif
