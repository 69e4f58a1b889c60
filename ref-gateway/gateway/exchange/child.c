/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs: CREATE_CHILD_SA (RFC 7296 section 1.3), traffic selectors (2.9). */
#include "exchange/child.h"

#include <glib.h>

#include "core/sa.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "exchange/configure.h"
#include "exchange/rekey.h"
#include "exchange/selectors.h"
#include "wire/ike_payloads.h"

#define CHILDREN_MAX 64

struct negotiation {
	struct suite_esp suite;
	uint8_t number;
	uint32_t spi_out;
	bool transport;
	bool has_ke;
	struct ike_ke ke;
	struct ike_ts_list tsi, tsr;
};

/* With a KE payload, each suite first with its group (PFS), then as configured. */
static enum err choose(const struct gateway_config *c, const struct ike_sa *offer,
		       const struct ike_ke *ke, struct negotiation *n)
{
	struct suite_esp suites[2 * GATEWAY_SUITES_MAX];
	unsigned k = 0;

	for (unsigned i = 0; ke && suite_dh_supported(ke->group) && i < c->n_esp; i++) {
		suites[k] = c->esp[i];
		suites[k++].dh = ke->group;
	}
	for (unsigned i = 0; i < c->n_esp; i++)
		suites[k++] = c->esp[i];
	return suite_esp_choose(offer, suites, k, &n->suite, &n->number, &n->spi_out);
}

/* 0: agreed; else the notify to answer. */
static uint16_t negotiate(struct sa *sa, struct exchange_request *req, struct negotiation *n)
{
	const struct chain_payload *p = chain_find(&req->chain, PAYLOAD_SA);
	const struct chain_payload *ke = chain_find(&req->chain, PAYLOAD_KE);
	const struct chain_payload *tsi = chain_find(&req->chain, PAYLOAD_TSI);
	const struct chain_payload *tsr = chain_find(&req->chain, PAYLOAD_TSR);
	struct ike_notify notify;
	struct ike_sa offer;
	struct fault fault;

	/* Rule 56: what is wrong here is wrong with the child, and not INVALID_SYNTAX, which ends the IKE SA. */
	n->has_ke = ke != NULL;
	if (!p || ike_sa_parse(p, &offer, &fault) || (ke && ike_ke_parse(ke, &n->ke, &fault)))
		return NOTIFY_NO_PROPOSAL_CHOSEN;
	if (!tsi || !tsr || ike_ts_parse(tsi, &n->tsi, &fault) ||
	    ike_ts_parse(tsr, &n->tsr, &fault))
		return NOTIFY_TS_UNACCEPTABLE;
	if (choose(&sa->gateway->config, &offer, ke ? &n->ke : NULL, n))
		return NOTIFY_NO_PROPOSAL_CHOSEN;
	if (n->suite.dh && (!ke || n->ke.group != n->suite.dh))
		return NOTIFY_INVALID_KE_PAYLOAD;
	n->transport = ike_notify_find(&req->chain, NOTIFY_USE_TRANSPORT_MODE, &notify);
	if (sa->inner_taken && !sa->inner_ip4 && !n->transport)
		return NOTIFY_FAILED_CP_REQUIRED; /* rule 17: not two clients with one address */
	selectors_narrow(sa, n->transport, &n->tsi, &n->tsr);
	if (n->tsi.n == 0 || n->tsr.n == 0)
		return NOTIFY_TS_UNACCEPTABLE;
	return sa->n_children >= CHILDREN_MAX ? NOTIFY_NO_ADDITIONAL_SAS : 0;
}

/* g^ir and our KE data, when PFS was agreed. */
static enum err exchange_ke(const struct negotiation *n, uint8_t *g_ir, size_t *g_ir_n,
			    uint8_t *public)
{
	struct dh *dh;
	enum err err;

	*g_ir_n = 0;
	if (!n->suite.dh)
		return ERR_OK;
	dh = dh_new(n->suite.dh);
	err = dh ? dh_public(dh, public) : ERR_CRYPTO;
	if (!err)
		err = dh_shared(dh, n->ke.data, g_ir, g_ir_n);
	dh_free(dh);
	return err;
}

static void write_answer(const struct negotiation *n, const struct sa_child *child,
			 const struct child_exchange *x, struct span public,
			 struct exchange_reply *r)
{
	struct ike_sa answer;

	ike_sa_init(&answer);
	(void)suite_esp_add_proposal(&answer, &n->suite, child->spi_in);
	answer.proposals[0].number = n->number;
	ike_sa_write(&r->w, &answer);
	if (x->write_nonce)
		ike_nonce_write(&r->w, x->nr);
	if (public.n)
		ike_ke_write(&r->w, n->suite.dh, public);
	ike_ts_write(&r->w, PAYLOAD_TSI, &n->tsi);
	ike_ts_write(&r->w, PAYLOAD_TSR, &n->tsr);
	if (n->transport)
		ike_notify_write_simple(&r->w, NOTIFY_USE_TRANSPORT_MODE, SPAN_NONE);
}

