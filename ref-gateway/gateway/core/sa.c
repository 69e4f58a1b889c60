/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of IKE SAs: birth, establishment, end. */
#include "core/sa.h"

#include <glib.h>

#include "core/claim.h"
#include "core/frag.h"
#include "core/held.h"
#include "core/lease.h"
#include "core/refusal.h"
#include "core/response_cache.h"
#include "core/sa_due.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "core/window_ours.h"

#define CHUNK 64
/* A closed SA repeats its last response this long (rule 47). */
#define CLOSED_MS 30000
/* Whoever rekeys deletes the old SA (RFC 7296 section 2.8); who forgets does not keep two. */
#define REKEYED_MS 60000

struct sa_chunk {
	struct sa_chunk *next;
	struct sa sas[CHUNK];
};

void sa_store_init(struct sa_store *s, const struct rng *rng)
{
	table_init(&s->by_spi);
	table_init(&s->by_identity);
	s->key = table_key_new(rng);
	s->chunks = NULL;
	s->free_list = NULL;
}

void sa_store_clear(struct sa_store *s)
{
	struct table_link *link;

	while ((link = table_any(&s->by_spi)))
		sa_drop(TABLE_ENTRY(link, struct sa, by_spi));
	while (s->chunks) {
		struct sa_chunk *next = s->chunks->next;

		g_free(s->chunks);
		s->chunks = next;
	}
	table_clear(&s->by_spi);
	table_clear(&s->by_identity);
}

static struct sa *take_free(struct sa_store *s)
{
	struct sa *sa = s->free_list;

	if (!sa) {
		struct sa_chunk *chunk = g_new0(struct sa_chunk, 1);

		chunk->next = s->chunks;
		s->chunks = chunk;
		for (unsigned i = 0; i < CHUNK; i++) {
			chunk->sas[i].by_spi.next = s->free_list ? &s->free_list->by_spi : NULL;
			s->free_list = &chunk->sas[i];
		}
		sa = s->free_list;
	}
	s->free_list = sa->by_spi.next ? TABLE_ENTRY(sa->by_spi.next, struct sa, by_spi) : NULL;
	return sa;
}

static bool spi_matches(const struct table_link *link, const void *key)
{
	const uint64_t *spi = key;

	return sa_own_spi(TABLE_ENTRY(link, struct sa, by_spi)) == *spi;
}

/* Our SPIs are random numbers already: they are their own hash. */
struct sa *sa_find(const struct gateway *g, uint64_t own)
{
	struct table_link *link = table_find(&g->sas.by_spi, own, spi_matches, &own);

	return link ? TABLE_ENTRY(link, struct sa, by_spi) : NULL;
}

static uint32_t *state_counter(struct gateway *g, uint8_t state)
{
	switch (state) {
	case SA_HALF_OPEN:
		return &g->counters.half_open;
	case SA_ESTABLISHED:
		return &g->counters.sas;
	default:
		return NULL; /* provisional ones are counted by their claim */
	}
}

static void set_state(struct sa *sa, enum sa_state state)
{
	uint32_t *old = state_counter(sa->gateway, sa->state);
	uint32_t *new = state_counter(sa->gateway, state);

	if (old)
		--*old;
	if (new)
		++*new;
	sa->state = state;
}

static void expire(void *user)
{
	struct sa *sa = user;
	char spis[IKE_SPIS_TEXT_MAX];

	if (sa->state != SA_CLOSED)
		refusal_log(sa->gateway, LOG_LEVEL_INFO, "SA %s: %s", sa_text(sa, spis),
			    sa->rekeyed ? "rekeyed and not deleted" : "never confirmed");
	sa_drop(sa);
}

uint64_t sa_fresh_spi(const struct gateway *g)
{
	uint64_t spi;

	do
		spi = rng_spi(&g->ops.rng);
	while (sa_find(g, spi));
	return spi;
}

static struct sa *enter(struct gateway *g, const struct sa *as)
{
	struct sa *sa = take_free(&g->sas);
	uint32_t *counter = state_counter(g, as->state);

	*sa = *as;
	sa->gateway = g;
	if (counter)
		++*counter;
	table_insert(&g->sas.by_spi, &sa->by_spi, sa_own_spi(sa));
	return sa;
}

struct sa *sa_new(struct gateway *g, uint64_t spi_i, uint64_t spi_r, enum sa_state state)
{
	struct sa as = { .spi_i = spi_i, .spi_r = spi_r, .state = (uint8_t)state }, *sa;

	if (spi_r && sa_find(g, spi_r))
		return NULL;
	if (!spi_r)
		as.spi_r = sa_fresh_spi(g);
	as.expected = 1; /* rule 16; a rekeyed one starts at 0 */
	sa = enter(g, &as);
	if (state == SA_HALF_OPEN)
		wheel_arm(g->ops.wheel, &sa->timer,
			  services_now(g) + g->config.half_open_lifetime_ms, expire, sa);
	else if (state == SA_PROVISIONAL)
		wheel_arm(g->ops.wheel, &sa->timer,
			  services_now(g) + g->config.provisional_lifetime_ms, expire, sa);
	return sa;
}

struct sa *sa_new_initiated(struct gateway *g, uint64_t spi_i, uint64_t spi_r)
{
	const struct sa as = {
		.spi_i = spi_i, .spi_r = spi_r, .state = SA_ESTABLISHED, .initiator = true
	};

