/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open addressing, at most three quarters full. */
#include "base/item_table.h"

#define BITS_FIRST 6
#define TABLES_MAX 8

static struct item_table *tables[TABLES_MAX];
static unsigned n_tables;

/* File scope forgets; so must they. */
static void forget(void)
{
	for (unsigned i = 0; i < n_tables; i++) {
		tables[i]->places = NULL;
		tables[i]->n = 0;
	}
}

void item_table_init(struct item_table *t)
{
	if (n_tables == 0) {
		register_init_routine(forget);
		register_cleanup_routine(forget);
	}
	g_assert(n_tables < TABLES_MAX);
	tables[n_tables++] = t;
}

/* The high bits are the best of a keyed_hash(). */
static unsigned first_place(const struct item_table *t, const void *key)
{
	return t->hash(key) >> (32 - t->bits);
}

static void put(struct item_table *t, void *item)
{
	unsigned mask = (1u << t->bits) - 1, i = first_place(t, item);

	while (t->places[i])
		i = (i + 1) & mask;
	t->places[i] = item;
}

static void grow(struct item_table *t)
{
	void **before = t->places;
	size_t n = before ? (size_t)1 << t->bits : 0;

	t->bits = before ? t->bits + 1 : BITS_FIRST;
	t->places = wmem_alloc0_array(wmem_file_scope(), void *, (size_t)1 << t->bits);
	for (size_t i = 0; i < n; i++)
		if (before[i])
			put(t, before[i]);
	wmem_free(wmem_file_scope(), before);
}

void *item_table_find(const struct item_table *t, const void *key)
{
	unsigned mask = (1u << t->bits) - 1;

	if (!t->places)
		return NULL;
	for (unsigned i = first_place(t, key); t->places[i]; i = (i + 1) & mask)
		if (t->equal(t->places[i], key))
			return t->places[i];
	return NULL;
}

void item_table_add(struct item_table *t, void *item)
{
	if (!t->places || t->n >= (3u << t->bits) / 4)
		grow(t);
	put(t, item);
	t->n++;
}
