/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the IKE_SA_INIT request, with SYN or without. */
#include "roamer/roamer_ask.h"

#include "ike/ike_init.h"

static bool key_pair(struct roamer *r, uint16_t group, uint8_t ke[static DH_PUBLIC_MAX],
		     struct span *out)
{
	if (!r->dh || r->group != group) {
		dh_free(r->dh);
		r->dh = dh_new(group);
		r->group = group;
	}
	*out = span_of(ke, dh_public_size(group));
	return r->dh && dh_public(r->dh, ke) == ERR_OK;
}

static bool build(struct roamer *r, uint16_t group)
{
	const struct roamer_gateway *g = &r->config->gateways[r->step.gateway];
	uint8_t ke[DH_PUBLIC_MAX];
	struct wcursor c = wcursor_init(r->request.octets, ROAMER_REQUEST_MAX);
	struct endpoint local = { 0 };
	struct nat_ends ends = { .destination = g->ike.address, .destination_port = g->ike.port };
	struct ike_init init = { .spi_i = r->spi_i,
				 .cookie = span_of(r->cookie, r->cookie_n),
				 .n_suites = r->config->n_suites,
				 .suites = r->config->suites,
				 .group = group,
				 .ni = SPAN_OF(r->ni),
				 .syn_type = r->config->syn_type,
				 .vendor_id = true,
				 .redirect = true,
				 .nat = &ends };

	r->ops.local(r->ops.user, r->step.gateway, &local);
	ends.source = local.address;
	ends.source_port = local.port;
	if (r->step.with != ROAMER_WITH_NONE)
		init.syn = &r->step.stub.index;
	if (!key_pair(r, group, ke, &init.ke) || ike_init_write(&c, &init) != ERR_OK)
		return false;
	r->request.n = wcursor_size(&c);
	return true;
}

bool roamer_ask_begin(struct roamer *r)
{
	secret_wipe(r->candidates, sizeof(r->candidates));
	r->n_candidates = 0;
	r->remembered = 0;
	r->cookie_n = 0;
	r->tries = 0;
	r->again = 0;
	r->spi_i = rng_spi(&r->rng);
	rng_fill(&r->rng, r->ni, sizeof(r->ni));
	/* rule 13: a fresh KE, too */
	dh_free(r->dh);
	r->dh = NULL;
	return build(r, r->config->suites[0].dh);
}

bool roamer_ask_again(struct roamer *r, const struct ike_answer *a)
{
	struct ike_init init = { .n_suites = r->config->n_suites,
				 .suites = r->config->suites,
				 .group = r->group };

	if (!ike_init_retry(&init, a))
		return false;
	if (init.cookie.n) {
		memcpy(r->cookie, init.cookie.p, init.cookie.n);
		r->cookie_n = init.cookie.n;
	}
	return build(r, init.group);
}

void roamer_ask_send(struct roamer *r)
{
	r->ops.send(r->ops.user, r->step.gateway, false, span_of(r->request.octets, r->request.n));
}
