/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an answer to keys. */
#include "ike/ike_derive.h"

bool ike_derive_suite(const struct ike_answer *a, const struct ike_offer *offer, struct suite *out,
		      struct ike_broken *broken)
{
	const struct chain_payload *p = chain_find(&a->chain, PAYLOAD_SA);
	struct ike_sa sa;
	struct fault fault;
	uint8_t number;

	if (!p)
		return ike_clause_break(broken, IKE_CLAUSE_SA_MISSING, NULL);
	if (ike_sa_parse(p, &sa, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_SA, &fault);
	if (sa.n_proposals != 1)
		return ike_clause_break(broken, IKE_CLAUSE_PROPOSALS, NULL);
	if (suite_choose(&sa, offer->suites, offer->n_suites, out, &number) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_PROPOSAL, NULL);
	return true;
}

bool ike_derive_full(struct ike_keys *out, const struct ike_attempt *t, const struct ike_answer *a,
		     const struct ike_offer *offer, struct ike_shared *shared,
		     struct ike_broken *broken)
{
	const struct ike_seed seed = ike_attempt_seed(t);
	struct ike_shared g = { 0 };
	struct suite suite = { 0 };
	enum err err;

	memset(out, 0, sizeof(*out));
	if (!ike_derive_suite(a, offer, &suite, broken))
		return false;
	if (suite.dh != offer->group || a->ke.group != offer->group)
		return ike_clause_break(broken, IKE_CLAUSE_KE_GROUP, NULL);
	err = dh_shared(offer->dh, a->ke.data, g.octets, &g.n);
	if (err != ERR_OK) {
		secret_wipe(&g, sizeof(g));
		return ike_clause_break_err(broken, IKE_CLAUSE_KE, err);
	}
	err = ike_keys_initial(out, &suite, &seed, span_of(g.octets, g.n));
	if (err == ERR_OK && shared)
		*shared = g;
	secret_wipe(&g, sizeof(g));
	if (err == ERR_OK)
		return true;
	ike_keys_clear(out);
	return ike_clause_break_err(broken, IKE_CLAUSE_KEYS, err);
}

enum err ike_derive_resumed(struct ike_keys *out, const struct ike_attempt *t,
			    const struct suite *suite, const struct secret *sk_d)
{
	const struct ike_seed seed = ike_attempt_seed(t);

	return ike_keys_resume(out, suite, &seed, secret_peek(sk_d));
}
