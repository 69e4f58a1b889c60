/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cache of misses: bounded, all of one age, so a queue is enough to expire them. */
#include "core/miss_cache.h"

#include <glib.h>

#include "core/services.h"

#define MISS_MAX 65536

struct miss {
	struct table_link link;
	struct miss *newer;
	struct index index;
	uint64_t until;
};

static bool matches(const struct table_link *link, const void *key)
{
	return index_equal(&TABLE_ENTRY(link, struct miss, link)->index, key);
}

static void drop_oldest(struct gateway *g)
{
	struct miss *m = g->miss_oldest;

	g->miss_oldest = m->newer;
	if (!g->miss_oldest)
		g->miss_newest = NULL;
	table_remove(&g->misses, &m->link);
	g_free(m);
}

bool miss_cache_knows(struct gateway *g, const struct index *ix)
{
	uint64_t now = services_now(g);

	while (g->miss_oldest && g->miss_oldest->until <= now)
		drop_oldest(g);
	return table_find(&g->misses, table_hash_index(&g->hash_key, ix), matches, ix) != NULL;
}

void miss_cache_add(struct gateway *g, const struct index *ix)
{
	struct miss *m;

	if (g->config.miss_cache_ms == 0 || miss_cache_knows(g, ix))
		return;
	if (g->misses.count >= MISS_MAX)
		drop_oldest(g);
	m = g_new0(struct miss, 1);
	m->index = *ix;
	m->until = services_now(g) + g->config.miss_cache_ms;
	table_insert(&g->misses, &m->link, table_hash_index(&g->hash_key, ix));
	if (g->miss_newest)
		g->miss_newest->newer = m;
	else
		g->miss_oldest = m;
	g->miss_newest = m;
}

void miss_cache_clear(struct gateway *g)
{
	while (g->miss_oldest)
		drop_oldest(g);
}
