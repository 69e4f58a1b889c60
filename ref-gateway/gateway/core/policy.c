/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect, and which inner addresses there are to give. */
#include "core/policy.h"

#include <glib.h>

#include "keys/secret.h"
#include "wire/index.h"

#define POOLS_MAX 16
/* No login takes so long. */
#define FORMER_MS 120000

struct pool {
	uint32_t first; /* the lowest address to give */
	uint32_t count;
	uint32_t used;
	uint32_t fresh; /* from here on nothing has been given by policy_lease() yet */
	GQueue
	    returned; /* offsets below `fresh`, the longest unused first; some may be taken again */
	uint64_t *taken, *queued; /* bits */
};

/* Peers that a reload has replaced. */
struct former {
	GHashTable *by_id;
	struct policy_peer *any;
	uint64_t since;
};

struct policy {
	GHashTable *by_id; /* GBytes of type and data -> policy_peer */
	struct policy_peer *any;
	GQueue former;       /* of struct former, the oldest first */
	GHashTable *foreign; /* addresses of no pool that somebody has */
	unsigned n_pools;
	struct pool pools[POOLS_MAX];
};

static void peer_free(void *data)
{
	struct policy_peer *peer = data;

	secret_wipe(peer->psk, peer->psk_n);
	g_free(peer->psk);
	g_free(peer->networks);
	g_free(peer->id);
	g_free(peer->name);
	g_free(peer);
}

static void former_free(struct former *f)
{
	if (f->any)
		peer_free(f->any);
	g_hash_table_unref(f->by_id);
	g_free(f);
}

static GHashTable *new_table(void)
{
	return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
				     peer_free);
}

struct policy *policy_new(void)
{
	struct policy *p = g_new0(struct policy, 1);

	p->by_id = new_table();
	p->foreign = g_hash_table_new(NULL, NULL);
	return p;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->n_pools; i++) {
		g_queue_clear(&p->pools[i].returned);
		g_free(p->pools[i].taken);
		g_free(p->pools[i].queued);
	}
	while (p->former.length)
		former_free(g_queue_pop_head(&p->former));
	if (p->any)
		peer_free(p->any);
	g_hash_table_unref(p->by_id);
	g_hash_table_unref(p->foreign);
	g_free(p);
}

void policy_take_peers(struct policy *p, struct policy *from, uint64_t now_ms)
{
	struct former *f = g_new(struct former, 1), *oldest;

	*f = (struct former){ p->by_id, p->any, now_ms };
	p->by_id = from->by_id;
	p->any = from->any;
	from->by_id = new_table();
	from->any = NULL;
	while ((oldest = g_queue_peek_head(&p->former)) != NULL &&
	       now_ms - oldest->since > FORMER_MS)
		former_free(g_queue_pop_head(&p->former));
	g_queue_push_tail(&p->former, f);
}

unsigned policy_peers(const struct policy *p)
{
	return g_hash_table_size(p->by_id) + (p->any != NULL);
}

static GBytes *id_key(const struct ike_id *id)
{
	g_autoptr(GByteArray) a = g_byte_array_new();

	g_byte_array_append(a, &id->type, 1);
	g_byte_array_append(a, id->data.p, (guint)id->data.n);
	return g_byte_array_free_to_bytes(g_steal_pointer(&a));
}

/* Owned by `p`, which has it already; NULL: this identity is there. */
static struct policy_peer *add(struct policy *p, const char *name, const struct ike_id *id)
{
	struct policy_peer *peer;

	if (id ? policy_find(p, id) && !policy_find(p, id)->any : p->any != NULL)
		return NULL;
	peer = g_new0(struct policy_peer, 1);
	peer->name = g_strdup(name);
	if (!id) {
		peer->any = true;
		p->any = peer;
		return peer;
	}
	peer->id_type = id->type;
	peer->id_n = id->data.n;
	peer->id = g_memdup2(id->data.p, id->data.n);
	g_hash_table_insert(p->by_id, id_key(id), peer);
	return peer;
}

enum err policy_add_keyless(struct policy *p, const char *name, const struct ike_id *id,
			    enum policy_auth auth, bool disabled)
{
	struct policy_peer *peer = add(p, name, id);

	if (!peer)
		return ERR_DUPLICATE;
	peer->auth = auth;
	peer->disabled = disabled;
	return ERR_OK;
}

enum err policy_add_peer(struct policy *p, const char *name, const struct ike_id *id,
			 struct span psk, bool disabled)
{
	struct policy_peer *peer = add(p, name, id);

	if (!peer)
		return ERR_DUPLICATE;
	peer->auth = POLICY_PSK;
	peer->disabled = disabled;
	peer->psk_n = psk.n;
	peer->psk = g_memdup2(psk.p, psk.n);
	return ERR_OK;
}

