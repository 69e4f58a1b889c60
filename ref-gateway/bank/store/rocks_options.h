/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How our RocksDB stores are opened, by the bank and by whoever repairs them. */
#ifndef IKESYNC_BANK_STORE_ROCKS_OPTIONS_H
#define IKESYNC_BANK_STORE_ROCKS_OPTIONS_H

#include <glib.h>
#include <rocksdb/c.h>
#include <stdbool.h>
#include <stdint.h>

/* In the log; tables of it are what a recovery has to write. */
#define ROCKS_LOG_MAX (64 << 20)
#define ROCKS_MEMTABLE (32 << 20)

/* `cache` is borrowed and must outlive them, as the filter (may be NULL). NULL and a GError. */
rocksdb_options_t *rocks_options_new(rocksdb_cache_t *cache, rocksdb_compactionfilter_t *filter,
				     GError **error);
/* The same, for reading what damage has left. */
rocksdb_options_t *rocks_options_tolerant(const rocksdb_options_t *options);

/*
 * Open what is left of a damaged store, for reading alone. Where its own list of tables is of no use, one is
 * made in `rescue`, a directory for it alone, from links to the tables. NULL and a message, to be freed
 * with rocksdb_free().
 */
rocksdb_t *rocks_open_left(const rocksdb_options_t *options, const char *directory,
			   const char *rescue, char **message);

/* A directory and all in it, if it is there. */
void rocks_remove_all(const char *path);

/*
 * Somewhere behind the key `from` is what cannot be read: an iterator at the first record behind that. NULL:
 * none can be reached.
 */
rocksdb_iterator_t *rocks_skip(rocksdb_t *db, const rocksdb_readoptions_t *read,
			       const uint8_t *from, size_t n);

/*
 * A copy of all that `db` has (NULL: it cannot be copied) in a new directory: hard links to what never changes, and the log. false and
 * a GError.
 */
bool rocks_copy(rocksdb_t *db, const char *directory, GError **error);

#endif
