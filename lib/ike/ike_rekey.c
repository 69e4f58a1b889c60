/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA. */
#include "ike/ike_rekey.h"

#include "ike/ike_told.h"
#include "wire/ike_nonce.h"

void ike_rekey_write(struct ike_inner *in, struct ike_rekey *k, const struct rng *rng)
{
	uint8_t spi[8], ke[DH_PUBLIC_MAX];
	struct wcursor spi_cursor = wcursor_init(spi, sizeof(spi));
	struct ike_sa sa;
	enum err err;

	k->spi_i = rng_spi(rng);
	rng_fill(rng, k->ni, sizeof(k->ni));
	wcursor_u64(&spi_cursor, k->spi_i);
	sa.n_proposals = sa.n_transforms = 0;
	err = dh_public(k->dh, ke);
	if (err != ERR_OK || !suite_add_proposal(&sa, &k->suite, SPAN_OF(spi))) {
		wcursor_fail(&in->c, err != ERR_OK ? err : ERR_TOO_MANY);
		return;
	}
	ike_sa_write(&in->w, &sa);
	ike_nonce_write(&in->w, SPAN_OF(k->ni));
	ike_ke_write(&in->w, k->suite.dh, span_of(ke, dh_public_size(k->suite.dh)));
}

static bool read_sa(const struct chain *inner, struct ike_rekey *k, struct ike_broken *broken)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_SA);
	struct suite chosen;
	struct rcursor spi;
	struct fault fault;
	struct ike_sa sa;
	uint8_t number;

	if (!p)
		return ike_clause_break(broken, IKE_CLAUSE_SA_MISSING, NULL);
	if (ike_sa_parse(p, &sa, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_SA, &fault);
	if (sa.n_proposals != 1 || sa.proposals[0].spi_size != 8 ||
	    suite_choose(&sa, &k->suite, 1, &chosen, &number) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_PROPOSAL, NULL);
	spi = rcursor_init(span_of(sa.proposals[0].spi, 8), NULL);
	k->spi_r = rcursor_u64(&spi, "SPI");
	return true;
}

bool ike_rekey_read(const struct chain *inner, struct ike_rekey *k, const struct ike_client *old,
		    struct ike_keys *out, struct ike_shared *shared, struct ike_broken *broken)
{
	const struct chain_payload *nonce = chain_find(inner, PAYLOAD_NONCE),
				   *ke_payload = chain_find(inner, PAYLOAD_KE);
	struct fault fault = { ERR_MISSING, "", 0 };
	struct ike_shared g = { 0 };
	struct ike_seed seed;
	struct ike_ke ke;
	enum err err;

	memset(out, 0, sizeof(*out));
	if (!read_sa(inner, k, broken))
		return false;
	if (!nonce || ike_nonce_parse(nonce, &k->nr, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_NONCE, &fault);
	if (!ke_payload || ike_ke_parse(ke_payload, &ke, &fault) != ERR_OK ||
	    ke.group != k->suite.dh || dh_shared(k->dh, ke.data, g.octets, &g.n) != ERR_OK) {
		secret_wipe(&g, sizeof(g));
		return ike_clause_break(broken, IKE_CLAUSE_KE, NULL);
	}
	seed = (struct ike_seed){ SPAN_OF(k->ni), k->nr, k->spi_i, k->spi_r };
	err = k->spi_r == 0 ? ERR_VALUE
			    : ike_keys_rekey(out, &k->suite, &seed, old->keys.suite.prf,
					     secret_peek(&old->keys.sk_d), span_of(g.octets, g.n));
	if (err == ERR_OK && shared)
		*shared = g;
	secret_wipe(&g, sizeof(g));
	if (err == ERR_OK)
		return true;
	ike_keys_clear(out);
	return ike_clause_break_err(broken, k->spi_r == 0 ? IKE_CLAUSE_SPI_R_ZERO : IKE_CLAUSE_KEYS,
				    err);
}

void ike_rekey_switch(struct ike_client *c, const struct ike_rekey *k, struct ike_keys *keys,
		      const struct chain *inner)
{
	c->spi_i = k->spi_i;
	c->spi_r = k->spi_r;
	c->responder = false;
	ike_client_set_keys(c, keys, 0);
	c->has_index = ike_told_index(inner, &c->index, NULL) == IKE_TOLD_PRESENT;
}
