/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of what the bank has not acknowledged yet (rule 36): one append-only file of checksummed records.
 *
 * File: 16 octets "ikesync-queue 1\n", then records, big-endian:
 *   "IKBQ" (4) | length of the body (4) | CRC-32C of length and body (4) | body
 *   body of a request: 1 | number (8) | type (1) | UTC seconds when queued (8) | index length (1) | index | container
 *   body of an answer: 2 | number (8)
 *
 * An append is written (survives the process) when it returns, unless the file is just being written anew, and stable (survives
 * power loss) when bank_queue_stable() has reached its number. The waiting is a thread's (bank_disk.h); nothing here waits for the
 * disk but bank_queue_open(), _sync() and _close().
 * A disk that refuses (full, failing) ends nothing: requests are kept in memory, bank_queue_failed() says so, and each sync tries to
 * write the file anew from there. After a sync that failed no later one of that file is believed.
 * Answers are written with the next append or sync: to lose one means to send its request once more, which the bank takes.
 * A record that ends with the file, or is broken and the last, was being written when power failed: it is cut. A broken one
 * with good ones behind it is damage: it is counted and reported, the file is kept as "journal.damaged", and the good ones are used.
 */
#ifndef IKESYNC_GATEWAY_BANK_QUEUE_H
#define IKESYNC_GATEWAY_BANK_QUEUE_H

#include <glib.h>

#include "wire/stub_message.h"

struct bank_queue_record {
	uint64_t number; /* ascending in the file */
	uint64_t when;   /* UTC seconds */
	uint8_t type;    /* STUB_INIT, STUB_UPDATE or STUB_DELETE */
	bool has_index;  /* update: the old one; delete */
	struct index index;
	struct span container; /* init and update: body of payload 201; borrowed */
};

struct bank_queue;

/*
 * Open FOLDER/journal, making both when missing (0700, 0600), lock it against a second process, and hand over what is
 * unanswered, in order. NULL and a GError.
 */
struct bank_queue *bank_queue_open(const char *folder,
				   void (*found)(const struct bank_queue_record *r, void *user),
				   void *user, GError **error);
void bank_queue_close(struct bank_queue *q);
/* Woken when the disk has done something that bank_queue_poll() wants to know of. */
void bank_queue_wake(struct bank_queue *q, GMainContext *context);
/* `r->number` is ignored; the number given is returned. 0: larger than a record may be. */
uint64_t bank_queue_append(struct bank_queue *q, const struct bank_queue_record *r);
/* Request `number` has been answered. */
void bank_queue_done(struct bank_queue *q, uint64_t number);
/* Begin to make stable what is not; false: all is, and nothing is under way. */
bool bank_queue_start_sync(struct bank_queue *q);
/* Is something under way? */
bool bank_queue_busy(const struct bank_queue *q);
/* Has it ended? Then bank_queue_poll() takes note of how; true: stable() or failed() may have changed. */
bool bank_queue_has_result(const struct bank_queue *q);
bool bank_queue_poll(struct bank_queue *q);
/* Make everything stable, now; nothing to do costs nothing. false: the disk refuses. */
bool bank_queue_sync(struct bank_queue *q);
/* The last request that is stable, and all before it. */
uint64_t bank_queue_stable(const struct bank_queue *q);
/* The disk refuses: what is not answered is in memory only. */
bool bank_queue_failed(const struct bank_queue *q);
/* Requests that are not stable, and not under way to be. */
bool bank_queue_dirty(const struct bank_queue *q);
/* Requests without answer. */
size_t bank_queue_live(const struct bank_queue *q);
/* Octets of the file. */
uint64_t bank_queue_size(const struct bank_queue *q);
/* Places in the file that could not be read when it was opened. */
unsigned bank_queue_damaged(const struct bank_queue *q);

#endif
