/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks through the files of a RocksDB store that is not open. All that matters there stands under
 * CRC-32C; one flipped bit is put right from it, and of larger damage is told what it cost. The formats
 * are those of RocksDB's own documents ("Write Ahead Log File Format", "BlockBasedTable Format"); read
 * here so that one block is lost and not the file, or the store.
 */
#ifndef IKESYNC_BANK_STORE_MEND_H
#define IKESYNC_BANK_STORE_MEND_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/cursor.h"

struct mend {
	bool write; /* put right what can be; else only say so */
	bool quiet; /* say nothing: it was said before */
	/* the answer */
	unsigned files;
	unsigned mended;      /* flipped bits */
	unsigned damaged;     /* places that cannot be put right */
	unsigned tables;      /* those in tables, which may be no part of the store any more */
	uint64_t lost;        /* changes in them, as far as they can be told apart */
	GHashTable *gateways; /* text of the address -> how many of them */
};

/* All of the directory; what is found is logged. Clear it with mend_clear(). */
void mend_directory(struct mend *m, const char *directory, bool write);
void mend_clear(struct mend *m);
/* Is there a store without its first file? RocksDB would make a new one, and remove the tables of the old. */
bool mend_headless(const char *directory);
/* What was lost, by gateway: "12 of 192.0.2.1, 1 of unknown", or "nothing that can be told". Owned by the
 * caller. */
char *mend_text(const struct mend *m);

/* Each key in what is sound of tables and logs in `directory`, in no order; several times, perhaps. */
void mend_keys(const char *directory, void (*each)(struct span key, void *user), void *user);

#endif