/* Types 0, reserved and unassigned ones, and ID_NULL (RFC 7619), are nobody's name, not even "any". */
static bool is_a_name(uint8_t type)
{
	switch (type) {
	case ID_IPV4_ADDR:
	case ID_FQDN:
	case ID_RFC822_ADDR:
	case ID_IPV6_ADDR:
	case ID_DER_ASN1_DN:
	case ID_DER_ASN1_GN:
	case ID_KEY_ID:
		return true;
	default:
		return false;
	}
}

struct policy_peer *policy_find(const struct policy *p, const struct ike_id *id)
{
	g_autoptr(GBytes) key = id_key(id);
	struct policy_peer *peer = g_hash_table_lookup(p->by_id, key);

	if (!is_a_name(id->type))
		return NULL;
	return peer ? peer : p->any;
}

void policy_set_networks(struct policy *p, const struct ike_id *id, const struct ike_ts *networks,
			 unsigned n)
{
	struct policy_peer *peer = id ? policy_find(p, id) : p->any;

	if (!peer || n == 0 || n > POLICY_NETWORKS_MAX)
		return;
	g_free(peer->networks);
	peer->networks = g_memdup2(networks, n * sizeof(*networks));
	peer->n_networks = n;
}

bool policy_name_disabled(const struct policy *p, struct span name)
{
	static const uint8_t types[] = { ID_RFC822_ADDR, ID_FQDN, ID_KEY_ID };

	for (unsigned i = 0; name.n && i < G_N_ELEMENTS(types); i++) {
		const struct ike_id id = { types[i], name };
		const struct policy_peer *peer = policy_find(p, &id);

		if (peer && !peer->any && peer->disabled)
			return true;
	}
	return false;
}

enum err policy_add_pool(struct policy *p, uint32_t network, unsigned prefix)
{
	struct pool *pool = &p->pools[p->n_pools];
	uint32_t size;

	if (prefix < 8 || prefix > 30)
		return ERR_VALUE;
	if (p->n_pools == POOLS_MAX)
		return ERR_TOO_MANY;
	size = UINT32_C(1) << (32 - prefix);
	pool->first = (network & ~(size - 1)) + 1;
	pool->count = size - 2;
	pool->taken = g_new0(uint64_t, size / 64 + 1);
	pool->queued = g_new0(uint64_t, size / 64 + 1);
	g_queue_init(&pool->returned);
	p->n_pools++;
	return ERR_OK;
}

static bool bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *bits, uint32_t i, bool on)
{
	uint64_t mask = UINT64_C(1) << (i % 64);

	bits[i / 64] = on ? bits[i / 64] | mask : bits[i / 64] & ~mask;
}

static void take(struct pool *pool, uint32_t i)
{
	set_bit(pool->taken, i, true);
	pool->used++;
}

static struct pool *pool_of(struct policy *p, uint32_t address)
{
	for (unsigned i = 0; i < p->n_pools; i++)
		if (address - p->pools[i].first < p->pools[i].count)
			return &p->pools[i];
	return NULL;
}

bool policy_owns(struct policy *p, uint32_t address)
{
	return pool_of(p, address) != NULL;
}

bool policy_lease_this(struct policy *p, uint32_t wanted)
{
	struct pool *pool = pool_of(p, wanted);

	if (!pool || bit(pool->taken, wanted - pool->first))
		return false;
	take(pool, wanted - pool->first);
	return true;
}

bool policy_lease_foreign(struct policy *p, uint32_t wanted)
{
	return !pool_of(p, wanted) && g_hash_table_add(p->foreign, GUINT_TO_POINTER(wanted));
}

/* Each address skipped here was taken by policy_lease_this(): skipping is paid for by that. */
static bool next_free(struct pool *pool, uint32_t *i)
{
	while (pool->fresh < pool->count) {
		*i = pool->fresh++;
		if (!bit(pool->taken, *i))
			return true;
	}
	while (!g_queue_is_empty(&pool->returned)) {
		*i = GPOINTER_TO_UINT(g_queue_pop_head(&pool->returned));
		set_bit(pool->queued, *i, false);
		if (!bit(pool->taken, *i))
			return true;
	}
	return false;
}

uint32_t policy_lease(struct policy *p)
{
	for (unsigned n = 0; n < p->n_pools; n++) {
		struct pool *pool = &p->pools[n];
		uint32_t i;

		if (pool->used < pool->count && next_free(pool, &i)) {
			take(pool, i);
			return pool->first + i;
		}
	}
	return 0;
}

void policy_release(struct policy *p, uint32_t address)
{
	struct pool *pool = pool_of(p, address);
	uint32_t i;

	if (!pool)
		g_hash_table_remove(p->foreign, GUINT_TO_POINTER(address));
	if (!pool || !bit(pool->taken, address - pool->first))
		return;
	i = address - pool->first;
	set_bit(pool->taken, i, false);
	pool->used--;
	if (i >= pool->fresh || bit(pool->queued, i))
		return;
	set_bit(pool->queued, i, true);
	g_queue_push_tail(&pool->returned, GUINT_TO_POINTER(i));
}
