/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH (RFC 7296 sections 1.2 and 2.15), with a first child SA or without one
 * (RFC 6023). */
#include "exchange/auth.h"

#include <glib.h>

#include "auth/eap.h"
#include "auth/psk.h"
#include "auth/pubkey.h"
#include "core/lease.h"
#include "core/refusal.h"
#include "core/sa.h"
#include "core/services.h"
#include "exchange/child.h"
#include "exchange/configure.h"
#include "exchange/mobike.h"
#include "exchange/redirect.h"
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
	[POLICY_EAP] = &eap_authenticator,
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

/* What the login said of itself goes with the SA; a shared key on both sides is what a stub says anyway. */
static bool keep_terms(const struct authentication *a)
{
	return a->peer->auth == POLICY_PSK || stub_out_keep(a->sa, &a->terms);
}

static void log_refusal(const struct authentication *a)
{
	char who[128], from[ENDPOINT_TEXT_MAX], spis[IKE_SPIS_TEXT_MAX];
	struct gateway *g = a->sa->gateway;

	g->counters.auth_failed++;
	refusal_log(g, LOG_LEVEL_NOTICE, "SA %s: %s%s%s from %s refused: %s%s%s",
		    sa_text(a->sa, spis), a->idi.data.p ? iana_id_type_name(a->idi.type) : "",
		    a->idi.data.p ? " " : "no identity",
		    a->idi.data.p ? ike_id_text(&a->idi, who, sizeof(who)) : "",
		    endpoint_text(&a->sa->path.remote, from), a->how, *a->how ? ": " : "", a->why);
}

