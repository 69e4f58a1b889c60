/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caps of rule 15: pending and provisional SYNs in total, per source prefix, per index and source. */
#include "core/claim.h"

#include <glib.h>

#include "core/sa.h"

/* A /24 or a /56: what one subscriber line or one small site has. */
#define PREFIX_IPV4 3
#define PREFIX_IPV6 7
#define SOURCE_IPV6 8

struct claim_prefix {
	struct table_link link;
	uint8_t octets[1 + PREFIX_IPV6];
	uint32_t count;
};

static bool index_matches(const struct table_link *link, const void *key)
{
	return index_equal(&TABLE_ENTRY(link, struct sa_claim, by_index)->index, key);
}

static bool prefix_matches(const struct table_link *link, const void *key)
{
	const struct claim_prefix *p = TABLE_ENTRY(link, struct claim_prefix, link);

	return memcmp(p->octets, key, sizeof(p->octets)) == 0;
}

static struct claim_prefix *prefix_find(struct gateway *g, const struct address *a, bool make)
{
	uint8_t octets[1 + PREFIX_IPV6] = { a->family };
	struct claim_prefix *p;
	struct table_link *link;
	uint64_t hash;

	memcpy(&octets[1], a->octets, a->family == 4 ? PREFIX_IPV4 : PREFIX_IPV6);
	hash = table_hash(&g->hash_key, SPAN_OF(octets));
	link = table_find(&g->prefixes, hash, prefix_matches, octets);
	if (link || !make)
		return link ? TABLE_ENTRY(link, struct claim_prefix, link) : NULL;
	p = g_new0(struct claim_prefix, 1);
	memcpy(p->octets, octets, sizeof(octets));
	table_insert(&g->prefixes, &p->link, hash);
	return p;
}

struct sa_claim *claim_new(struct gateway *g, const struct index *ix, const struct endpoint *source)
{
	struct sa_claim *c = g_new0(struct sa_claim, 1);

	c->gateway = g;
	c->index = *ix;
	c->source = *source;
	c->sequence = g->claim_sequence++;
	c->prefix = prefix_find(g, &source->address, true);
	c->prefix->count++;
	table_insert(&g->claims, &c->by_index, table_hash_index(&g->hash_key, ix));
	g->counters.provisional++;
	return c;
}

void claim_free(struct sa_claim *c)
{
	struct gateway *g;

	if (!c)
		return;
	g = c->gateway;
	if (--c->prefix->count == 0) {
		table_remove(&g->prefixes, &c->prefix->link);
		g_free(c->prefix);
	}
	table_remove(&g->claims, &c->by_index);
	g->counters.provisional--;
	g_free(c);
}

bool claim_exists(struct gateway *g, const struct index *ix)
{
	return table_find(&g->claims, table_hash_index(&g->hash_key, ix), index_matches, ix) !=
	       NULL;
}

/* Whoever has one IPv6 address has all of its /64. */
static bool same_source(const struct address *a, const struct address *b)
{
	if (a->family == 6 && b->family == 6)
		return memcmp(a->octets, b->octets, SOURCE_IPV6) == 0;
	return address_equal(a, b);
}

uint32_t claim_count(struct gateway *g, const struct index *ix, const struct endpoint *source,
		     struct sa_claim **oldest)
{
	struct table_link *link =
	    table_find(&g->claims, table_hash_index(&g->hash_key, ix), index_matches, ix);
	uint32_t n = 0;

	*oldest = NULL;
	for (; link; link = table_find_next(link, index_matches, ix)) {
		struct sa_claim *c = TABLE_ENTRY(link, struct sa_claim, by_index);

		if (!same_source(&c->source.address, &source->address))
			continue;
		n++;
		if (c->sa && c->sa->state == SA_PROVISIONAL &&
		    (!*oldest || c->sequence < (*oldest)->sequence))
			*oldest = c;
	}
	return n;
}

uint32_t claim_prefix_count(struct gateway *g, const struct address *source)
{
	struct claim_prefix *p = prefix_find(g, source, false);

	return p ? p->count : 0;
}
