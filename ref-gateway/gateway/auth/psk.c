/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH with a shared key (RFC 7296 section 2.15). */
#include "auth/psk.h"

#include "core/gateway_state.h"
#include "core/response_cache.h"
#include "keys/auth.h"
#include "keys/signature.h"
#include "wire/ike_auth.h"

#define PRF_MAX 64

static bool read_auth(const struct authentication *a, struct ike_auth *auth)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	struct fault fault;

	return p && !ike_auth_parse(p, auth, &fault);
}

static bool psk_begin(struct authentication *a)
{
	struct ike_auth auth;

	/* No AUTH means EAP (2.16). */
	if (!read_auth(a, &auth))
		return authentication_refuse(a, "no AUTH, but this identity has a shared key");
	(void)signature_text(auth.method, auth.data, a->how);
	return auth.method == AUTH_SHARED_KEY_MIC ||
	       authentication_refuse(a, "this identity has a shared key");
}

static bool psk_is_right(struct authentication *a)
{
	const struct sa *sa = a->sa;
	const struct sa_setup *s = sa->setup;
	uint8_t expected[PRF_MAX];
	struct ike_auth auth;
	bool ok;

	if (!read_auth(a, &auth) ||
	    auth_psk(s->suite.prf, span_of(a->peer->psk, a->peer->psk_n), s->entry->request,
		     span_of(s->nr, s->nr_n), secret_peek(&sa->keys.sk_pi), &a->idi, expected))
		return authentication_refuse(a, "AUTH cannot be computed");
	ok = secret_equal(span_of(expected, sa->keys.sizes.prf_key), auth.data);
	secret_wipe(expected, sizeof(expected));
	a->terms.auth_method_i = AUTH_SHARED_KEY_MIC;
	return ok || authentication_refuse(a, "AUTH is wrong: not that key");
}

static enum auth_progress psk_step(struct authentication *a, struct chain_writer *w)
{
	(void)w;
	return psk_is_right(a) ? AUTH_PROVEN : AUTH_REFUSED;
}

static bool psk_done(struct authentication *a, struct chain_writer *w)
{
	const struct sa *sa = a->sa;
	const struct ike_id *idr = &sa->gateway->config.identity;
	const struct sa_setup *s = sa->setup;
	uint8_t value[PRF_MAX] = { 0 };
	struct ike_auth auth = { AUTH_SHARED_KEY_MIC, span_of(value, sa->keys.sizes.prf_key) };

	if (auth_psk(s->suite.prf, span_of(a->peer->psk, a->peer->psk_n), s->entry->response,
		     span_of(s->ni, s->ni_n), secret_peek(&sa->keys.sk_pr), idr, value))
		return authentication_refuse(a, "our AUTH cannot be computed");
	ike_id_write(w, PAYLOAD_IDR, idr);
	ike_auth_write(w, &auth);
	a->terms.auth_method_r = AUTH_SHARED_KEY_MIC;
	return true;
}

const struct authenticator psk_authenticator = { psk_begin, psk_step, psk_done, NULL };
