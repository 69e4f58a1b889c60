/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cookies that have had their request: bounded by the half-open SAs that two minutes can see. */
#include "core/spent.h"

#include <glib.h>

#define SPENT_MAX 262144
#define KEPT 17 /* the version, and of the MAC what nobody can hit by chance */

struct spent {
	struct table_link link;
	GList age; /* in gateway.spent_by_version */
	uint8_t octets[KEPT];
};

static bool matches(const struct table_link *link, const void *key)
{
	return memcmp(TABLE_ENTRY(link, struct spent, link)->octets, key, KEPT) == 0;
}

static struct spent *find(const struct gateway *g, struct span cookie)
{
	struct table_link *link;

	if (cookie.n < KEPT)
		return NULL;
	link = table_find(&g->spent, table_hash(&g->hash_key, span_of(cookie.p, KEPT)), matches,
			  cookie.p);
	return link ? TABLE_ENTRY(link, struct spent, link) : NULL;
}

static void drop(struct gateway *g, struct spent *s)
{
	table_remove(&g->spent, &s->link);
	g_queue_unlink(&g->spent_by_version[s->octets[0] % 2], &s->age);
	g_free(s);
}

bool spent_knows(const struct gateway *g, struct span cookie)
{
	return find(g, cookie) != NULL;
}

void spent_add(struct gateway *g, struct span cookie)
{
	struct spent *s;

	if (cookie.n < KEPT || find(g, cookie) || g->spent.count >= SPENT_MAX)
		return;
	s = g_new0(struct spent, 1);
	memcpy(s->octets, cookie.p, KEPT);
	s->age.data = s;
	table_insert(&g->spent, &s->link, table_hash(&g->hash_key, SPAN_OF(s->octets)));
	g_queue_push_tail_link(&g->spent_by_version[s->octets[0] % 2], &s->age);
}

void spent_take_back(struct gateway *g, struct span cookie)
{
	struct spent *s = find(g, cookie);

	if (s)
		drop(g, s);
}

void spent_forget(struct gateway *g, unsigned parity)
{
	GQueue *q = &g->spent_by_version[parity % 2];

	while (q->head)
		drop(g, q->head->data);
}
