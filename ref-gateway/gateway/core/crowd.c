/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Half-open SAs by source: one count for each address, one for each prefix. */
#include "core/crowd.h"

#include <glib.h>

/* Of an IPv6 address the /64: whoever has one address there has all. The prefix is what a small site has. */
enum { ADDRESS_IPV4 = 4, ADDRESS_IPV6 = 8, PREFIX_IPV4 = 3, PREFIX_IPV6 = 7, OCTETS_MAX = 8 };

struct crowd_count {
	struct table_link link;
	uint8_t octets[2 + OCTETS_MAX]; /* family, how many of the octets count, the octets */
	uint32_t n;
};

static bool matches(const struct table_link *link, const void *key)
{
	const struct crowd_count *c = TABLE_ENTRY(link, struct crowd_count, link);

	return memcmp(c->octets, key, sizeof(c->octets)) == 0;
}

static struct crowd_count *count_of(struct gateway *g, const struct address *a, size_t used,
				    bool make)
{
	uint8_t octets[2 + OCTETS_MAX] = { a->family, (uint8_t)used };
	struct crowd_count *c;
	struct table_link *link;
	uint64_t hash;

	memcpy(&octets[2], a->octets, used);
	hash = table_hash(&g->hash_key, SPAN_OF(octets));
	link = table_find(&g->crowds, hash, matches, octets);
	if (link || !make)
		return link ? TABLE_ENTRY(link, struct crowd_count, link) : NULL;
	c = g_new0(struct crowd_count, 1);
	memcpy(c->octets, octets, sizeof(octets));
	table_insert(&g->crowds, &c->link, hash);
	return c;
}

static struct crowd_count *of_address(struct gateway *g, const struct address *a, bool make)
{
	return count_of(g, a, a->family == 4 ? ADDRESS_IPV4 : ADDRESS_IPV6, make);
}

static struct crowd_count *of_prefix(struct gateway *g, const struct address *a, bool make)
{
	return count_of(g, a, a->family == 4 ? PREFIX_IPV4 : PREFIX_IPV6, make);
}

bool crowd_has_room(struct gateway *g, const struct address *source)
{
	const struct crowd_count *address = of_address(g, source, false);
	const struct crowd_count *prefix = of_prefix(g, source, false);

	return (!address || address->n < g->config.max_half_open_per_address) &&
	       (!prefix || prefix->n < g->config.max_half_open_per_prefix);
}

void crowd_enter(struct gateway *g, const struct address *source, struct crowd_place *place)
{
	place->address = of_address(g, source, true);
	place->address->n++;
	place->prefix = of_prefix(g, source, true);
	place->prefix->n++;
}

static void leave(struct gateway *g, struct crowd_count *c)
{
	if (!c || --c->n)
		return;
	table_remove(&g->crowds, &c->link);
	g_free(c);
}

void crowd_leave(struct gateway *g, struct crowd_place *place)
{
	leave(g, place->address);
	leave(g, place->prefix);
	*place = (struct crowd_place){ 0 };
}
