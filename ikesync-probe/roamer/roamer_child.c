/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and selectors of the child SA, for whoever carries its traffic. */
#include "roamer/roamer_child.h"

struct ike_child_offer roamer_child_offer(const struct roamer *r, const struct roamer_candidate *k)
{
	return (struct ike_child_offer){ .n_suites = r->config->n_esp,
					 .suites = r->config->esp,
					 .nonce = k->resumed };
}

static bool read_selectors(const struct chain *inner, uint8_t type, struct ike_ts_list *out)
{
	const struct chain_payload *p = chain_find(inner, type);
	struct fault fault;

	return p && ike_ts_parse(p, out, &fault) == ERR_OK;
}

static struct data_plane_path path(const struct roamer *r, const struct roamer_candidate *k)
{
	const struct roamer_gateway *g = &r->config->gateways[r->step.gateway];
	struct data_plane_path p = { .remote = g->ike, .nat = k->nat, .behind_nat = k->nat };

	if (k->nat)
		p.remote.port = g->nat_port;
	r->ops.local(r->ops.user, r->step.gateway, &p.local);
	return p;
}

void roamer_child_tell(const struct roamer *r, struct roamer_candidate *k,
		       const struct chain *inner)
{
	const struct ike_child_offer offer = roamer_child_offer(r, k);
	struct ike_ts_list tsi, tsr;
	struct ike_broken broken;
	struct child_keys keys = { 0 };
	struct data_plane_child child = { .spi_in = k->child.spi_in,
					  .suite = &k->child.suite,
					  .initiator = true,
					  .keys = &keys,
					  .tsi = &tsi,
					  .tsr = &tsr };
	struct span ni, nr;

	if (!offer.n_suites || !r->ops.child ||
	    !ike_child_read(inner, &offer, &k->child, &broken) ||
	    !read_selectors(inner, PAYLOAD_TSI, &tsi) || !read_selectors(inner, PAYLOAD_TSR, &tsr))
		return;
	ni = k->resumed ? SPAN_OF(k->child.ni) : k->attempt.ni;
	nr = k->resumed ? k->child.nr : k->attempt.nr;
	child.spi_out = k->child.spi_out;
	child.path = path(r, k);
	if (child_keys_derive(&keys, &k->child.suite, k->client.keys.suite.prf,
			      secret_peek(&k->client.keys.sk_d), SPAN_NONE, ni, nr) == ERR_OK)
		r->ops.child(r->ops.user, &child);
	child_keys_clear(&keys);
}
