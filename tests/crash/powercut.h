/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second half of dropsync.h: what the disk would hold after the power went. */
#ifndef IKESYNC_TESTS_CRASH_POWERCUT_H
#define IKESYNC_TESTS_CRASH_POWERCUT_H

#include <stdint.h>

struct powercut {
	unsigned files;  /* cut short */
	uint64_t octets; /* taken back */
	unsigned names;  /* created or renamed, and taken back */
};

/* Apply `journal` to `directory`, then empty journal and `undo`. Aborts on any surprise: a layer
 * that lies is worse than none. */
struct powercut powercut(const char *directory, const char *journal, const char *undo);

/* The process ended well: all it wrote stays. Empties journal and `undo`. */
void powercut_forget(const char *journal, const char *undo);

#endif
