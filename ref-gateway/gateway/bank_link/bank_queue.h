/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of what the bank has not acknowledged yet (rule 36): one append-only file of checksummed records.
 *
 * File: 16 octets "ikesync-queue 1\n", then records, big-endian:
 *   "IKBQ" (4) | length of the body (4) | CRC-32C of length and body (4) | body
 *   body of a request: 1 | number (8) | type (1) | UTC seconds when queued (8) | index length (1) | index | container
 *   body of an answer: 2 | number (8)
 *
 * An append is written (survives the process) when it returns, and stable (survives power loss) after bank_queue_sync().
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
/* `r->number` is ignored; the number given is returned. 0: the disk refuses; nothing was written then. */
uint64_t bank_queue_append(struct bank_queue *q, const struct bank_queue_record *r);
/* Request `number` has been answered. */
void bank_queue_done(struct bank_queue *q, uint64_t number);
/*
 * Make everything stable; nothing to do costs nothing. After a sync that failed no later one of that file is believed: the
 * journal is written anew from memory, and true means that this one is stable. false: the disk refuses.
 */
bool bank_queue_sync(struct bank_queue *q);
/* A sync has failed, and so has every rewrite since: nobody knows what is on the disk. */
bool bank_queue_failed(const struct bank_queue *q);
bool bank_queue_dirty(const struct bank_queue *q);
/* Requests without answer. */
size_t bank_queue_live(const struct bank_queue *q);
/* Octets of the file. */
uint64_t bank_queue_size(const struct bank_queue *q);
/* Places in the file that could not be read when it was opened. */
unsigned bank_queue_damaged(const struct bank_queue *q);

#endif
