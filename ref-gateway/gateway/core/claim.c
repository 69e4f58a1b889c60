/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caps of rule 15: pending and provisional SYNs in total, per source prefix, per index and source. */
#include "core/claim.h"

#include <glib.h>

#include "core/sa.h"
#include "core/source.h"

struct claim_prefix {
	struct table_link link;
	struct source_key source;
	uint32_t count;
};

static bool index_matches(const struct table_link *link, const void *key)
{
	return index_equal(&TABLE_ENTRY(link, struct sa_claim, by_index)->index, key);
}

static bool prefix_matches(const struct table_link *link, const void *key)
{
	const struct claim_prefix *p = TABLE_ENTRY(link, struct claim_prefix, link);

	return memcmp(&p->source, key, sizeof(p->source)) == 0;
}

static struct claim_prefix *prefix_find(struct gateway *g, const struct address *a, bool make)
{
	const struct source_key source = source_prefix(a);
	uint64_t hash = table_hash(&g->hash_key, SPAN_OF(source.octets));
	struct table_link *link = table_find(&g->prefixes, hash, prefix_matches, &source);
	struct claim_prefix *p;

	if (link || !make)
		return link ? TABLE_ENTRY(link, struct claim_prefix, link) : NULL;
	p = g_new0(struct claim_prefix, 1);
	p->source = source;
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
	crowd_enter(g, &source->address, &c->crowd);
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
	crowd_leave(g, &c->crowd);
	table_remove(&g->claims, &c->by_index);
	g->counters.provisional--;
	g_free(c);
}

bool claim_exists(struct gateway *g, const struct index *ix)
{
	return table_find(&g->claims, table_hash_index(&g->hash_key, ix), index_matches, ix) !=
	       NULL;
}

static bool same_source(const struct address *a, const struct address *b)
{
	const struct source_key x = source_address(a), y = source_address(b);

	return memcmp(&x, &y, sizeof(x)) == 0;
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
