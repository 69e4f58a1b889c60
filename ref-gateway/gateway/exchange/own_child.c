/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying a child SA from our side: offered, answered, and who wins when the peer does the same. */
#include "exchange/own_child.h"

#include <glib.h>

#include "core/sa.h"
#include "core/sa_due.h"
#include "core/sa_work.h"
#include "core/services.h"
#include "exchange/own_info.h"
#include "exchange/own_request.h"
#include "stub/stub_tell.h"
#include "wire/ike_payloads.h"

static bool same_suite(const struct suite_esp *a, const struct suite_esp *b)
{
	return a->encr == b->encr && a->encr_key_bits == b->encr_key_bits && a->integ == b->integ &&
	       a->dh == b->dh && a->esn == b->esn;
}

/* The suite that the child has, with the group that the peer wants or that we have configured for it, then as it is, then the rest. */
static void collect_suites(const struct sa *sa, const struct sa_child *child, struct sa_work *k)
{
	const struct gateway_config *c = &sa->gateway->config;

	k->esp[k->n] = child->suite;
	if (child->rekey_group)
		k->esp[k->n].dh = child->rekey_group;
	k->n++;
	for (unsigned i = 0; i < c->n_esp; i++)
		if (!same_suite(&c->esp[i], &k->esp[0]))
			k->esp[k->n++] = c->esp[i];
}

static void write_rekey(struct own_request *q, uint32_t spi)
{
	uint8_t octets[4];
	const struct ike_notify n = { .protocol = PROTOCOL_ESP,
				      .type = NOTIFY_REKEY_SA,
				      .spi = SPAN_OF(octets) };

	address_ip4_write(octets, spi);
	ike_notify_write(&q->w, &n);
}

/* We are the initiator of this exchange: TSi is our side. */
static bool write_request(const struct sa *sa, const struct sa_child *child, struct own_request *q)
{
	const struct sa_work *k = sa->work;
	const struct ike_ts_list ours = sa_child_tsr(child), theirs = sa_child_tsi(child);
	uint8_t public[DH_PUBLIC_MAX];
	struct ike_sa offer;

	if (k->dh && dh_public(k->dh, public))
		return false;
	ike_sa_init(&offer);
	for (unsigned i = 0; i < k->n; i++)
		(void)suite_esp_add_proposal(&offer, &k->esp[i], k->new_in);
	own_request_init(q);
	write_rekey(q, child->spi_in);
	if (child->transport)
		ike_notify_write_simple(&q->w, NOTIFY_USE_TRANSPORT_MODE, SPAN_NONE);
	ike_sa_write(&q->w, &offer);
	ike_nonce_write(&q->w, SPAN_OF(k->ni));
	if (k->dh)
		ike_ke_write(&q->w, k->group, span_of(public, dh_public_size(k->group)));
	ike_ts_write(&q->w, PAYLOAD_TSI, &ours);
	ike_ts_write(&q->w, PAYLOAD_TSR, &theirs);
	return true;
}

/* What was answered. */
struct child_answer {
	struct suite_esp suite;
	uint32_t spi_out;
	struct span nr;
	struct ike_ke ke;
	struct ike_ts_list tsi, tsr;
};

static bool read_answer(const struct sa_work *k, const struct chain *answer, struct child_answer *a)
{
	const struct chain_payload *p = chain_find(answer, PAYLOAD_SA);
	const struct chain_payload *nonce = chain_find(answer, PAYLOAD_NONCE);
	const struct chain_payload *ke = chain_find(answer, PAYLOAD_KE);
	const struct chain_payload *tsi = chain_find(answer, PAYLOAD_TSI);
	const struct chain_payload *tsr = chain_find(answer, PAYLOAD_TSR);
	struct fault fault;
	struct ike_sa offer;
	uint8_t number;

	if (!p || !nonce || !tsi || !tsr || ike_sa_parse(p, &offer, &fault) ||
	    offer.n_proposals != 1 || ike_nonce_parse(nonce, &a->nr, &fault) ||
	    suite_esp_choose(&offer, k->esp, k->n, &a->suite, &number, &a->spi_out) ||
	    ike_ts_parse(tsi, &a->tsi, &fault) || ike_ts_parse(tsr, &a->tsr, &fault))
		return false;
	if (!a->suite.dh)
		return true;
	return k->dh && a->suite.dh == k->group && ke && !ike_ke_parse(ke, &a->ke, &fault) &&
	       a->ke.group == k->group;
}

/* As the data plane knows it, the client is the initiator. */
static void swap(struct child_keys *keys)
{
	struct child_keys k = { keys->encr_r, keys->integ_r, keys->encr_i, keys->integ_i };

	*keys = k;
	child_keys_clear(&k);
}

static enum err derive(const struct sa *sa, const struct child_answer *a, struct child_keys *out)
{
	const struct sa_work *k = sa->work;
	uint8_t g_ir[DH_PUBLIC_MAX];
	size_t n = 0;
	enum err err = a->suite.dh ? dh_shared(k->dh, a->ke.data, g_ir, &n) : ERR_OK;

