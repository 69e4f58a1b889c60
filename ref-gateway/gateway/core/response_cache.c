/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to IKE_SA_INIT requests, kept for those that come twice (rule 14). */
#include "core/response_cache.h"

#include <glib.h>

#include "core/services.h"

static bool matches(const struct table_link *link, const void *key)
{
	const struct response_entry *e = TABLE_ENTRY(link, struct response_entry, link);
	const struct response_entry *k = key;

	return e->spi_i == k->spi_i && memcmp(e->hash, k->hash, SA_HASH_SIZE) == 0 &&
	       endpoint_equal(&e->path.remote, &k->path.remote);
}

static uint64_t hash_of(const struct gateway *g, const uint8_t hash[static SA_HASH_SIZE])
{
	return table_hash(&g->hash_key, span_of(hash, SA_HASH_SIZE));
}

struct response_entry *response_cache_find(struct gateway *g, const struct gateway_path *path,
					   uint64_t spi_i, const uint8_t hash[static SA_HASH_SIZE])
{
	struct response_entry key = { .path = *path, .spi_i = spi_i };
	struct table_link *link;

	memcpy(key.hash, hash, SA_HASH_SIZE);
	link = table_find(&g->responses, hash_of(g, hash), matches, &key);
	return link ? TABLE_ENTRY(link, struct response_entry, link) : NULL;
}

void response_cache_repeat(struct response_entry *e, const struct gateway_path *path)
{
	e->gateway->counters.retransmissions++;
	if (e->state == RESPONSE_READY)
		services_send(e->gateway, path, e->response);
}

struct response_entry *response_cache_new(struct gateway *g, const struct gateway_path *path,
					  const struct ike_header *header, struct span octets,
					  const uint8_t hash[static SA_HASH_SIZE])
{
	struct response_entry *e = g_new0(struct response_entry, 1);

	e->gateway = g;
	e->path = *path;
	e->spi_i = header->spi_i;
	memcpy(e->hash, hash, SA_HASH_SIZE);
	e->octets = g_memdup2(octets.p, octets.n);
	e->kept = octets.n;
	g->kept_octets += e->kept;
	e->request = span_of(e->octets, octets.n);
	table_insert(&g->responses, &e->link, hash_of(g, hash));
	return e;
}

void response_cache_answer(struct response_entry *e, struct span response)
{
	struct wcursor c;
	size_t n = e->request.n;

	e->octets = g_realloc(e->octets, n + response.n);
	e->kept += response.n;
	e->gateway->kept_octets += response.n;
	c = wcursor_init(e->octets, n + response.n);
	(void)wcursor_reserve(&c, n);
	e->response = span_of(c.p, response.n);
	wcursor_bytes(&c, response);
	e->request = span_of(e->octets, n);
	e->state = RESPONSE_READY;
	services_send(e->gateway, &e->path, e->response);
}

static void over(void *user)
{
	response_cache_free(user);
}

static void drop_octets(struct response_entry *e)
{
	e->gateway->kept_octets -= e->kept;
	e->kept = 0;
	g_clear_pointer(&e->octets, g_free);
	e->request = e->response = SPAN_NONE;
}

bool response_cache_has_room(const struct gateway *g, size_t n)
{
	return g->kept_octets + n <= g->config.max_kept_octets;
}

void response_cache_confirm(struct response_entry *e)
{
	struct gateway *g = e->gateway;

	e->state = RESPONSE_SILENT;
	drop_octets(e);
	wheel_arm(g->ops.wheel, &e->timer, services_now(g) + g->config.response_cache_ms, over, e);
}

void response_cache_free(struct response_entry *e)
{
	wheel_cancel(e->gateway->ops.wheel, &e->timer);
	table_remove(&e->gateway->responses, &e->link);
	drop_octets(e);
	g_free(e);
}
