/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which queued requests may go to the bank now: in order per index, all others side by side.
 * A request is ready when every earlier one that names one of its indexes has been answered: the bank keeps the order of what it
 * is sent, but a `busy` or a lost connection between two of them would turn it round.
 */
#ifndef IKESYNC_GATEWAY_BANK_ORDER_H
#define IKESYNC_GATEWAY_BANK_ORDER_H

#include <glib.h>

#include "bank_link/bank_queue.h"
#include "bank_link/stub_service.h"

struct bank_op {
	GList ready_link; /* in a ready list, when data is set */
	uint64_t number;  /* in the journal; 0: memory only */
	uint8_t type;     /* STUB_INIT, STUB_UPDATE or STUB_DELETE */
	bool has_index;
	struct index index; /* update: the old one; delete */
	uint8_t *container; /* owned; body of payload 201 */
	size_t container_n;
	size_t lifetime_offset; /* of the 4 octets in the container */
	uint32_t lifetime;      /* seconds, at `when` */
	uint64_t when;          /* UTC seconds */
	unsigned attempts;      /* answered with nothing of use so far */
	bool alone; /* not in a bundle any more: one of a bundle that was refused whole */
	unsigned n_keys,
	    waiting; /* indexes named, and of these the ones where another is before it */
	struct index keys[2];
	stub_service_done_fn *done;
	void *user;
};

struct bank_order;
struct bank_order *bank_order_new(void);
/* Frees also all operations. */
void bank_order_free(struct bank_order *o);
/*
 * A new operation with its own copy of `r`. NULL: the container cannot be read.
 * *clear: the container has key material in clear.
 */
struct bank_op *bank_op_new(const struct bank_queue_record *r, bool *clear);
/* Only before bank_order_add(). */
void bank_op_free(struct bank_op *op);
size_t bank_op_octets(const struct bank_op *op);
/* Takes ownership. */
void bank_order_add(struct bank_order *o, struct bank_op *op);
/* A ready operation of this type, not taken from the list; NULL: none. */
struct bank_op *bank_order_peek(const struct bank_order *o, uint8_t type);
/* It goes out now (or is dealt with otherwise). */
void bank_order_take(struct bank_order *o, struct bank_op *op);
/* It must go out again, before others. */
void bank_order_put_back(struct bank_order *o, struct bank_op *op);
/* It has been answered: frees it and lets the next ones of its indexes go. It must have been taken. */
void bank_order_finish(struct bank_order *o, struct bank_op *op);
bool bank_order_ready(const struct bank_order *o);
size_t bank_order_count(const struct bank_order *o);

#endif