	if (!err)
		err = child_keys_derive(out, &a->suite, sa->keys.suite.prf,
					secret_peek(&sa->keys.sk_d), span_of(g_ir, n),
					SPAN_OF(k->ni), a->nr);
	secret_wipe(g_ir, sizeof(g_ir));
	if (!err)
		swap(out);
	return err;
}

/* The peer has made one that we cannot use: it is deleted. */
static void give_back(struct sa *sa)
{
	struct sa_child *child = g_new0(struct sa_child, 1);

	child->spi_in = sa->work->new_in;
	sa_child_add_over(sa, child);
}

static void retry(struct sa *sa, struct sa_child *child, uint16_t error,
		  const struct ike_notify *notify)
{
	uint16_t wanted = 0;

	child->rekey_ms = 0;
	if (error == NOTIFY_TEMPORARY_FAILURE)
		child->rekey_ms = sa_due_later(sa->gateway);
	if (error == NOTIFY_INVALID_KE_PAYLOAD && !ike_ke_wanted_parse(notify->data, &wanted) &&
	    suite_dh_supported(wanted) && wanted != sa->work->group) {
		child->rekey_group = wanted;
		child->rekey_ms = services_now(sa->gateway);
	}
}

static void refused(struct sa *sa, uint16_t error, const struct ike_notify *notify)
{
	struct sa_child **at, *child = sa_child_find_in(sa, sa->work->old_in, &at);
	char spis[IKE_SPIS_TEXT_MAX];

	log_info("SA %s: our rekey of a child was answered with %s", sa_text(sa, spis),
		 iana_notify_name(error));
	if (!child || child->state != SA_CHILD_LIVE)
		return;
	if (error == NOTIFY_CHILD_SA_NOT_FOUND)
		sa_child_remove(sa, at);
	else
		retry(sa, child, error, notify);
}

/* RFC 7296 section 2.21.3: the answer of one who could make nothing of our request ends the SA. */
static bool ended(struct sa *sa, uint16_t error)
{
	struct index ix = sa_index(sa);
	char spis[IKE_SPIS_TEXT_MAX];

	log_notice("SA %s: ended by the client's %s", sa_text(sa, spis), iana_notify_name(error));
	if (sa->has_stub)
		stub_tell_delete(sa->gateway, &ix);
	sa_drop(sa);
	return false;
}

/* Ours has won, or there was no other. */
static void take_over(struct sa *sa, struct sa_child *old, const struct child_answer *a)
{
	struct sa_child *child = g_new0(struct sa_child, 1);
	char spis[IKE_SPIS_TEXT_MAX];

	child->spi_in = sa->work->new_in;
	child->spi_out = a->spi_out;
	child->suite = a->suite;
	child->transport = old->transport;
	child->rekey_group = old->rekey_group;
	/* Their side comes first, as in what the client asked for. */
	if (derive(sa, a, &child->keys) || !sa_child_add(sa, child, &a->tsr, &a->tsi)) {
		sa_child_add_over(sa, child);
		return;
	}
	old->state = SA_CHILD_OVER;
	log_info("SA %s: a child rekeyed", sa_text(sa, spis));
}

/* Wider selectors would take other clients' traffic. */
static bool fits(const struct sa_child *old, const struct child_answer *a)
{
	const struct ike_ts_list ours = sa_child_tsr(old), theirs = sa_child_tsi(old);

	return ike_ts_within(&a->tsi, &ours) && ike_ts_within(&a->tsr, &theirs);
}

static void made(struct sa *sa, const struct chain *answer)
{
	struct sa_child **at, *old = sa_child_find_in(sa, sa->work->old_in, &at);
	struct child_answer a;

	if (!read_answer(sa->work, answer, &a) || !old || !fits(old, &a) ||
	    sa_work_has_lost(sa->work, a.nr))
		give_back(sa);
	else
		take_over(sa, old, &a);
}

static bool answered(struct sa *sa, const struct chain *answer)
{
	struct ike_notify notify;
	uint16_t error;

	if (!answer)
		return own_info_is_dead(sa);
	error = own_request_error(answer, &notify);
	if (own_request_ended_sa(error))
		return ended(sa, error);
	if (error)
		refused(sa, error, &notify);
	else
		made(sa, answer);
	sa_work_forget(sa);
	return true;
}

bool own_child_rekey(struct sa *sa, struct sa_child *child)
{
	struct sa_work *k = sa_work_new(sa);
	struct own_request q;

	k->old_in = child->spi_in;
	k->new_in = sa_child_new_spi(sa->gateway);
	collect_suites(sa, child, k);
	if ((!k->esp[0].dh || !sa_work_make_dh(k, k->esp[0].dh)) && write_request(sa, child, &q) &&
	    own_request_send(sa, EXCHANGE_CREATE_CHILD_SA, &q, answered))
		return true;
	sa_work_forget(sa);
	return false;
}
