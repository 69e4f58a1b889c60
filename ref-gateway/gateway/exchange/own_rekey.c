/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA from our side: offered, answered, and who wins when the peer does the same. */
#include "exchange/own_rekey.h"

#include <glib.h>

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "exchange/farewell.h"
#include "exchange/own_info.h"
#include "exchange/own_request.h"
#include "exchange/succession.h"
#include "stub/stub_out.h"
#include "stub/stub_tell.h"
#include "wire/ike_payloads.h"

static bool same_suite(const struct suite *a, const struct suite *b)
{
	return a->encr == b->encr && a->encr_key_bits == b->encr_key_bits && a->prf == b->prf &&
	       a->integ == b->integ && a->dh == b->dh;
}

/* What the SA has, then what we like best. */
static void collect_suites(const struct sa *sa, struct sa_work *k)
{
	const struct gateway_config *c = &sa->gateway->config;

	if (suite_dh_supported(sa->suite.dh))
		k->ike[k->n++] = sa->suite;
	for (unsigned i = 0; i < c->n_ike; i++)
		if (!k->n || !same_suite(&c->ike[i], &k->ike[0]))
			k->ike[k->n++] = c->ike[i];
}

static bool offers_group(const struct sa_work *k, uint16_t group)
{
	for (unsigned i = 0; i < k->n; i++)
		if (k->ike[i].dh == group)
			return true;
	return false;
}

/* Rule 5: the index that the stub will have, since nobody answers with one. */
static void write_index(const struct sa *sa, struct own_request *q)
{
	struct index ix = { sa->work->new_spi, sa->gateway->config.address };
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	if (!stub_out_wanted(sa) || !services_bank_durable(sa->gateway))
		return;
	index_write(&c, &ix);
	ike_notify_write_simple(&q->w, NOTIFY_IKESYNC_INDEX, wcursor_written(&c, 0));
}

static bool write_request(const struct sa *sa, struct own_request *q)
{
	const struct sa_work *k = sa->work;
	uint8_t spi[8], public[DH_PUBLIC_MAX];
	struct wcursor c = wcursor_init(spi, sizeof(spi));
	struct ike_sa offer;

	if (dh_public(k->dh, public))
		return false;
	wcursor_u64(&c, k->new_spi);
	ike_sa_init(&offer);
	for (unsigned i = 0; i < k->n; i++)
		(void)suite_add_proposal(&offer, &k->ike[i], SPAN_OF(spi));
	own_request_init(q);
	ike_sa_write(&q->w, &offer);
	ike_nonce_write(&q->w, SPAN_OF(k->ni));
	ike_ke_write(&q->w, k->group, span_of(public, dh_public_size(k->group)));
	write_index(sa, q);
	return true;
}

/* What was answered. */
struct rekey_answer {
	struct suite suite;
	uint64_t spi_r;
	struct span nr;
	struct ike_ke ke;
};

static bool read_answer(const struct sa_work *k, const struct chain *answer, struct rekey_answer *a)
{
	const struct chain_payload *p = chain_find(answer, PAYLOAD_SA);
	const struct chain_payload *nonce = chain_find(answer, PAYLOAD_NONCE);
	const struct chain_payload *ke = chain_find(answer, PAYLOAD_KE);
	struct fault fault;
	struct ike_sa offer;
	struct rcursor c;
	uint8_t number;

	if (!p || !nonce || !ke || ike_sa_parse(p, &offer, &fault) ||
	    ike_nonce_parse(nonce, &a->nr, &fault) || ike_ke_parse(ke, &a->ke, &fault) ||
	    offer.n_proposals != 1 || offer.proposals[0].spi_size != 8 ||
	    suite_choose(&offer, k->ike, k->n, &a->suite, &number))
		return false;
	c = rcursor_init(span_of(offer.proposals[0].spi, 8), NULL);
	a->spi_r = rcursor_u64(&c, "SPI");
	return a->spi_r && a->suite.dh == k->group && a->ke.group == k->group;
}

