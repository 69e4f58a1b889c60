/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unfinished SAs by source: one count for each address, one for each prefix. */
#include "core/crowd.h"

#include <glib.h>

#include "core/source.h"

struct crowd_count {
	struct table_link link;
	struct source_key source;
	uint32_t n;
};

static bool matches(const struct table_link *link, const void *key)
{
	const struct crowd_count *c = TABLE_ENTRY(link, struct crowd_count, link);

	return memcmp(&c->source, key, sizeof(c->source)) == 0;
}

static struct crowd_count *count_of(struct gateway *g, const struct source_key *source, bool make)
{
	uint64_t hash = table_hash(&g->hash_key, SPAN_OF(source->octets));
	struct table_link *link = table_find(&g->crowds, hash, matches, source);
	struct crowd_count *c;

	if (link || !make)
		return link ? TABLE_ENTRY(link, struct crowd_count, link) : NULL;
	c = g_new0(struct crowd_count, 1);
	c->source = *source;
	table_insert(&g->crowds, &c->link, hash);
	return c;
}

bool crowd_has_room(struct gateway *g, const struct address *source)
{
	const struct source_key a = source_address(source), p = source_prefix(source);
	const struct crowd_count *address = count_of(g, &a, false);
	const struct crowd_count *prefix = count_of(g, &p, false);

	return (!address || address->n < g->config.max_half_open_per_address) &&
	       (!prefix || prefix->n < g->config.max_half_open_per_prefix);
}

void crowd_enter(struct gateway *g, const struct address *source, struct crowd_place *place)
{
	const struct source_key a = source_address(source), p = source_prefix(source);

	place->address = count_of(g, &a, true);
	place->address->n++;
	place->prefix = count_of(g, &p, true);
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
