/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH with a shared key (RFC 7296 sections 1.2 and 2.15), with a first child SA or without one
 * (RFC 6023). */
#include "exchange/auth.h"

#include <glib.h>

#include "core/response_cache.h"
#include "core/sa.h"
#include "core/services.h"
#include "exchange/child.h"
#include "exchange/configure.h"
#include "keys/auth.h"
#include "stub/stub_out.h"
#include "stub/stub_tell.h"
#include "wire/ike_payloads.h"

#define PRF_MAX 64

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

/* Does the client prove the identity that it claims? Its peer, or NULL. */
static const struct policy_peer *verify(struct sa *sa, struct exchange_request *req,
					struct ike_id *idi)
{
	const struct chain_payload *id = chain_find(&req->chain, PAYLOAD_IDI);
	const struct chain_payload *p = chain_find(&req->chain, PAYLOAD_AUTH);
	struct sa_setup *s = sa->setup;
	const struct policy_peer *peer;
	uint8_t expected[PRF_MAX];
	struct fault fault;
	struct ike_auth auth;
	bool ok;

	if (!id || ike_id_parse(id, idi, &fault))
		return NULL;
	/* No AUTH means EAP (2.16), which is not offered. */
	if (!p || ike_auth_parse(p, &auth, &fault) || auth.method != AUTH_SHARED_KEY_MIC)
		return NULL;
	peer = policy_find(sa->gateway->ops.policy, idi);
	if (!peer || peer->disabled)
		return NULL;
	if (auth_psk(s->suite.prf, span_of(peer->psk, peer->psk_n), s->entry->request,
		     span_of(s->nr, s->nr_n), secret_peek(&sa->keys.sk_pi), idi, expected))
		return NULL;
	ok = secret_equal(span_of(expected, sa->keys.sizes.prf_key), auth.data);
	secret_wipe(expected, sizeof(expected));
	return ok ? peer : NULL;
}

static bool write_own_auth(struct sa *sa, const struct policy_peer *peer, struct exchange_reply *r)
{
	const struct ike_id *idr = &sa->gateway->config.identity;
	struct sa_setup *s = sa->setup;
	uint8_t value[PRF_MAX] = { 0 };
	struct ike_auth auth = { AUTH_SHARED_KEY_MIC, span_of(value, sa->keys.sizes.prf_key) };

	if (auth_psk(s->suite.prf, span_of(peer->psk, peer->psk_n), s->entry->response,
		     span_of(s->ni, s->ni_n), secret_peek(&sa->keys.sk_pr), idr, value))
		return false;
	ike_id_write(&r->w, PAYLOAD_IDR, idr);
	ike_auth_write(&r->w, &auth);
	return true;
}

/* Rule 22: the index that the client named before it fell back, if the stub found there is this
 * client's. */
static void retire_named(struct sa *sa, const struct ike_id *idi)
{
	struct sa_setup *s = sa->setup;
	struct ike_id named = { s->named_id_type, span_of(s->named_id, s->named_id_n) };

	if (s->names_stub && ike_id_equal(&named, idi))
		stub_tell_delete(sa->gateway, &s->named);
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

static bool authenticate(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	struct gateway *g = sa->gateway;
	const struct policy_peer *peer;
	struct ike_notify n;
	struct ike_id idi = { 0 };

	peer = verify(sa, req, &idi);
	if (!peer || !sa_set_identity(sa, &idi) || !write_own_auth(sa, peer, r))
		return false;
	sa->expiry = services_utc(g) + g->config.ike_lifetime_s;
	if (ike_notify_find(&req->chain, NOTIFY_INITIAL_CONTACT, &n))
		sa_drop_others(sa);
	first_child(sa, req, r);
	exchange_reply_write_index(sa, r);
	retire_named(sa, &idi);
	return true;
}

void auth_request(struct sa *sa, const struct gateway_message *m)
{
	struct gateway *g = sa->gateway;
	struct exchange_request req = { 0 };
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;
	char who[128], from[ENDPOINT_TEXT_MAX], spis[IKE_SPIS_TEXT_MAX];

	if (m->header.exchange != EXCHANGE_IKE_AUTH || !derive(sa) ||
	    !exchange_request_open(sa, m, plain, &req))
		return;
	exchange_reply_init(&r);
	if (!exchange_request_parse(&req, &notify, &data)) {
		exchange_reply_error(&r, notify, span_of(&data, data ? 1 : 0));
		r.close = true;
	} else if (!authenticate(sa, &req, &r)) {
		g->counters.auth_failed++;
		log_notice("SA %s: authentication from %s failed", sa_text(sa, spis),
			   endpoint_text(&m->path->remote, from));
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
