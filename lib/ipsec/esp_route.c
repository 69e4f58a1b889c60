/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefixes in a hash table, and which lengths there are. */
#include "ipsec/esp_route.h"

#include <glib.h>

#define LENGTHS 129

struct prefix {
	uint64_t high, low; /* the octets as two numbers */
	uint8_t family, length;
	guint hash;
};

struct esp_bucket {
	struct prefix prefix;
	struct esp_route *first, **end; /* `end`: the last one's `next` */
};

struct esp_routes {
	GHashTable *buckets;
	uint64_t key[2];
	unsigned used[2][LENGTHS]; /* buckets of that length: IPv4, IPv6 */
	unsigned n_lengths[2];
	uint8_t lengths[2][LENGTHS]; /* those in use, the longest first */
};

static guint hash(gconstpointer p)
{
	return ((const struct prefix *)p)->hash;
}

static gboolean same(gconstpointer a, gconstpointer b)
{
	const struct prefix *x = a, *y = b;

	return x->high == y->high && x->low == y->low && x->length == y->length &&
	       x->family == y->family;
}

static unsigned side(uint8_t family)
{
	return family == 6;
}

static uint64_t number(const uint8_t *octets)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | octets[i];
	return v;
}

/* Bits of the first `length`. */
static uint64_t mask(unsigned length)
{
	return length == 0 ? 0 : length >= 64 ? UINT64_MAX : UINT64_MAX << (64 - length);
}

static struct prefix prefix_of(const struct esp_routes *r, const struct address *a, unsigned length)
{
	struct prefix p = { number(a->octets) & mask(length),
			    number(&a->octets[8]) & mask(length > 64 ? length - 64 : 0), a->family,
			    (uint8_t)length, 0 };
	uint64_t h = (p.high ^ r->key[0]) * (r->key[1] | 1);

	h ^= h >> 32;
	h = (h ^ p.low ^ (uint64_t)length << 56) * (r->key[0] | 1);
	p.hash = (guint)(h >> 32);
	return p;
}

struct esp_routes *esp_routes_new(const struct rng *rng)
{
	struct esp_routes *r = g_new0(struct esp_routes, 1);

	rng_fill(rng, (uint8_t *)r->key, sizeof(r->key));
	r->buckets = g_hash_table_new_full(hash, same, NULL, g_free);
	return r;
}

void esp_routes_free(struct esp_routes *r)
{
	if (!r)
		return;
	g_hash_table_unref(r->buckets);
	g_free(r);
}

/* One more bucket of that length, or one less. */
static void count(struct esp_routes *r, const struct prefix *p, int more)
{
	const unsigned s = side(p->family);
	unsigned *used = &r->used[s][p->length];
	unsigned n = 0;

	*used = (unsigned)((int)*used + more);
	if (*used > 1 || (more < 0 && *used > 0))
		return;
	for (unsigned l = LENGTHS; l-- > 0;)
		if (r->used[s][l])
			r->lengths[s][n++] = (uint8_t)l;
	r->n_lengths[s] = n;
}

static void link_at(struct esp_route *route, struct esp_route **at)
{
	route->next = *at;
	if (*at)
		(*at)->pprev = &route->next;
	else
		route->bucket->end = &route->next;
	route->pprev = at;
	*at = route;
}

static void unlink_route(struct esp_route *route)
{
	*route->pprev = route->next;
	if (route->next)
		route->next->pprev = route->pprev;
	else
		route->bucket->end = route->pprev;
}

void esp_routes_add(struct esp_routes *r, struct esp_route *route, const struct address *network,
		    unsigned length, void *owner)
{
	struct prefix p = prefix_of(r, network, length);
	struct esp_bucket *b = g_hash_table_lookup(r->buckets, &p);

	if (!b) {
		b = g_new0(struct esp_bucket, 1);
		b->prefix = p;
		b->end = &b->first;
		g_hash_table_insert(r->buckets, &b->prefix, b);
		count(r, &p, 1);
	}
	route->bucket = b;
	route->owner = owner;
	link_at(route, b->end);
}

void esp_routes_prefer(struct esp_route *route)
{
	unlink_route(route);
	link_at(route, &route->bucket->first);
}

void esp_routes_remove(struct esp_routes *r, struct esp_route *route)
{
	struct esp_bucket *b = route->bucket;

	if (!b)
		return;
	unlink_route(route);
	route->bucket = NULL;
	if (b->first)
		return;
	count(r, &b->prefix, -1);
	g_hash_table_remove(r->buckets, &b->prefix);
}

void *esp_routes_find(const struct esp_routes *r, const struct address *a,
		      bool (*fits)(const void *owner, const void *what), const void *what)
{
	const unsigned s = side(a->family);

	for (unsigned i = 0; i < r->n_lengths[s]; i++) {
		struct prefix p = prefix_of(r, a, r->lengths[s][i]);
		struct esp_bucket *b = g_hash_table_lookup(r->buckets, &p);

		for (struct esp_route *route = b ? b->first : NULL; route; route = route->next)
			if (fits(route->owner, what))
				return route->owner;
	}
	return NULL;
}
