/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeys that a gateway asks for, read and answered. */
#include "ike/ike_asked.h"

#include "ike/ike_derive.h"
#include "ike/ike_told.h"
#include "keys/dh.h"
#include "wire/ike_ke.h"
#include "wire/ike_nonce.h"
#include "wire/ike_notify.h"

static bool read_offer(const struct chain *inner, struct ike_sa *offer, struct span *ni)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_SA);
	const struct chain_payload *nonce = chain_find(inner, PAYLOAD_NONCE);
	struct fault fault;

	return p && nonce && ike_sa_parse(p, offer, &fault) == ERR_OK && offer->n_proposals > 0 &&
	       ike_nonce_parse(nonce, ni, &fault) == ERR_OK;
}

enum ike_asked_kind ike_asked_kind(const struct chain *inner)
{
	struct ike_notify n;
	struct ike_sa offer;
	struct span ni;

	if (!read_offer(inner, &offer, &ni))
		return IKE_ASKED_OTHER;
	if (offer.proposals[0].protocol == PROTOCOL_IKE)
		return IKE_ASKED_REKEY;
	return ike_notify_find(inner, NOTIFY_REKEY_SA, &n) ? IKE_ASKED_CHILD_REKEY
							   : IKE_ASKED_OTHER;
}

/* g^ir with the KE payload of this group, and our half of it. */
static enum err exchange(const struct chain *inner, uint16_t group, struct ike_shared *g,
			 uint8_t *public)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_KE);
	struct dh *dh = dh_new(group);
	struct fault fault;
	struct ike_ke ke;
	enum err err = ERR_MISSING;

	if (p && dh && ike_ke_parse(p, &ke, &fault) == ERR_OK && ke.group == group)
		err = dh_public(dh, public);
	if (!err)
		err = dh_shared(dh, ke.data, g->octets, &g->n);
	dh_free(dh);
	return err;
}

static uint64_t spi_of(const struct ike_sa *offer, uint8_t number)
{
	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const struct ike_proposal *p = &offer->proposals[i];
		struct rcursor c = rcursor_init(span_of(p->spi, p->spi_size), NULL);

		if (p->number == number && p->spi_size == 8)
			return rcursor_u64(&c, "SPI");
	}
	return 0;
}

static enum err derive(const struct ike_client *old, const struct suite *suite,
		       const struct ike_shared *g, struct ike_asked_rekey *k)
{
	const struct ike_seed seed = { k->ni, SPAN_OF(k->nr), k->spi_i, k->spi_r };

	return ike_keys_rekey(&k->keys, suite, &seed, old->keys.suite.prf,
			      secret_peek(&old->keys.sk_d), span_of(g->octets, g->n));
}

static void write_rekey(struct ike_inner *in, const struct ike_asked_rekey *k,
			const struct suite *suite, uint8_t number, const uint8_t *public)
{
	uint8_t spi[8];
	struct wcursor c = wcursor_init(spi, sizeof(spi));
	struct ike_sa answer;

	wcursor_u64(&c, k->spi_r);
	ike_sa_init(&answer);
	(void)suite_add_proposal(&answer, suite, SPAN_OF(spi));
	answer.proposals[0].number = number;
	ike_sa_write(&in->w, &answer);
	ike_nonce_write(&in->w, SPAN_OF(k->nr));
	ike_ke_write(&in->w, suite->dh, span_of(public, dh_public_size(suite->dh)));
}

bool ike_asked_rekey(const struct chain *inner, const struct ike_client *old,
		     const struct suite *suite, const struct rng *rng, struct ike_inner *in,
		     struct ike_asked_rekey *k)
{
	uint8_t public[DH_PUBLIC_MAX], number;
	struct ike_shared g = { 0 };
	struct ike_sa offer;
	struct suite chosen;
	enum err err;

