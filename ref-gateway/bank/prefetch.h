/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prefetch under way (wire profile rule 32): all live stubs of one gateway, a message at a time.
 */
#ifndef IKESYNC_BANK_PREFETCH_H
#define IKESYNC_BANK_PREFETCH_H

#include "session.h"

struct prefetch {
	GList link;              /* in session->prefetches */
	struct session *session; /* NULL: gone */
	uint32_t transaction;
	struct address gateway;
	uint64_t after; /* the last SPI sent */
	bool owner;
	bool ready;    /* what was asked before it is done */
	uint64_t sent; /* stubs */
	struct store_op barrier;
};

/* Write the next message. *more: further ones follow. Returns its size; 0 with *more: nothing to
 * send this time. */
size_t prefetch_write(struct prefetch *p, struct store *store, const char *pool, uint64_t now,
		      uint8_t *out, size_t cap, bool *more);

#endif