/* INITIAL_CONTACT (rule 54): the client knows of no other SA, so their stubs are of no use to it either. */
static void end_others(struct sa *sa)
{
	struct sa *other = sa_of_same_identity(sa, NULL), *next;

	for (; other; other = next) {
		struct index ix = sa_index(other);

		next = sa_of_same_identity(sa, other);
		/* An IDi beside EAP is not proved: the name behind it must be the same, too. */
		if (!span_equal(stub_out_eap_identity(other), stub_out_eap_identity(sa)))
			continue;
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
		(void)child_answer(sa, req, &x, r);
}

/* The inner address that AAA wants it to have; one of our pools that somebody else has is not given twice. */
static void take_address(const struct authentication *a)
{
	char spis[IKE_SPIS_TEXT_MAX];

	if (!a->has_ip4)
		return;
	if (!lease_this(a->sa, a->ip4) && !lease_foreign(a->sa, a->ip4))
		log_notice("SA %s: the address that AAA gave it is taken, it gets another",
			   sa_text(a->sa, spis));
}

static bool authenticate(struct authentication *a, struct exchange_request *req,
			 struct exchange_reply *r)
{
	struct sa *sa = a->sa;
	struct gateway *g = sa->gateway;
	struct ike_notify n;

	if (!sa_set_identity(sa, &a->idi) || !methods[a->peer->auth]->done(a, &r->w) ||
	    !keep_terms(a))
		return false;
	sa->expiry = sa->over = stub_out_bound(sa, services_utc(g) + g->config.ike_lifetime_s);
	if (ike_notify_find(&req->chain, NOTIFY_INITIAL_CONTACT, &n))
		end_others(sa);
	if (redirect_login(sa, r))
		return true;
	take_address(a);
	mobike_agree(sa, req, r);
	first_child(sa, req, r);
	exchange_reply_write_index(sa, r);
	if (sa->setup->fell_back)
		stub_retire(sa, &sa->setup->named);
	return true;
}

static void refuse(struct authentication *a, struct exchange_reply *r)
{
	log_refusal(a);
	if (!a->told)
		exchange_reply_error(r, NOTIFY_AUTHENTICATION_FAILED, SPAN_NONE);
	r->close = true;
}

static void establish(struct sa *sa)
{
	struct ike_id id = sa_identity(sa);
	char who[128], spis[IKE_SPIS_TEXT_MAX];

	sa->gateway->counters.full++;
	log_info("SA %s: established with %s", sa_text(sa, spis),
		 ike_id_text(&id, who, sizeof(who)));
	if (stub_out_wanted(sa))
		stub_tell_init(sa);
	sa_establish(sa);
	redirect_established(sa);
}

/* The first message of a login has what its end answers: child SA, configuration, notifies. */
static void remember(struct sa *sa, const struct exchange_request *req)
{
	struct sa_setup *s = sa->setup;

	if (s->inner)
		return;
	s->first = req->first;
	s->inner_n = req->inner.n;
	s->inner = g_memdup2(req->inner.p, req->inner.n);
}

static bool recall(struct sa *sa, struct exchange_request *first)
{
	struct sa_setup *s = sa->setup;
	uint16_t notify;
	uint8_t data;

	*first = (struct exchange_request){ .exchange = EXCHANGE_IKE_AUTH,
					    .first = s->first,
					    .inner = span_of(s->inner, s->inner_n) };
	return exchange_request_parse(first, &notify, &data);
}

/* The peers may have been read again since the login began. */
static bool way_is_the_same(struct authentication *a)
{
	return methods[a->peer->auth]->answered ||
	       authentication_refuse(a, "its way to log in was changed meanwhile");
}

/* How far it has come, and the answer, if it is time for one. `hash`: of the request. */
static void go_on(struct authentication *a, enum auth_progress p, struct exchange_request *first,
		  const uint8_t hash[static SA_HASH_SIZE], struct exchange_reply *r)
{
	struct sa *sa = a->sa;
	uint8_t kept[SA_HASH_SIZE]; /* the setup may go */

	memcpy(kept, hash, SA_HASH_SIZE);
	if (p == AUTH_ASKS || p == AUTH_WAITS)
		remember(sa, first);
	if (p == AUTH_WAITS) {
		sa->setup->waits = true;
		memcpy(sa->setup->request_hash, kept, SA_HASH_SIZE);
		return;
	}
	if (p == AUTH_PROVEN && authenticate(a, first, r))
		establish(sa);
	else if (p != AUTH_ASKS)
		refuse(a, r);
	exchange_reply_send(sa, EXCHANGE_IKE_AUTH, kept, r);
}

static void answer(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	struct exchange_request recalled, *first = req;
	struct authentication a;
	enum auth_progress p = AUTH_REFUSED;

	if (sa->setup->login && recall(sa, &recalled))
		first = &recalled;
	if (identify(sa, first, &a)) {
		const struct authenticator *m = methods[a.peer->auth];

		a.request = &req->chain;
		if (sa->setup->login ? way_is_the_same(&a) : m->begin(&a))
			p = m->step(&a, &r->w);
	}
	go_on(&a, p, first, req->hash, r);
}

void auth_request(struct sa *sa, const struct gateway_message *m)
{
	struct exchange_request req;
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;

	if (m->header.exchange != EXCHANGE_IKE_AUTH || sa->setup->waits || !derive(sa) ||
	    !exchange_request_open(sa, m, plain, &req))
		return;
	exchange_reply_init(&r);
	if (exchange_request_parse(&req, &notify, &data)) {
		answer(sa, &req, &r);
		return;
	}
	exchange_reply_error(&r, notify, span_of(&data, data ? 1 : 0));
	r.close = true;
	exchange_reply_send(sa, req.exchange, req.hash, &r);
}

void auth_answered(struct sa *sa)
{
	struct exchange_request first;
	struct exchange_reply r;
	struct authentication a = { .sa = sa };
	enum auth_progress p = AUTH_REFUSED;

	sa->setup->waits = false;
	exchange_reply_init(&r);
	/* The identity may have been disabled meanwhile. */
	if (recall(sa, &first) && identify(sa, &first, &a) && way_is_the_same(&a))
		p = methods[a.peer->auth]->answered(&a, &r.w);
	go_on(&a, p, &first, sa->setup->request_hash, &r);
}
