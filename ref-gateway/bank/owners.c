/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections by the addresses of their certificates: what a move costs does not grow with the connections. */
#include "owners.h"

#include "wire/index.h"

struct owners {
	GHashTable *by_address; /* struct address -> GPtrArray of connections */
};

static guint hash(gconstpointer p)
{
	const struct index ix = { .address = *(const struct address *)p };

	return index_key_hash(&ix); /* whoever signs certificates chooses them, no stranger */
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
	return address_equal(a, b);
}

static void drop(gpointer p)
{
	g_ptr_array_free(p, TRUE);
}

struct owners *owners_new(void)
{
	struct owners *o = g_new(struct owners, 1);

	o->by_address = g_hash_table_new_full(hash, equal, g_free, drop);
	return o;
}

void owners_free(struct owners *o)
{
	if (!o)
		return;
	g_hash_table_destroy(o->by_address);
	g_free(o);
}

void owners_join(struct owners *o, const struct channel_identity *who, void *connection)
{
	for (unsigned i = 0; i < who->n_addresses; i++) {
		GPtrArray *all = g_hash_table_lookup(o->by_address, &who->addresses[i]);

		if (!all) {
			all = g_ptr_array_new();
			g_hash_table_insert(
			    o->by_address, g_memdup2(&who->addresses[i], sizeof(who->addresses[i])),
			    all);
		}
		/* a certificate may name an address twice */
		if (!g_ptr_array_find(all, connection, NULL))
			g_ptr_array_add(all, connection);
	}
}

void owners_leave(struct owners *o, const struct channel_identity *who, void *connection)
{
	for (unsigned i = 0; i < who->n_addresses; i++) {
		GPtrArray *all = g_hash_table_lookup(o->by_address, &who->addresses[i]);

		if (all && g_ptr_array_remove_fast(all, connection) && all->len == 0)
			g_hash_table_remove(o->by_address, &who->addresses[i]);
	}
}

const GPtrArray *owners_of(const struct owners *o, const struct address *address)
{
	return g_hash_table_lookup(o->by_address, address);
}