/* NULL: there are no keys, or no place. */
static struct sa *make_sa(struct sa *old, const struct rekey_answer *a)
{
	const struct sa_work *k = old->work;
	struct ike_seed seed = { SPAN_OF(k->ni), a->nr, k->new_spi, a->spi_r };
	struct sa *new = sa_new_initiated(old->gateway, k->new_spi, a->spi_r);
	uint8_t g_ir[DH_PUBLIC_MAX];
	size_t n = 0;
	enum err err;

	if (!new)
		return NULL;
	err = dh_shared(k->dh, a->ke.data, g_ir, &n);
	if (!err)
		err = ike_keys_rekey(&new->keys, &a->suite, &seed, old->keys.suite.prf,
				     secret_peek(&old->keys.sk_d), span_of(g_ir, n));
	secret_wipe(g_ir, sizeof(g_ir));
	if (err) {
		sa_drop(new);
		return NULL;
	}
	new->keyed = true;
	new->suite = a->suite;
	succession_prepare(old, new);
	services_log_keys(old->gateway, new);
	return new;
}

/* The peer's own rekey, which crossed ours, is what goes on; else we try again, or not. */
static bool refused(struct sa *sa, uint16_t error, const struct ike_notify *notify)
{
	uint16_t group = sa->work->group, wanted = 0;
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("SA %s: our rekey was answered with %s", sa_text(sa, spis),
		 iana_notify_name(error));
	if (succession_settle(sa))
		return false;
	sa_work_forget(sa);
	sa->rekey_ms = 0;
	if (error == NOTIFY_TEMPORARY_FAILURE)
		sa->rekey_ms = sa_due_later(sa->gateway);
	if (error == NOTIFY_INVALID_KE_PAYLOAD && !ike_ke_wanted_parse(notify->data, &wanted) &&
	    wanted != group && wanted != sa->rekey_group) {
		sa->rekey_group = wanted;
		sa->rekey_ms = services_now(sa->gateway);
	}
	return true;
}

/* The peer says that the SA is over, or what it says makes no sense. */
static bool broken(struct sa *sa, const char *why)
{
	struct index ix = sa_index(sa);
	char spis[IKE_SPIS_TEXT_MAX];

	log_notice("SA %s: our rekey: %s", sa_text(sa, spis), why);
	if (succession_settle(sa))
		return false;
	if (sa->has_stub)
		stub_tell_delete(sa->gateway, &ix);
	sa_drop(sa);
	return false;
}

/* Ours has lost: what it made is deleted by us, the old SA by the peer. */
static bool decide(struct sa *old, struct sa *new, struct span nr)
{
	struct sa *loser = old;

	if (sa_work_has_lost(old->work, nr) && succession_settle(old)) {
		loser = new;
	} else {
		sa_work_forget(old);
		succession_take(old, new);
	}
	farewell_begin(loser);
	return false;
}

static bool answered(struct sa *sa, const struct chain *answer)
{
	struct ike_notify notify;
	struct rekey_answer a;
	struct sa *new;
	uint16_t error;

	if (!answer)
		return succession_settle(sa) ? false : own_info_is_dead(sa);
	error = own_request_error(answer, &notify);
	if (own_request_ended_sa(error))
		return broken(sa, iana_notify_name(error));
	if (error)
		return refused(sa, error, &notify);
	if (!read_answer(sa->work, answer, &a))
		return broken(sa, "the answer cannot be read");
	new = make_sa(sa, &a);
	return new ? decide(sa, new, a.nr) : broken(sa, "no keys can be made");
}

bool own_rekey_begin(struct sa *sa)
{
	struct sa_work *k = sa_work_new(sa);
	struct own_request q;

	k->of_ike = true;
	k->new_spi = sa_fresh_spi(sa->gateway);
	collect_suites(sa, k);
	if (k->n &&
	    !sa_work_make_dh(k,
			     offers_group(k, sa->rekey_group) ? sa->rekey_group : k->ike[0].dh) &&
	    write_request(sa, &q) && own_request_send(sa, EXCHANGE_CREATE_CHILD_SA, &q, answered))
		return true;
	sa_work_forget(sa);
	return false;
}
