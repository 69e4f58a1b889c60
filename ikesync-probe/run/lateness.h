/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How late the probe itself is: what its machine kept it from doing in time. */
#ifndef IKESYNC_PROBE_RUN_LATENESS_H
#define IKESYNC_PROBE_RUN_LATENESS_H

#include <stdint.h>

/* Milliseconds since the process began, by two measures; each only grows. */
struct lateness {
	uint64_t
	    queued; /* ready to run, and not run: by the scheduler's account; 0 where it keeps none */
	uint64_t overslept; /* what waits took longer than they were meant to (lateness_waited()) */
};

/* A thread of the probe that answers a target (its bank, its relay) tells how late it was, whenever it has work. */
void lateness_tell(void);
/* So far, for the calling thread and those that told. */
struct lateness lateness_now(void);
/* A wait that was to end at `due_ms` (probe_now()) has ended `now_ms`. */
void lateness_waited(uint64_t due_ms, uint64_t now_ms);
/* Milliseconds since then: the larger of the two measures. */
uint64_t lateness_since(const struct lateness *then);

#endif
