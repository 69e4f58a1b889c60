/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of things that begin with their key, in file scope: 8 octets a place and none for an
 * entry of its own. Nothing is taken out.
 */
#ifndef IKESYNC_ITEM_TABLE_H
#define IKESYNC_ITEM_TABLE_H

#include "base/ws_compat.h"

struct item_table {
	void **places;
	unsigned n, bits; /* of 1 << bits */
	/* Hashes must be such that nobody who makes a capture chooses them: keyed_hash.h. */
	unsigned (*hash)(const void *key);
	gboolean (*equal)(const void *a, const void *b);
};

/* Once, before the first file; `t` is static, with `hash` and `equal` set. */
void item_table_init(struct item_table *t);

/* NULL: there is none. `key` is a key, or a thing that begins with one. */
void *item_table_find(const struct item_table *t, const void *key);

/* There must be none with its key. It stays the caller's, who keeps it until the file is closed. */
void item_table_add(struct item_table *t, void *item);

#endif
