/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linear hashing of embedded links, and the hash that strangers cannot foresee. */
#include "core/table.h"

#include <glib.h>

#include "wire/cursor.h"

#define SEGMENT 1024

static struct table_link **bucket_at(const struct table *t, size_t i)
{
	return &t->segments[i / SEGMENT][i % SEGMENT];
}

/* Buckets below n_buckets - low have been split already and take one more bit of the hash. */
static size_t number_of(const struct table *t, uint64_t hash)
{
	size_t i = (size_t)hash & (2 * t->low - 1);

	return i < t->n_buckets ? i : i & (t->low - 1);
}

static struct table_link **bucket_of(const struct table *t, uint64_t hash)
{
	return bucket_at(t, number_of(t, hash));
}

static void add_segment(struct table *t)
{
	t->segments = g_renew(struct table_link **, t->segments, t->n_segments + 1);
	t->segments[t->n_segments++] = g_new0(struct table_link *, SEGMENT);
}

void table_init(struct table *t)
{
	*t = (struct table){ .n_buckets = SEGMENT, .low = SEGMENT };
	add_segment(t);
}

void table_clear(struct table *t)
{
	for (size_t i = 0; i < t->n_segments; i++)
		g_free(t->segments[i]);
	g_free(t->segments);
	memset(t, 0, sizeof(*t));
}

static void link_into(struct table_link **bucket, struct table_link *link)
{
	link->next = *bucket;
	if (link->next)
		link->next->pprev = &link->next;
	link->pprev = bucket;
	*bucket = link;
}

static void unlink_it(struct table_link *link)
{
	*link->pprev = link->next;
	if (link->next)
		link->next->pprev = link->pprev;
	link->next = NULL;
	link->pprev = NULL;
}

static void split(struct table *t)
{
	struct table_link *link = *bucket_at(t, t->n_buckets - t->low), **to;

	if (t->n_buckets / SEGMENT >= t->n_segments)
		add_segment(t);
	to = bucket_at(t, t->n_buckets++);
	while (link) {
		struct table_link *next = link->next;

		if (link->hash & t->low) {
			unlink_it(link);
			link_into(to, link);
		}
		link = next;
	}
	if (t->n_buckets == 2 * t->low)
		t->low = t->n_buckets;
}

void table_insert(struct table *t, struct table_link *link, uint64_t hash)
{
	if (t->count >= t->n_buckets)
		split(t);
	link->hash = hash;
	if (number_of(t, hash) < t->empty)
		t->empty = number_of(t, hash);
	link_into(bucket_of(t, hash), link);
	t->count++;
}

void table_remove(struct table *t, struct table_link *link)
{
	if (!link->pprev)
		return;
	unlink_it(link);
	t->count--;
}

static struct table_link *search(struct table_link *link, uint64_t hash, table_match_fn *match,
				 const void *key)
{
	while (link && (link->hash != hash || !match(link, key)))
		link = link->next;
	return link;
}

struct table_link *table_find(const struct table *t, uint64_t hash, table_match_fn *match,
			      const void *key)
{
	return search(*bucket_of(t, hash), hash, match, key);
}

struct table_link *table_find_next(const struct table_link *after, table_match_fn *match,
				   const void *key)
{
	return search(after->next, after->hash, match, key);
}

struct table_link *table_any(struct table *t)
{
	for (; t->empty < t->n_buckets; t->empty++)
		if (*bucket_at(t, t->empty))
			return *bucket_at(t, t->empty);
	t->empty = 0;
	return NULL;
}

struct table_walk table_walk_begin(const struct table *t)
{
	return (struct table_walk){ .n_buckets = t->n_buckets, .low = t->low };
}

/* As number_of(), when the walk began. */
static size_t number_then(const struct table_walk *w, uint64_t hash)
{
	size_t i = (size_t)hash & (2 * w->low - 1);

	return i < w->n_buckets ? i : i & (w->low - 1);
}

/* The entries of bucket `at` of then, wherever they are now; how many. */
static size_t visit(const struct table_walk *w, const struct table *t, size_t at,
		    void (*each)(struct table_link *link, void *user), void *user)
{
	size_t n = 0;

	for (size_t i = at & (w->low - 1); i < t->n_buckets; i += w->low) {
		struct table_link *link = *bucket_at(t, i), *next;

		for (; link; link = next) {
			next = link->next;
			if (number_then(w, link->hash) != at)
				continue;
			n++;
			each(link, user);
		}
	}
	return n;
}

bool table_walk_on(struct table_walk *w, const struct table *t, size_t n,
		   void (*each)(struct table_link *link, void *user), void *user)
{
	size_t seen = 0;
	size_t end = w->at + 8 * n; /* an empty bucket costs something, too */

	while (w->at < w->n_buckets && seen < n && w->at < end)
		seen += visit(w, t, w->at++, each, user);
	return w->at < w->n_buckets;
}

struct table_key table_key_new(const struct rng *rng)
{
	struct table_key k;

	rng_fill(rng, (uint8_t *)&k, sizeof(k));
	return k;
}

static uint64_t rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void sip_rounds(uint64_t v[4], unsigned n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32) + v[3];
		v[2] += v[1];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

uint64_t table_hash(const struct table_key *key, struct span data)
{
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575, key->k1 ^ 0x646f72616e646f6d,
			  key->k0 ^ 0x6c7967656e657261, key->k1 ^ 0x7465646279746573 };
	uint64_t word = 0;

	for (size_t i = 0; i < data.n; i++) {
		word |= (uint64_t)data.p[i] << (i % 8 * 8);
		if (i % 8 != 7)
			continue;
		sip_word(v, word);
		word = 0;
	}
	sip_word(v, word | (uint64_t)data.n << 56);
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t table_hash_index(const struct table_key *key, const struct index *ix)
{
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	index_write(&c, ix);
	return table_hash(key, wcursor_written(&c, 0));
}
