/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH (RFC 7296 sections 1.2 and 2.15), with a first child SA or without one
 * (RFC 6023). */
#include "exchange/auth.h"

#include <glib.h>

#include "auth/psk.h"
#include "auth/pubkey.h"
#include "core/refusal.h"
#include "core/sa.h"
#include "core/services.h"
#include "exchange/child.h"
#include "exchange/configure.h"
#include "stub/stub_out.h"
#include "stub/stub_retire.h"
#include "stub/stub_tell.h"
#include "wire/ike_payloads.h"

static bool derive(struct sa *sa)
{
	struct sa_setup *s = sa->setup;
	uint8_t g_ir[DH_PUBLIC_MAX];
	size_t n = 0;
	struct ike_seed seed = { span_of(s->ni, s->ni_n), span_of(s->nr, s->nr_n), sa->spi_i,
				 sa->spi_r };
	enum err err;

	if (sa->keyed)
		return true;
	if (!s->dh)
		return false;
	err = dh_shared(s->dh, span_of(s->ke, s->ke_n), g_ir, &n);
	if (!err)
		err = ike_keys_initial(&sa->keys, &s->suite, &seed, span_of(g_ir, n));
	secret_wipe(g_ir, sizeof(g_ir));
	/* One try: KE data that is no point of the curve does not become one. */
	dh_free(s->dh);
	s->dh = NULL;
	if (err) {
		log_debug("SA %016" PRIx64 ": no keys: %s", sa->spi_r, err_text(err));
		return false;
	}
	sa->keyed = true;
	services_log_keys(sa->gateway, sa);
	return true;
}

/* The ways to log in. */
static const struct authenticator *const methods[] = {
	[POLICY_PSK] = &psk_authenticator,
	[POLICY_PUBKEY] = &pubkey_authenticator,
};

/* Who claims to be whom? false: nobody that may. */
static bool identify(struct sa *sa, const struct exchange_request *req, struct authentication *a)
{
	const struct chain_payload *id = chain_find(&req->chain, PAYLOAD_IDI);
	struct fault fault;

	memset(a, 0, sizeof(*a));
	a->sa = sa;
	a->request = &req->chain;
	/* Of two, some would look at one and some at the other. */
	if (chain_count(&req->chain, PAYLOAD_IDI) != 1 ||
	    chain_count(&req->chain, PAYLOAD_AUTH) > 1)
		return authentication_refuse(a, "not one IDi and at most one AUTH");
	if (ike_id_parse(id, &a->idi, &fault))
		return authentication_refuse(a, "no IDi that can be read");
	a->peer = policy_find(sa->gateway->ops.policy, &a->idi);
	if (!a->peer)
		return authentication_refuse(a, "no peer of this identity");
	return !a->peer->disabled || authentication_refuse(a, "disabled");
}

/* Both sides prove themselves. */
static bool prove(struct authentication *a, struct exchange_reply *r)
{
	const struct authenticator *m = methods[a->peer->auth];

	return m->begin(a) && m->step(a) && sa_set_identity(a->sa, &a->idi) && m->done(a, &r->w);
}

/* What the login said of itself goes with the SA; a shared key on both sides is what a stub says anyway. */
static bool keep_terms(const struct authentication *a)
{
	return a->peer->auth == POLICY_PSK || stub_out_keep(a->sa, &a->terms);
}

static void log_refusal(const struct authentication *a, const struct gateway_message *m)
{
	char who[128], from[ENDPOINT_TEXT_MAX], spis[IKE_SPIS_TEXT_MAX];
	struct gateway *g = a->sa->gateway;

	g->counters.auth_failed++;
	refusal_log(g, LOG_LEVEL_NOTICE, "SA %s: %s%s%s from %s refused: %s%s%s",
		    sa_text(a->sa, spis), a->idi.data.p ? iana_id_type_name(a->idi.type) : "",
		    a->idi.data.p ? " " : "no identity",
		    a->idi.data.p ? ike_id_text(&a->idi, who, sizeof(who)) : "",
		    endpoint_text(&m->path->remote, from), a->how, *a->how ? ": " : "", a->why);
}

/* INITIAL_CONTACT (rule 54): the client knows of no other SA, so their stubs are of no use to it either. */
static void end_others(struct sa *sa)
{
	struct sa *other;

	while ((other = sa_of_same_identity(sa))) {
		struct index ix = sa_index(other);

		if (other->has_stub)
			stub_tell_delete(sa->gateway, &ix);
		sa_drop(other);
	}
}

static void first_child(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	struct child_exchange x = { .ni = span_of(sa->setup->ni, sa->setup->ni_n),
				    .nr = span_of(sa->setup->nr, sa->setup->nr_n) };

	if (!configure_answer(sa, req, r))
		return;
	if (chain_find(&req->chain, PAYLOAD_SA))
		child_answer(sa, req, &x, r);
}

static bool authenticate(struct authentication *a, struct exchange_request *req,
			 struct exchange_reply *r)
{
	struct sa *sa = a->sa;
	struct gateway *g = sa->gateway;
	struct ike_notify n;

	if (!prove(a, r) || !keep_terms(a))
		return false;
	sa->expiry = sa->over = stub_out_bound(sa, services_utc(g) + g->config.ike_lifetime_s);
	if (ike_notify_find(&req->chain, NOTIFY_INITIAL_CONTACT, &n))
		end_others(sa);
	first_child(sa, req, r);
	exchange_reply_write_index(sa, r);
	if (sa->setup->fell_back)
		stub_retire(sa, &sa->setup->named);
	return true;
}

void auth_request(struct sa *sa, const struct gateway_message *m)
{
	struct gateway *g = sa->gateway;
	struct exchange_request req;
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;
	struct authentication a;
	char who[128], spis[IKE_SPIS_TEXT_MAX];

	if (m->header.exchange != EXCHANGE_IKE_AUTH || !derive(sa) ||
	    !exchange_request_open(sa, m, plain, &req))
		return;
	exchange_reply_init(&r);
	if (!exchange_request_parse(&req, &notify, &data)) {
		exchange_reply_error(&r, notify, span_of(&data, data ? 1 : 0));
		r.close = true;
	} else if (!identify(sa, &req, &a) || !authenticate(&a, &req, &r)) {
		log_refusal(&a, m);
		exchange_reply_error(&r, NOTIFY_AUTHENTICATION_FAILED, SPAN_NONE);
		r.close = true;
	} else {
		struct ike_id id = sa_identity(sa);

		g->counters.full++;
		log_info("SA %s: established with %s", sa_text(sa, spis),
			 ike_id_text(&id, who, sizeof(who)));
		if (stub_out_wanted(sa))
			stub_tell_init(sa);
		sa_establish(sa);
	}
	exchange_reply_send(sa, req.exchange, req.hash, &r);
}
