/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going on with every answer to a SYN. */
#include "ike/ike_candidates.h"

#include "ike/ike_derive.h"

struct ike_candidate *ike_candidates_add(struct ike_candidates *all, const struct ike_attempt *t,
					 const struct ike_answer *a, const struct suite *suite,
					 const struct secret *sk_d)
{
	struct ike_candidate *k;
	struct ike_keys keys;

	if (all->n == IKE_CANDIDATES_MAX)
		return NULL;
	for (unsigned i = 0; i < all->n; i++)
		if (span_equal(all->at[i].attempt.response, a->message))
			return NULL;
	k = &all->at[all->n];
	memset(k, 0, sizeof(*k));
	k->attempt = *t;
	ike_attempt_take(&k->attempt, a);
	if (ike_derive_resumed(&keys, &k->attempt, suite, sk_d) != ERR_OK)
		return NULL;
	k->client.spi_i = k->attempt.spi_i;
	k->client.spi_r = k->attempt.spi_r;
	ike_client_set_keys(&k->client, &keys, 1);
	all->n++;
	return k;
}

struct ike_candidate *ike_candidates_open(struct ike_candidates *all, struct span message,
					  uint8_t *plain, size_t cap, struct ike_protected *out)
{
	struct fault fault;
	struct ike_header h;

	memset(out, 0, sizeof(*out));
	if (ike_header_parse(message, &h, &fault) != ERR_OK)
		return NULL;
	for (unsigned i = 0; i < all->n; i++) {
		struct ike_candidate *k = &all->at[i];

		if (k->client.spi_i == h.spi_i && k->client.spi_r == h.spi_r &&
		    ike_client_open(&k->client, message, plain, cap, out) == ERR_OK)
			return k;
	}
	return NULL;
}

void ike_candidates_clear(struct ike_candidates *all)
{
	secret_wipe(all, sizeof(*all));
}
