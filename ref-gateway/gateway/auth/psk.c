/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH with a shared key (RFC 7296 section 2.15). */
#include "auth/psk.h"

#include "core/gateway_state.h"
#include "core/response_cache.h"
#include "keys/auth.h"
#include "wire/ike_auth.h"

#define PRF_MAX 64

static bool read_auth(const struct authentication *a, struct ike_auth *auth)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	struct fault fault;

	/* No AUTH means EAP (2.16). */
	return p && !ike_auth_parse(p, auth, &fault) && auth->method == AUTH_SHARED_KEY_MIC;
}

static bool psk_begin(const struct authentication *a)
{
	struct ike_auth auth;

	return read_auth(a, &auth);
}

static bool psk_step(const struct authentication *a)
{
	const struct sa *sa = a->sa;
	const struct sa_setup *s = sa->setup;
	uint8_t expected[PRF_MAX];
	struct ike_auth auth;
	bool ok;

	if (!read_auth(a, &auth) ||
	    auth_psk(s->suite.prf, span_of(a->peer->psk, a->peer->psk_n), s->entry->request,
		     span_of(s->nr, s->nr_n), secret_peek(&sa->keys.sk_pi), &a->idi, expected))
		return false;
	ok = secret_equal(span_of(expected, sa->keys.sizes.prf_key), auth.data);
	secret_wipe(expected, sizeof(expected));
	return ok;
}

static bool psk_done(const struct authentication *a, struct chain_writer *w)
{
	const struct sa *sa = a->sa;
	const struct ike_id *idr = &sa->gateway->config.identity;
	const struct sa_setup *s = sa->setup;
	uint8_t value[PRF_MAX] = { 0 };
	struct ike_auth auth = { AUTH_SHARED_KEY_MIC, span_of(value, sa->keys.sizes.prf_key) };

	if (auth_psk(s->suite.prf, span_of(a->peer->psk, a->peer->psk_n), s->entry->response,
		     span_of(s->ni, s->ni_n), secret_peek(&sa->keys.sk_pr), idr, value))
		return false;
	ike_id_write(w, PAYLOAD_IDR, idr);
	ike_auth_write(w, &auth);
	return true;
}

const struct authenticator psk_authenticator = { psk_begin, psk_step, psk_done };
