/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation on a store, with its answer; and queues of them. */
#ifndef IKESYNC_BANK_STORE_OP_H
#define IKESYNC_BANK_STORE_OP_H

#include <glib.h>

#include "record.h"

enum store_kind {
	STORE_PUT,    /* init */
	STORE_UPDATE, /* the owner's update, or the move to another address */
	STORE_DELETE, /* by the owner, or retirement by the pool */
	STORE_GET,
	STORE_BARRIER, /* done when everything before it is */
};

struct store_op {
	enum store_kind kind;
	struct index index;                 /* update: the old one */
	struct index new_index;             /* update */
	struct span container;              /* put, update: owned by the maker */
	uint8_t digest[RECORD_DIGEST_SIZE]; /* put, update: of the container */
	bool clear;       /* put, update: the container is not sealed, so it is encrypted at rest */
	uint64_t expiry;  /* put, update: UTC seconds */
	const char *pool; /* of who asks; owned by the maker */
	bool owns_old;    /* owns the address of `index` */
	bool owns_new;    /* owns the address of `new_index` */
	/* the answer */
	uint8_t status;  /* enum iana_stub_status */
	const char *why; /* static text for people, or NULL */
	/* get: the container with the remaining lifetime in it; owned by the maker */
	GBytes *found;
	/* for store_submit() */
	void (*done)(struct store_op *op, void *user);
	void *user;
	struct store_op *next;
};

/* In order, linked through `next`. */
struct store_ops {
	struct store_op *first, **last;
};

void store_ops_init(struct store_ops *q);
void store_ops_push(struct store_ops *q, struct store_op *op);
/* The first, or NULL. */
struct store_op *store_ops_pop(struct store_ops *q);
/* All of `from` to the end of `to`. */
void store_ops_append(struct store_ops *to, struct store_ops *from);

/* Answer it `busy`, since its records cannot be reached; drops what a get had found. */
void store_op_busy(struct store_op *op, const char *why);
/* Does it change records? */
bool store_op_writes(const struct store_op *op);

#endif
