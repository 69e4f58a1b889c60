/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wire profile rule 30: what an operation does to the records it meets. No I/O, no clock, no
 * engine. */
#ifndef IKESYNC_BANK_RULES_H
#define IKESYNC_BANK_RULES_H

#include "store_op.h"

/* What a store holds under an index. */
struct rules_view {
	bool known;
	bool damaged; /* known, but record_parse() refused it */
	struct record record;
};

/* What to write, all or nothing. */
struct rules_change {
	unsigned n;
	struct {
		struct index index;
		struct record record; /* spans borrowed from operation and view */
	} at[2];
};

/*
 * May somebody of `pool` (who owns the index's address, or not) get, move or retire this stub (rule
 * 34)? Pools are compared as strings; without a pool only the owner may.
 */
bool rules_may_read(const struct record *r, const char *pool, bool owner);

/* Decide `op`, set its status and why. `target` is the view of new_index (update only). `full`: no
 * further stub may come in. */
void rules_apply(struct store_op *op, const struct rules_view *view,
		 const struct rules_view *target, bool full, uint64_t now,
		 struct rules_change *out);

/* May `op` (a get) have this record: sets status and why; true when the container is to be
 * returned. */
bool rules_get(struct store_op *op, const struct rules_view *view, uint64_t now);

#endif