	return sa_find(g, spi_i) ? NULL : enter(g, &as);
}

void sa_setup_free(struct sa_setup *s)
{
	if (!s)
		return;
	dh_free(s->dh);
	g_free(s->ke);
	claim_free(s->claim);
	if (s->login)
		s->login_free(s->login);
	secret_wipe(s->stub_plain, s->stub_n);
	g_free(s->stub_plain);
	secret_wipe(s->inner, s->inner_n);
	g_free(s->inner);
	g_free(s);
}

static void forget_identity(struct sa *sa)
{
	if (sa->identity)
		table_remove(&sa->gateway->sas.by_identity, &sa->by_identity);
	g_free(sa->identity);
	sa->identity = NULL;
}

static void drop_children(struct sa *sa)
{
	while (sa->children)
		sa_child_remove(sa, &sa->children);
}

/* What a closed SA needs no more. */
static void strip(struct sa *sa)
{
	struct gateway *g = sa->gateway;

	wheel_cancel(g->ops.wheel, &sa->timer);
	held_forget(sa);
	if (sa->setup)
		crowd_leave(g, &sa->setup->crowd);
	if (sa->setup && sa->setup->entry)
		response_cache_free(sa->setup->entry);
	sa_setup_free(sa->setup);
	sa->setup = NULL;
	frag_forget(sa);
	window_ours_forget(sa);
	sa_work_forget(sa);
	g_clear_pointer(&sa->redirect_to, g_free);
	lease_return(sa);
	forget_identity(sa);
	drop_children(sa);
	secret_wipe(sa->kept, sa->kept_n);
	g_free(sa->kept);
	sa->kept = NULL;
	sa->kept_n = 0;
	ike_keys_clear(&sa->keys);
}

void sa_drop(struct sa *sa)
{
	struct gateway *g = sa->gateway;
	uint32_t *counter = state_counter(g, sa->state);

	strip(sa);
	if (counter)
		--*counter;
	table_remove(&g->sas.by_spi, &sa->by_spi);
	g_free(sa->last_response);
	memset(sa, 0, sizeof(*sa));
	sa->by_spi.next = g->sas.free_list ? &g->sas.free_list->by_spi : NULL;
	g->sas.free_list = sa;
}

void sa_close(struct sa *sa)
{
	struct gateway *g = sa->gateway;

	strip(sa);
	set_state(sa, SA_CLOSED);
	wheel_arm(g->ops.wheel, &sa->timer, services_now(g) + CLOSED_MS, expire, sa);
}

void sa_leave(struct sa *sa)
{
	wheel_cancel(sa->gateway->ops.wheel, &sa->timer);
	drop_children(sa);
	set_state(sa, SA_LEAVING);
}

void sa_establish(struct sa *sa)
{
	held_forget(sa);
	if (sa->setup)
		crowd_leave(sa->gateway, &sa->setup->crowd);
	if (sa->setup && sa->setup->entry)
		response_cache_confirm(sa->setup->entry);
	if (sa->setup)
		sa->setup->entry = NULL;
	sa_setup_free(sa->setup);
	sa->setup = NULL;
	set_state(sa, SA_ESTABLISHED);
	if (sa->rekeyed) /* by message ID 1 of its resumption */
		return;
	sa_due_begin(sa);
}

void sa_rekeyed(struct sa *sa)
{
	struct gateway *g = sa->gateway;

	sa->rekeyed = true;
	wheel_arm(g->ops.wheel, &sa->timer, services_now(g) + REKEYED_MS, expire, sa);
}

static uint64_t identity_hash(const struct gateway *g, const struct ike_id *id)
{
	return table_hash(&g->sas.key, id->data) + id->type;
}

static bool identity_matches(const struct table_link *link, const void *key)
{
	struct ike_id id = sa_identity(TABLE_ENTRY(link, struct sa, by_identity));

	return ike_id_equal(&id, key);
}

bool sa_set_identity(struct sa *sa, const struct ike_id *id)
{
	if (id->data.n > IKE_ID_MAX)
		return false;
	forget_identity(sa);
	sa->identity = g_malloc(id->data.n + 1);
	memcpy(sa->identity, id->data.p, id->data.n);
	sa->identity_n = (uint16_t)id->data.n;
	sa->identity_type = id->type;
	table_insert(&sa->gateway->sas.by_identity, &sa->by_identity,
		     identity_hash(sa->gateway, id));
	return true;
}

struct sa *sa_of_same_identity(const struct sa *sa, const struct sa *after)
{
	const struct gateway *g = sa->gateway;
	struct ike_id id = sa_identity(sa);
	struct table_link *link =
	    after ? table_find_next(&after->by_identity, identity_matches, &id)
		  : table_find(&g->sas.by_identity, identity_hash(g, &id), identity_matches, &id);

	for (; link; link = table_find_next(link, identity_matches, &id)) {
		struct sa *other = TABLE_ENTRY(link, struct sa, by_identity);

		if (other != sa && other->state == SA_ESTABLISHED)
			return other;
	}
	return NULL;
}

struct index sa_index(const struct sa *sa)
{
	return (struct index){ sa_own_spi(sa), sa->gateway->config.address };
}
