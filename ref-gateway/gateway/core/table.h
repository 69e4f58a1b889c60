/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of embedded links that grows one bucket at a time (linear hashing):
 * no insertion ever pays for the whole table, whether it holds ten or a million entries.
 */
#ifndef IKESYNC_GATEWAY_TABLE_H
#define IKESYNC_GATEWAY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys/rng.h"
#include "wire/index.h"

/* The structure that embeds `member`. */
#define TABLE_ENTRY(link, type, member) ((type *)((uintptr_t)(link)-offsetof(type, member)))

struct table_link {
	struct table_link *next, **pprev; /* leaving costs the same however many share a hash */
	uint64_t hash;
};

struct table {
	struct table_link ***segments;
	size_t n_segments;
	size_t n_buckets;
	size_t low; /* the power of two at or below n_buckets */
	size_t count;
	size_t empty; /* so many buckets at the front are known to be empty */
};

void table_init(struct table *t);
/* Frees the buckets; the entries are the caller's. */
void table_clear(struct table *t);
/* `link` must not be in a table. */
void table_insert(struct table *t, struct table_link *link, uint64_t hash);
/* `link` is in `t`, or, zeroed or removed before, in none. */
void table_remove(struct table *t, struct table_link *link);
typedef bool table_match_fn(const struct table_link *link, const void *key);
/*
 * The first entry of that hash that matches, or NULL. `after`: NULL, or an entry to go on behind.
 */
struct table_link *table_find(const struct table *t, uint64_t hash, table_match_fn *match,
			      const void *key);
struct table_link *table_find_next(const struct table_link *after, table_match_fn *match,
				   const void *key);
/* Any entry; NULL when empty. To empty a table with it costs each bucket once. */
struct table_link *table_any(struct table *t);

/*
 * A walk over all entries in steps, while entries come and go in between: each that is there from the first step to the last is seen once,
 * however much the table grows. `each` may take out the entry that it is given.
 */
struct table_walk {
	size_t at, n_buckets, low; /* as the table was when the walk began */
};
struct table_walk table_walk_begin(const struct table *t);
/* Buckets with `n` entries together, or somewhat more. false: these were the last. */
bool table_walk_on(struct table_walk *w, const struct table *t, size_t n,
		   void (*each)(struct table_link *link, void *user), void *user);

/* SipHash-2-4: keys of these tables are chosen by whoever sends datagrams. */
struct table_key {
	uint64_t k0, k1;
};
struct table_key table_key_new(const struct rng *rng);
uint64_t table_hash(const struct table_key *key, struct span data);
uint64_t table_hash_index(const struct table_key *key, const struct index *ix);

#endif
