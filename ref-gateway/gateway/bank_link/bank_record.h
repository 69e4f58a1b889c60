/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of the journal (bank_queue.h has their layout). */
#ifndef IKESYNC_GATEWAY_BANK_RECORD_H
#define IKESYNC_GATEWAY_BANK_RECORD_H

#include "bank_link/bank_queue.h"

#define BANK_RECORD_HEADER 12
#define BANK_RECORD_REQUEST 1
#define BANK_RECORD_ANSWER 2
#define BANK_RECORD_MAX (BANK_RECORD_HEADER + STUB_MESSAGE_MAX + 64)

/* The record of a request under `number`. false: larger than a record may be. */
bool bank_record_write_request(struct wcursor *c, uint64_t number,
			       const struct bank_queue_record *r);
bool bank_record_write_answer(struct wcursor *c, uint64_t number);
/* The body of a request's record; `r` borrows from it. */
bool bank_record_read_request(struct span body, struct bank_queue_record *r);
/*
 * Go through the octets behind the file's header. `each` gets every good record's body, and the whole record.
 * Returns where the good part ends; *damaged counts the gaps before that.
 */
size_t bank_record_scan(struct span file, unsigned *damaged,
			void (*each)(struct span body, struct span record, void *user), void *user);

#endif