static void refuse(struct sa *sa, const struct negotiation *n, uint16_t why,
		   struct exchange_reply *r)
{
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("SA %s: no child SA: %s", sa_text(sa, spis), iana_notify_name(why));
	if (why == NOTIFY_INVALID_KE_PAYLOAD)
		exchange_reply_invalid_ke(r, n->suite.dh);
	else
		ike_notify_write_simple(&r->w, why, SPAN_NONE);
}

bool child_answer(struct sa *sa, struct exchange_request *req, const struct child_exchange *x,
		  struct exchange_reply *r)
{
	struct negotiation n = { 0 };
	uint8_t g_ir[DH_PUBLIC_MAX], public[DH_PUBLIC_MAX];
	size_t g_ir_n;
	struct sa_child *child;
	uint16_t why = negotiate(sa, req, &n);

	if (!why && exchange_ke(&n, g_ir, &g_ir_n, public))
		why = NOTIFY_NO_PROPOSAL_CHOSEN;
	if (why) {
		refuse(sa, &n, why, r);
		return false;
	}
	child = g_new0(struct sa_child, 1);
	child->spi_in = sa_child_new_spi(sa->gateway);
	child->spi_out = n.spi_out;
	child->suite = n.suite;
	child->transport = n.transport;
	if (child_keys_derive(&child->keys, &n.suite, sa->keys.suite.prf,
			      secret_peek(&sa->keys.sk_d), span_of(g_ir, g_ir_n), x->ni, x->nr)) {
		g_clear_pointer(&child, sa_child_free);
		refuse(sa, &n, NOTIFY_NO_PROPOSAL_CHOSEN, r);
	} else if (!sa_child_add(sa, child, &n.tsi, &n.tsr)) {
		g_clear_pointer(&child, sa_child_free);
		refuse(sa, &n, NOTIFY_NO_ADDITIONAL_SAS, r);
	} else {
		write_answer(&n, child, x,
			     span_of(public, n.suite.dh ? dh_public_size(n.suite.dh) : 0), r);
	}
	secret_wipe(g_ir, sizeof(g_ir));
	return child != NULL;
}

/* A child rekey names the old one by the SPI that the client receives on. false: there is none to be rekeyed, which is answered. */
static bool find_old(struct sa *sa, struct exchange_request *req, struct sa_child **old,
		     struct exchange_reply *r)
{
	struct ike_notify n;
	struct sa_child **at;
	struct rcursor c;

	*old = NULL;
	if (!ike_notify_find(&req->chain, NOTIFY_REKEY_SA, &n))
		return true;
	c = rcursor_init(n.spi, NULL);
	if (n.protocol == PROTOCOL_ESP)
		*old = sa_child_find_out(sa, rcursor_u32(&c, "SPI"), &at);
	/* RFC 7296 section 2.25.1: one that we are about to delete */
	if (*old && (*old)->state >= SA_CHILD_OVER) {
		ike_notify_write_simple(&r->w, NOTIFY_TEMPORARY_FAILURE, SPAN_NONE);
		return false;
	}
	if (*old)
		return true;
	n.type = NOTIFY_CHILD_SA_NOT_FOUND;
	n.data = SPAN_NONE;
	ike_notify_write(&r->w, &n);
	return false;
}

/* The client has made another in the place of `old`. It may have crossed a rekey of ours. */
static void replaced(struct sa *sa, struct sa_child *old, const struct child_exchange *x)
{
	struct sa_work *k = sa->work;
	char spis[IKE_SPIS_TEXT_MAX];

	if (k && !k->of_ike && k->old_in == old->spi_in) {
		log_info("SA %s: both ends rekey a child at once", sa_text(sa, spis));
		sa_work_crossed(k, x->ni, x->nr);
	}
	sa_child_replaced(sa, old);
}

void child_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	const struct chain_payload *p = chain_find(&req->chain, PAYLOAD_SA);
	const struct chain_payload *nonce = chain_find(&req->chain, PAYLOAD_NONCE);
	uint8_t nr[SA_NONCE_SIZE];
	struct child_exchange x = { .nr = SPAN_OF(nr), .write_nonce = true };
	struct sa_child *old;
	struct fault fault;
	struct ike_sa offer;

	if (sa->rekeyed) { /* RFC 7296 section 2.25.2: this SA is on its way out */
		ike_notify_write_simple(&r->w, NOTIFY_TEMPORARY_FAILURE, SPAN_NONE);
		return;
	}
	if (!p || !nonce || ike_sa_parse(p, &offer, &fault) ||
	    ike_nonce_parse(nonce, &x.ni, &fault) || offer.n_proposals == 0) {
		ike_notify_write_simple(&r->w, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE);
		return;
	}
	if (offer.proposals[0].protocol == PROTOCOL_IKE) {
		rekey_request(sa, req, &offer, r);
		return;
	}
	if (sa->work && sa->work->of_ike) { /* section 2.25.2: the SA is just being rekeyed by us */
		ike_notify_write_simple(&r->w, NOTIFY_TEMPORARY_FAILURE, SPAN_NONE);
		return;
	}
	if (!find_old(sa, req, &old, r) || !configure_answer(sa, req, r))
		return;
	rng_fill(&sa->gateway->ops.rng, nr, sizeof(nr));
	if (child_answer(sa, req, &x, r) && old)
		replaced(sa, old, &x);
}
