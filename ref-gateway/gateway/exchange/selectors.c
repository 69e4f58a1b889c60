/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors, narrowed. */
#include "exchange/selectors.h"

#include <string.h>

#include "core/sa.h"

static size_t octets_of(uint8_t type)
{
	return type == IKE_TS_IPV4_ADDR_RANGE ? 4 : type == IKE_TS_IPV6_ADDR_RANGE ? 16 : 0;
}

/* What both have; false: nothing. Protocol and ports are those of `a`: `allowed` is about addresses alone. */
static bool meet(const struct ike_ts *a, const struct ike_ts *allowed, struct ike_ts *out)
{
	size_t n = octets_of(a->type);

	if (n == 0 || a->type != allowed->type)
		return false;
	*out = *a;
	if (memcmp(allowed->start, out->start, n) > 0)
		memcpy(out->start, allowed->start, n);
	if (memcmp(allowed->end, out->end, n) < 0)
		memcpy(out->end, allowed->end, n);
	return memcmp(out->start, out->end, n) <= 0;
}

static void narrow(struct ike_ts_list *list, const struct ike_ts *allowed, unsigned n)
{
	struct ike_ts_list out = { 0 };

	for (unsigned i = 0; i < list->n; i++)
		for (unsigned k = 0; k < n && out.n < IKE_TS_MAX; k++)
			if (meet(&list->at[i], &allowed[k], &out.at[out.n]))
				out.n++;
	*list = out;
}

static struct ike_ts single(const struct address *a)
{
	struct ike_ts ts = { .type =
				 a->family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE };

	memcpy(ts.start, a->octets, address_size(a));
	memcpy(ts.end, a->octets, address_size(a));
	return ts;
}

/* All its selectors name one and the same address. */
static bool is_single(const struct ike_ts_list *list)
{
	size_t n = list->n ? octets_of(list->at[0].type) : 0;

	for (unsigned i = 0; i < list->n; i++)
		if (n == 0 || list->at[i].type != list->at[0].type ||
		    memcmp(list->at[i].start, list->at[0].start, n) != 0 ||
		    memcmp(list->at[i].end, list->at[0].start, n) != 0)
			return false;
	return n != 0;
}

static void narrow_to_end(struct ike_ts_list *list, const struct address *a, bool nat)
{
	const struct ike_ts allowed = single(a);

	/* Its own name for itself, which only the NAT can translate. */
	if (nat && is_single(list))
		return;
	narrow(list, &allowed, 1);
}

static void narrow_client(const struct sa *sa, struct ike_ts_list *tsi)
{
	const struct ike_id id = sa_identity(sa);
	const struct policy_peer *peer = policy_find(sa->gateway->ops.policy, &id);
	struct address leased = { .family = 4 };
	struct ike_ts allowed[POLICY_NETWORKS_MAX + 1];
	unsigned n = 0;

	if (sa->inner_ip4) {
		address_ip4_write(leased.octets, sa->inner_ip4);
		allowed[n++] = single(&leased);
	}
	for (unsigned i = 0; peer && i < peer->n_networks; i++)
		allowed[n++] = peer->networks[i];
	if (n == 0)
		allowed[n++] = single(&sa->path.remote.address);
	narrow(tsi, allowed, n);
}

/* Selectors of other types are nobody's. */
static void known_families(struct ike_ts_list *list)
{
	const struct ike_ts any[] = { ike_ts_any(4), ike_ts_any(6) };

	narrow(list, any, 2);
}

void selectors_narrow(const struct sa *sa, bool transport, struct ike_ts_list *tsi,
		      struct ike_ts_list *tsr)
{
	if (transport) {
		narrow_to_end(tsi, &sa->path.remote.address, sa->path.nat);
		narrow_to_end(tsr, &sa->path.local.address, sa->path.nat);
		return;
	}
	narrow_client(sa, tsi);
	known_families(tsr);
}
