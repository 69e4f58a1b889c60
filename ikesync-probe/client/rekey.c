/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA, and ending the one before. */
#include "client/rekey.h"

#include "client/auth.h"
#include "client/delete.h"
#include "ike/ike_rekey.h"

static bool say_why(struct client *c, const struct ike_broken *broken)
{
	switch (broken->clause) {
	case IKE_CLAUSE_NONCE:
		return client_fail(c, "IKE rekey: the answer holds no right nonce");
	case IKE_CLAUSE_KE:
		return client_fail(c, "IKE rekey: the answer's KE is missing or unusable");
	case IKE_CLAUSE_SPI_R_ZERO:
	case IKE_CLAUSE_KEYS:
		return client_fail(c, "IKE rekey: keys cannot be derived");
	default:
		return client_fail(
		    c, "IKE rekey: the answer's SA is missing, broken or not what was offered");
	}
}

/* The new SA's keys are there: say goodbye to the old one and go on. */
static void go_over(struct client *c, const struct ike_rekey *k, struct ike_keys *keys,
		    const struct chain *inner)
{
	delete_goodbye(c);
	ike_rekey_switch(&c->sa, k, keys, inner);
	if (!c->sa.has_index)
		auth_read_index(c, inner);
	memcpy(c->ni, k->ni, sizeof(k->ni));
	c->ni_n = sizeof(k->ni);
	c->nr_n = MIN(k->nr.n, sizeof(c->nr));
	memcpy(c->nr, k->nr.p, c->nr_n);
	client_show_keys(c->evidence, &c->sa.keys, c->sa.spi_i, c->sa.spi_r);
	c->live = true;
}

bool rekey_ike(struct client *c)
{
	const struct suite suite = c->sa.keys.suite;
	struct ike_rekey k = { .suite = suite, .dh = client_dh(c->probe, suite.dh) };
	struct protected_answer a;
	struct ike_broken broken;
	struct ike_keys keys;
	struct inner in;
	bool ok;

	inner_init(&in);
	if (k.dh)
		ike_rekey_write(&in.in, &k, c->rng);
	if (!k.dh || in.in.c.err != ERR_OK)
		return client_fail(
		    c, "IKE rekey: key exchange group %u is not supported by the probe", suite.dh);
	protected_exchange(c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = protected_accepted(c, &a, "IKE rekey");
	if (ok && !ike_rekey_read(&a.inner, &k, &c->sa, &keys, &c->g_ir, &broken))
		ok = say_why(c, &broken);
	if (ok)
		go_over(c, &k, &keys, &a.inner);
	protected_answer_clear(&a);
	return ok;
}
