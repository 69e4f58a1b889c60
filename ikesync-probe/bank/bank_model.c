/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of stubs that answers as rules 30 and 43 have it, as far as one honest gateway can tell. */
#include "bank/bank_model.h"

#include <string.h>

#include "wire/stub_container.h"

struct kept {
	GBytes *container;
	gint64 since; /* monotonic, microseconds: its lifetime counts from here */
};

struct bank_model {
	GHashTable *stubs; /* struct index -> struct kept */
	GHashTable *spent; /* struct index: tombstones */
};

static void kept_free(void *data)
{
	struct kept *k = data;

	g_bytes_unref(k->container);
	g_free(k);
}

struct bank_model *bank_model_new(void)
{
	struct bank_model *m = g_new0(struct bank_model, 1);

	m->stubs = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, kept_free);
	m->spent = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, NULL);
	return m;
}

void bank_model_free(struct bank_model *m)
{
	g_hash_table_unref(m->stubs);
	g_hash_table_unref(m->spent);
	g_free(m);
}

void bank_model_clear(struct bank_model *m)
{
	g_hash_table_remove_all(m->stubs);
	g_hash_table_remove_all(m->spent);
}

static bool parse(GBytes *container, struct stub_container *out)
{
	size_t n;
	const void *p = g_bytes_get_data(container, &n);
	const struct chain_payload payload = { .type = STUB_PAYLOAD_STUB, .body = span_of(p, n) };
	struct fault fault;

	return stub_container_parse(&payload, out, &fault) == ERR_OK;
}

void bank_model_put(struct bank_model *m, const struct index *ix, GBytes *container)
{
	struct kept *k = g_new0(struct kept, 1);

	k->container = g_bytes_ref(container);
	k->since = g_get_monotonic_time();
	g_hash_table_replace(m->stubs, g_memdup2(ix, sizeof(*ix)), k);
}

static void spend(struct bank_model *m, const struct index *ix)
{
	g_hash_table_remove(m->stubs, ix);
	g_hash_table_add(m->spent, g_memdup2(ix, sizeof(*ix)));
}

/* The stub with what is left of its lifetime; one that cannot be read goes out as it came in. */
static GBytes *as_it_is_now(const struct kept *k)
{
	const uint32_t age = (uint32_t)((g_get_monotonic_time() - k->since) / G_USEC_PER_SEC);
	struct stub_container c;
	struct wcursor w;
	uint8_t *octets;
	size_t n;

	if (!age || !parse(k->container, &c))
		return g_bytes_ref(k->container);
	n = g_bytes_get_size(k->container);
	octets = g_memdup2(g_bytes_get_data(k->container, NULL), n);
	w = wcursor_init(octets, n);
	(void)wcursor_reserve(&w, n);
	wcursor_patch(&w, c.lifetime_offset, 4, c.lifetime > age ? c.lifetime - age : 0);
	return g_bytes_new_take(octets, n);
}

static unsigned keep(struct bank_model *m, const struct bank_asked *a)
{
	const struct kept *k = g_hash_table_lookup(m->stubs, &a->own);
	struct stub_container was, is;

	if (g_hash_table_contains(m->spent, &a->own))
		return STUB_CONFLICT;
	if (k && !(parse(k->container, &was) && parse(a->container, &is) &&
		   stub_container_same(&was, &is)))
		return STUB_EXISTS;
	bank_model_put(m, &a->own, a->container);
	return STUB_OK;
}

static unsigned replace(struct bank_model *m, const struct bank_asked *a)
{
	if (g_hash_table_contains(m->spent, &a->index))
		return STUB_CONFLICT;
	if (!g_hash_table_contains(m->stubs, &a->index))
		return STUB_NOT_FOUND;
	if (!index_equal(&a->index, &a->own))
		spend(m, &a->index);
	bank_model_put(m, &a->own, a->container);
	return STUB_OK;
}

unsigned bank_model_do(struct bank_model *m, const struct bank_asked *a, GBytes **stub)
{
	const struct kept *k;

	*stub = NULL;
	if (!a->has_index || ((a->type == STUB_INIT || a->type == STUB_UPDATE) && !a->has_own))
		return STUB_MALFORMED;
	k = g_hash_table_lookup(m->stubs, &a->index);
	switch (a->type) {
	case STUB_INIT:
		return keep(m, a);
	case STUB_UPDATE:
		return replace(m, a);
	case STUB_GET:
		if (!k)
			return STUB_NOT_FOUND;
		*stub = as_it_is_now(k);
		return STUB_OK;
	case STUB_DELETE:
		if (!k)
			return STUB_NOT_FOUND;
		spend(m, &a->index);
		return STUB_OK;
	default:
		return STUB_UNSUPPORTED;
	}
}
