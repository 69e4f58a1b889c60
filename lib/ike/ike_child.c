/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offering a child SA and reading what became of it. */
#include "ike/ike_child.h"

#include "wire/ike_nonce.h"
#include "wire/ike_notify.h"

static void write_rekey(struct ike_inner *in, uint32_t spi)
{
	uint8_t octets[4];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	const struct ike_notify n = { .protocol = PROTOCOL_ESP,
				      .type = NOTIFY_REKEY_SA,
				      .spi = SPAN_OF(octets) };

	wcursor_u32(&c, spi);
	ike_notify_write(&in->w, &n);
}

void ike_child_write(struct ike_inner *in, const struct ike_child_offer *offer,
		     const struct rng *rng, struct ike_child *child)
{
	const struct ike_ts_list any = { .n = 1, .at = { ike_ts_any(4) } };
	struct ike_sa sa;

	do
		child->spi_in = (uint32_t)rng_spi(rng);
	while (child->spi_in < 256); /* RFC 4303 section 2.1: reserved */
	if (offer->rekey_of)
		write_rekey(in, offer->rekey_of);
	sa.n_proposals = sa.n_transforms = 0;
	for (unsigned i = 0; i < offer->n_suites; i++)
		if (!suite_esp_add_proposal(&sa, &offer->suites[i], child->spi_in))
			wcursor_fail(&in->c, ERR_TOO_MANY);
	ike_sa_write(&in->w, &sa);
	if (offer->nonce) {
		rng_fill(rng, child->ni, sizeof(child->ni));
		ike_nonce_write(&in->w, SPAN_OF(child->ni));
	}
	ike_ts_write(&in->w, PAYLOAD_TSI, offer->ts_i ? offer->ts_i : &any);
	ike_ts_write(&in->w, PAYLOAD_TSR, offer->ts_r ? offer->ts_r : &any);
}

static bool read_ts(const struct chain *inner, uint8_t type, const struct ike_ts_list *offered,
		    struct ike_broken *broken)
{
	const enum ike_clause c = type == PAYLOAD_TSI ? IKE_CLAUSE_TSI : IKE_CLAUSE_TSR;
	const struct ike_ts_list any = { .n = 1, .at = { ike_ts_any(4) } };
	const struct chain_payload *p = chain_find(inner, type);
	struct fault fault = { ERR_MISSING, "", 0 };
	struct ike_ts_list ts;

	if (!p || ike_ts_parse(p, &ts, &fault) != ERR_OK)
		return ike_clause_break(broken, c, &fault);
	return ike_ts_within(&ts, offered ? offered : &any) ||
	       ike_clause_break(broken, IKE_CLAUSE_TS_WIDER, NULL);
}

bool ike_child_read(const struct chain *inner, const struct ike_child_offer *offer,
		    struct ike_child *child, struct ike_broken *broken)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_SA);
	struct fault fault = { ERR_MISSING, "", 0 };
	struct ike_sa sa;
	uint8_t number;

	if (!p)
		return ike_clause_break(broken, IKE_CLAUSE_SA_MISSING, NULL);
	if (ike_sa_parse(p, &sa, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_SA, &fault);
	if (sa.n_proposals != 1 ||
	    suite_esp_choose(&sa, offer->suites, offer->n_suites, &child->suite, &number,
			     &child->spi_out) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_PROPOSAL, NULL);
	p = chain_find(inner, PAYLOAD_NONCE);
	child->nr = SPAN_NONE;
	if (offer->nonce && (!p || ike_nonce_parse(p, &child->nr, &fault) != ERR_OK))
		return ike_clause_break(broken, IKE_CLAUSE_NONCE, &fault);
	return read_ts(inner, PAYLOAD_TSI, offer->ts_i, broken) &&
	       read_ts(inner, PAYLOAD_TSR, offer->ts_r, broken);
}
