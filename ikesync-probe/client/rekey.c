/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/rekey.h"

#include "client/auth.h"
#include "client/delete.h"

struct rekey {
	uint64_t spi_i, spi_r;
	struct suite suite;
	uint8_t ni[CLIENT_NONCE_DEFAULT];
	uint8_t g_ir[DH_PUBLIC_MAX];
	size_t g_ir_n;
};

static bool write_request(struct client *c, struct rekey *k, struct inner *in)
{
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	const struct dh *dh = client_dh(c->probe, k->suite.dh);
	uint8_t spi[8], ke[DH_PUBLIC_MAX];
	struct wcursor spi_cursor = wcursor_init(spi, sizeof(spi));

	if (!dh || dh_public(dh, ke) != ERR_OK)
		return client_fail(c,
				   "IKE rekey: key exchange group %u is not supported by the probe",
				   k->suite.dh);
	k->spi_i = rng_spi(c->rng);
	rng_fill(c->rng, k->ni, sizeof(k->ni));
	wcursor_u64(&spi_cursor, k->spi_i);
	suite_add_proposal(sa, &k->suite, SPAN_OF(spi));
	inner_init(in);
	ike_sa_write(&in->w, sa);
	ike_nonce_write(&in->w, SPAN_OF(k->ni));
	ike_ke_write(&in->w, k->suite.dh, span_of(ke, dh_public_size(k->suite.dh)));
	return true;
}

static bool read_answer(struct client *c, struct rekey *k, const struct chain *inner,
			struct ike_keys *keys)
{
	const struct chain_payload *sa_payload = chain_find(inner, PAYLOAD_SA),
				   *nonce_payload = chain_find(inner, PAYLOAD_NONCE),
				   *ke_payload = chain_find(inner, PAYLOAD_KE);
	g_autofree struct ike_sa *sa = g_new0(struct ike_sa, 1);
	struct fault fault;
	struct rcursor spi;
	struct ike_seed seed;
	struct span nr;
	struct ike_ke ke;
	struct suite chosen;
	uint8_t number;

	if (!sa_payload || ike_sa_parse(sa_payload, sa, &fault) != ERR_OK || sa->n_proposals != 1 ||
	    sa->proposals[0].spi_size != 8 ||
	    suite_choose(sa, &k->suite, 1, &chosen, &number) != ERR_OK)
		return client_fail(
		    c, "IKE rekey: the answer's SA is missing, broken or not what was offered");
	spi = rcursor_init(span_of(sa->proposals[0].spi, 8), NULL);
	k->spi_r = rcursor_u64(&spi, "SPI");
	if (!nonce_payload || ike_nonce_parse(nonce_payload, &nr, &fault) != ERR_OK)
		return client_fail(c, "IKE rekey: the answer holds no right nonce");
	if (!ke_payload || ike_ke_parse(ke_payload, &ke, &fault) != ERR_OK ||
	    ke.group != k->suite.dh ||
	    dh_shared(client_dh(c->probe, k->suite.dh), ke.data, k->g_ir, &k->g_ir_n) != ERR_OK)
		return client_fail(c, "IKE rekey: the answer's KE is missing or unusable");
	seed = (struct ike_seed){
		.ni = SPAN_OF(k->ni), .nr = nr, .spi_i = k->spi_i, .spi_r = k->spi_r
	};
	if (k->spi_r == 0 ||
	    ike_keys_rekey(keys, &k->suite, &seed, c->suite.prf, secret_peek(&c->keys.sk_d),
			   span_of(k->g_ir, k->g_ir_n)) != ERR_OK)
		return client_fail(c, "IKE rekey: keys cannot be derived");
	c->nr_n = MIN(nr.n, sizeof(c->nr));
	memcpy(c->nr, nr.p, c->nr_n);
	return true;
}

bool rekey_ike(struct client *c)
{
	struct rekey k = { .suite = c->suite };
	struct protected_answer a;
	struct ike_keys keys;
	struct inner in;
	bool ok;

	if (!write_request(c, &k, &in))
		return false;
	protected_exchange(c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = protected_accepted(c, &a, "IKE rekey") && read_answer(c, &k, &a.inner, &keys);
	if (ok) {
		c->has_index = false;
		auth_read_index(c, &a.inner);
		delete_goodbye(c);
		c->spi_i = k.spi_i;
		c->spi_r = k.spi_r;
		memcpy(c->ni, k.ni, sizeof(k.ni));
		c->ni_n = sizeof(k.ni);
		memcpy(c->g_ir, k.g_ir, k.g_ir_n);
		c->g_ir_n = k.g_ir_n;
		client_set_keys(c, &keys);
		c->next_id = 0; /* RFC 7296 section 2.2: a rekeyed SA starts again at 0 */
		c->live = true;
	}
	secret_wipe(k.g_ir, sizeof(k.g_ir));
	protected_answer_clear(&a);
	return ok;
}
