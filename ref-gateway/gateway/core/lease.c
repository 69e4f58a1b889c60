/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inner addresses of SAs, counted by identity where that is limited. */
#include "core/lease.h"

#include <glib.h>

#include "core/sa.h"

struct lease_count {
	struct table_link link;
	uint32_t n;
	uint8_t type;
	size_t id_n;
	uint8_t id[];
};

static bool matches(const struct table_link *link, const void *key)
{
	const struct lease_count *c = TABLE_ENTRY(link, struct lease_count, link);
	const struct ike_id id = { c->type, span_of(c->id, c->id_n) };

	return ike_id_equal(&id, key);
}

/* Of this SA's identity; NULL: it has none, and `make` is false. */
static struct lease_count *count_of(const struct sa *sa, bool make)
{
	struct gateway *g = sa->gateway;
	const struct ike_id id = sa_identity(sa);
	uint64_t hash = table_hash(&g->hash_key, id.data) + id.type;
	struct table_link *link = table_find(&g->leases, hash, matches, &id);
	struct lease_count *c;

	if (link || !make)
		return link ? TABLE_ENTRY(link, struct lease_count, link) : NULL;
	c = g_malloc0(sizeof(*c) + id.data.n);
	c->type = id.type;
	c->id_n = id.data.n;
	memcpy(c->id, id.data.p, id.data.n);
	table_insert(&g->leases, &c->link, hash);
	return c;
}

bool lease_may_have(const struct sa *sa)
{
	uint32_t most = sa->gateway->config.max_leases_per_identity;
	const struct lease_count *c = most ? count_of(sa, false) : NULL;

	return !c || c->n < most;
}

static bool have(struct sa *sa, uint32_t address)
{
	sa->inner_ip4 = address;
	if (address && sa->gateway->config.max_leases_per_identity)
		count_of(sa, true)->n++;
	return address != 0;
}

bool lease_this(struct sa *sa, uint32_t address)
{
	return policy_lease_this(sa->gateway->ops.policy, address) && have(sa, address);
}

bool lease_foreign(struct sa *sa, uint32_t address)
{
	return policy_lease_foreign(sa->gateway->ops.policy, address) && have(sa, address);
}

bool lease_any(struct sa *sa)
{
	return have(sa, policy_lease(sa->gateway->ops.policy));
}

void lease_hand_over(struct sa *old, struct sa *new)
{
	new->inner_ip4 = old->inner_ip4;
	old->inner_ip4 = 0;
}

void lease_return(struct sa *sa)
{
	struct gateway *g = sa->gateway;
	struct lease_count *c;

	if (!sa->inner_ip4)
		return;
	policy_release(g->ops.policy, sa->inner_ip4);
	sa->inner_ip4 = 0;
	c = g->config.max_leases_per_identity ? count_of(sa, false) : NULL;
	if (!c || --c->n)
		return;
	table_remove(&g->leases, &c->link);
	g_free(c);
}