	memset(k, 0, sizeof(*k));
	if (!read_offer(inner, &offer, &k->ni) ||
	    suite_choose(&offer, suite, 1, &chosen, &number) != ERR_OK)
		return false;
	k->spi_i = spi_of(&offer, number);
	k->spi_r = rng_spi(rng);
	rng_fill(rng, k->nr, sizeof(k->nr));
	err = k->spi_i ? exchange(inner, suite->dh, &g, public) : ERR_VALUE;
	if (!err)
		err = derive(old, suite, &g, k);
	secret_wipe(&g, sizeof(g));
	if (err) {
		ike_keys_clear(&k->keys);
		return false;
	}
	k->has_index = ike_told_index(inner, &k->index, NULL) == IKE_TOLD_PRESENT;
	write_rekey(in, k, suite, number, public);
	return true;
}

void ike_asked_switch(struct ike_client *c, struct ike_asked_rekey *k)
{
	c->spi_i = k->spi_i;
	c->spi_r = k->spi_r;
	c->responder = true;
	ike_client_set_keys(c, &k->keys, 0);
	c->has_index = k->has_index;
	c->index = k->index;
}

static bool read_child(const struct chain *inner, const struct suite_esp *suites, unsigned n,
		       uint8_t *number, struct ike_asked_child *k)
{
	const struct chain_payload *i = chain_find(inner, PAYLOAD_TSI);
	const struct chain_payload *r = chain_find(inner, PAYLOAD_TSR);
	struct ike_notify old;
	struct ike_sa offer;
	struct fault fault;
	struct rcursor c;

	if (!read_offer(inner, &offer, &k->ni) || !i || !r ||
	    ike_ts_parse(i, &k->ts_i, &fault) != ERR_OK ||
	    ike_ts_parse(r, &k->ts_r, &fault) != ERR_OK ||
	    !ike_notify_find(inner, NOTIFY_REKEY_SA, &old) || old.spi.n != 4 ||
	    suite_esp_choose(&offer, suites, n, &k->suite, number, &k->spi_out) != ERR_OK)
		return false;
	c = rcursor_init(old.spi, NULL);
	k->old_out = rcursor_u32(&c, "SPI");
	return true;
}

static void write_child(struct ike_inner *in, const struct ike_asked_child *k, uint8_t number,
			const uint8_t *public)
{
	struct ike_sa answer;

	ike_sa_init(&answer);
	(void)suite_esp_add_proposal(&answer, &k->suite, k->spi_in);
	answer.proposals[0].number = number;
	ike_sa_write(&in->w, &answer);
	ike_nonce_write(&in->w, SPAN_OF(k->nr));
	if (k->suite.dh)
		ike_ke_write(&in->w, k->suite.dh, span_of(public, dh_public_size(k->suite.dh)));
	ike_ts_write(&in->w, PAYLOAD_TSI, &k->ts_i);
	ike_ts_write(&in->w, PAYLOAD_TSR, &k->ts_r);
}

bool ike_asked_child(const struct chain *inner, const struct ike_client *c,
		     const struct suite_esp *suites, unsigned n, const struct rng *rng,
		     struct ike_inner *in, struct ike_asked_child *k)
{
	uint8_t public[DH_PUBLIC_MAX], number;
	struct ike_shared g = { 0 };
	enum err err;

	memset(k, 0, sizeof(*k));
	if (!read_child(inner, suites, n, &number, k))
		return false;
	do
		k->spi_in = (uint32_t)rng_spi(rng);
	while (k->spi_in < 256); /* RFC 4303 section 2.1: reserved */
	rng_fill(rng, k->nr, sizeof(k->nr));
	err = k->suite.dh ? exchange(inner, k->suite.dh, &g, public) : ERR_OK;
	if (!err)
		err = child_keys_derive(&k->keys, &k->suite, c->keys.suite.prf,
					secret_peek(&c->keys.sk_d), span_of(g.octets, g.n), k->ni,
					SPAN_OF(k->nr));
	secret_wipe(&g, sizeof(g));
	if (err)
		return false;
	write_child(in, k, number, public);
	return true;
}
