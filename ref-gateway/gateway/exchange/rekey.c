/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying of the IKE SA by the client (RFC 7296 sections 1.3.2 and 2.18); its stub gets a new
 * index (rule 30). */
#include "exchange/rekey.h"

#include "core/sa.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "exchange/succession.h"
#include "wire/ike_payloads.h"

struct rekey {
	struct suite suite;
	uint8_t number;
	uint64_t spi_i;
	struct ike_ke ke;
	struct span ni;
	uint8_t nr[SA_NONCE_SIZE];
	uint8_t public[DH_PUBLIC_MAX];
};

/* The initiator's new SPI in the proposal that was chosen; 0: none. */
static uint64_t offered_spi(const struct ike_sa *offer, uint8_t number)
{
	for (unsigned i = 0; i < offer->n_proposals; i++) {
		const struct ike_proposal *p = &offer->proposals[i];
		struct rcursor c = rcursor_init(span_of(p->spi, p->spi_size), NULL);

		if (p->number == number && p->spi_size == 8)
			return rcursor_u64(&c, "SPI");
	}
	return 0;
}

static uint16_t negotiate(struct gateway *g, struct exchange_request *req,
			  const struct ike_sa *offer, struct rekey *k)
{
	const struct chain_payload *ke = chain_find(&req->chain, PAYLOAD_KE);
	const struct chain_payload *ni = chain_find(&req->chain, PAYLOAD_NONCE);
	struct fault fault;

	if (!ke || ike_ke_parse(ke, &k->ke, &fault) || ike_nonce_parse(ni, &k->ni, &fault))
		return NOTIFY_NO_PROPOSAL_CHOSEN; /* the SA goes on: INVALID_SYNTAX would end it */
	if (suite_choose_for_group(offer, g->config.ike, g->config.n_ike, k->ke.group, &k->suite,
				   &k->number))
		return NOTIFY_NO_PROPOSAL_CHOSEN;
	if (k->suite.dh != k->ke.group)
		return NOTIFY_INVALID_KE_PAYLOAD;
	k->spi_i = offered_spi(offer, k->number);
	return k->spi_i ? 0 : NOTIFY_NO_PROPOSAL_CHOSEN;
}

static enum err derive(struct sa *old, struct sa *new, struct rekey *k)
{
	struct ike_seed seed = { k->ni, SPAN_OF(k->nr), new->spi_i, new->spi_r };
	uint8_t g_ir[DH_PUBLIC_MAX];
	size_t n = 0;
	struct dh *dh = dh_new(k->suite.dh);
	enum err err = dh ? dh_public(dh, k->public) : ERR_CRYPTO;

	if (!err)
		err = dh_shared(dh, k->ke.data, g_ir, &n);
	if (!err)
		err = ike_keys_rekey(&new->keys, &k->suite, &seed, old->keys.suite.prf,
				     secret_peek(&old->keys.sk_d), span_of(g_ir, n));
	dh_free(dh);
	secret_wipe(g_ir, sizeof(g_ir));
	new->keyed = err == ERR_OK;
	return err;
}

static void write_answer(const struct sa *new, const struct rekey *k, struct exchange_reply *r)
{
	struct ike_sa answer;
	uint8_t spi[8];
	struct wcursor c = wcursor_init(spi, sizeof(spi));

	wcursor_u64(&c, new->spi_r);
	ike_sa_init(&answer);
	(void)suite_add_proposal(&answer, &k->suite, SPAN_OF(spi));
	answer.proposals[0].number = k->number;
	ike_sa_write(&r->w, &answer);
	ike_nonce_write(&r->w, SPAN_OF(k->nr));
	ike_ke_write(&r->w, k->suite.dh, span_of(k->public, dh_public_size(k->suite.dh)));
}

/* What stands in the way (RFC 7296 section 2.25.2); 0: nothing. */
static uint16_t obstacle(const struct sa *sa)
{
	if (sa->work && (!sa->work->of_ike || sa->work->crossed))
		return NOTIFY_TEMPORARY_FAILURE;
	for (const struct sa_child *c = sa->children; c; c = c->next)
		if (c->state == SA_CHILD_DELETED)
			return NOTIFY_TEMPORARY_FAILURE;
	return 0;
}

/* Ours is under way, too: which of the two lives is known when it is answered (section 2.8.2). */
static void cross(struct sa *sa, struct sa *new, const struct rekey *k)
{
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("SA %s: both ends rekey it at once", sa_text(sa, spis));
	sa_work_crossed(sa->work, k->ni, SPAN_OF(k->nr));
	sa->work->their_spi = sa_own_spi(new);
	sa_rekeyed(new);
}

static void refuse(uint16_t why, const struct rekey *k, struct exchange_reply *r)
{
	if (why == NOTIFY_INVALID_KE_PAYLOAD)
		exchange_reply_invalid_ke(r, k->suite.dh);
	else
		ike_notify_write_simple(&r->w, why, SPAN_NONE);
}

void rekey_request(struct sa *sa, struct exchange_request *req, const struct ike_sa *offer,
		   struct exchange_reply *r)
{
	struct gateway *g = sa->gateway;
	struct rekey k = { 0 };
	struct sa *new;
	uint16_t why = obstacle(sa);

	if (!why)
		why = negotiate(g, req, offer, &k);
	if (!why && g->counters.sas >= g->config.max_sas) {
		g->counters.refused_by_cap++;
		why = NOTIFY_NO_ADDITIONAL_SAS;
	}
	if (why) {
		refuse(why, &k, r);
		return;
	}
	rng_fill(&g->ops.rng, k.nr, sizeof(k.nr));
	new = sa_new(g, k.spi_i, 0, SA_ESTABLISHED);
	new->expected = 0; /* RFC 7296 section 2.2: both message IDs start again */
	if (derive(sa, new, &k)) {
		sa_drop(new);
		ike_notify_write_simple(&r->w, NOTIFY_NO_PROPOSAL_CHOSEN, SPAN_NONE);
		return;
	}
	new->suite = k.suite;
	services_log_keys(g, new);
	succession_prepare(sa, new);
	if (sa->work)
		cross(sa, new, &k);
	else
		succession_take(sa, new);
	write_answer(new, &k, r);
	exchange_reply_write_index(new, r);
}
