/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that waits for the queue's disk, so that nothing else does: one job at a time. */
#ifndef IKESYNC_GATEWAY_BANK_DISK_H
#define IKESYNC_GATEWAY_BANK_DISK_H

#include <glib.h>

#include "wire/span.h"

struct bank_disk;

/* What is to be done, and what became of it. */
struct bank_disk_job {
	int fd; /* sync this one; -1: write a new file */
	GPtrArray
	    *records; /* of GBytes: what the new file holds behind its header; owned by the job */
	uint64_t covers; /* the caller's */
	/* result */
	bool ok;
	int error;     /* errno */
	int new_fd;    /* of the file that has taken its place, if ok */
	uint64_t size; /* of that */
};

/* `path`: the file that a new one replaces; `header`: its first octets. Both outlive the disk. */
struct bank_disk *bank_disk_new(const char *path, struct span header);
/* Waits for the job that is under way, whose result is lost; a new file of it is closed. */
void bank_disk_free(struct bank_disk *d);
/* Woken when a job is done; NULL: none. */
void bank_disk_set_context(struct bank_disk *d, GMainContext *context);
/* Begin a job; none is under way. What it points to belongs to the disk until bank_disk_take(). */
void bank_disk_start(struct bank_disk *d, const struct bank_disk_job *job);
bool bank_disk_busy(const struct bank_disk *d);
/* Is a result there to be taken? */
bool bank_disk_done(struct bank_disk *d);
/* The result; waits for it. Only while busy. */
void bank_disk_take(struct bank_disk *d, struct bank_disk_job *out);

#endif
