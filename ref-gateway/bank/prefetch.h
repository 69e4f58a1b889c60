/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prefetch under way (wire profile rule 32): all live stubs of one gateway, a message at a time.
 */
#ifndef IKESYNC_BANK_PREFETCH_H
#define IKESYNC_BANK_PREFETCH_H

#include "store/store.h"

struct prefetch {
	GList link; /* of whoever runs it */
	void *user; /* NULL: gone */
	uint32_t transaction;
	char *pool;       /* of who asks */
	uint64_t sent;    /* stubs */
	bool ready;       /* what was asked before it is done */
	bool reading;     /* the next page is on its way */
	bool page;        /* it is there */
	bool inside;      /* prefetch_read() has not returned */
	GPtrArray *stubs; /* the page, of GBytes */
	size_t size;      /* of the message that it makes */
	struct store_op barrier;
	struct ledger_scan scan;
	void (*paged)(struct prefetch *p);
};

/* From after `cursor` (SPI). `pool` is copied. */
struct prefetch *prefetch_new(const struct address *gateway, uint64_t cursor, const char *pool,
			      bool owner, uint32_t transaction);
void prefetch_free(struct prefetch *p);
/* Ask for the next page. true: it is there; else p->paged() tells. */
bool prefetch_read(struct prefetch *p, struct store *store);
/*
 * Make the page a message. *more: further ones follow. Returns its size; 0 with *more: nothing to send
 * this time.
 */
size_t prefetch_write(struct prefetch *p, uint8_t *out, size_t cap, bool *more);

#endif
