/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A power cut for one directory, in two halves. dropsync.c (LD_PRELOAD) writes down what has been
 * synced and which names are durable; powercut.c, once the process is dead, takes everything else
 * back: what was written and never synced, and names that no fsync of the directory covered.
 */
#ifndef IKESYNC_TESTS_CRASH_DROPSYNC_H
#define IKESYNC_TESTS_CRASH_DROPSYNC_H

#include <stdint.h>

#define DROPSYNC_DIR "DROPSYNC_DIR"         /* the store, absolute */
#define DROPSYNC_JOURNAL "DROPSYNC_JOURNAL" /* a file outside of it */
#define DROPSYNC_UNDO "DROPSYNC_UNDO"       /* a directory outside of it, same file system */
#define DROPSYNC_NAME 128
#define DROPSYNC_LOSE "tally" /* the file that promises nothing: a power cut loses it */

enum dropsync_kind {
	DROPSYNC_CREATED = 1, /* name, inode: empty until synced */
	DROPSYNC_SYNCED,      /* inode, size: that much is on the disk */
	DROPSYNC_RENAMED, /* from other to name; `size` is the undo link's number, 0: name did not
			     exist */
	DROPSYNC_NAMES,   /* the directory was synced: all names so far are durable */
};

struct dropsync_entry {
	uint32_t kind;
	uint64_t inode;
	uint64_t size;
	char name[DROPSYNC_NAME];
	char other[DROPSYNC_NAME];
};

#endif
