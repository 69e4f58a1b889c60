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

bool rekey_begin(struct client *c, struct inner *in, struct rekey_half *h)
{
	const struct suite suite = c->rekey_suite ? *c->rekey_suite : c->sa.keys.suite;

	h->k = (struct ike_rekey){ .suite = suite, .dh = client_dh(c->probe, suite.dh) };
	if (h->k.dh)
		ike_rekey_write(&in->in, &h->k, c->rng);
	if (!h->k.dh || in->in.c.err != ERR_OK)
		return client_fail(
		    c, "IKE rekey: key exchange group %u is not supported by the probe", suite.dh);
	return true;
}

bool rekey_end(struct client *c, const struct protected_answer *a, struct rekey_half *h)
{
	struct ike_broken broken;
	struct ike_keys keys;

	if (!protected_accepted(c, a, "IKE rekey"))
		return false;
	if (!ike_rekey_read(&a->inner, &h->k, &c->sa, &keys, &c->g_ir, &broken))
		return say_why(c, &broken);
	go_over(c, &h->k, &keys, &a->inner);
	return true;
}

bool rekey_ike(struct client *c)
{
	struct protected_answer a;
	struct rekey_half h;
	struct inner in;
	bool ok;

	inner_init(&in);
	if (!rekey_begin(c, &in, &h))
		return false;
	protected_exchange(c, EXCHANGE_CREATE_CHILD_SA, &in, &a);
	ok = rekey_end(c, &a, &h);
	protected_answer_clear(&a);
	return ok;
}
