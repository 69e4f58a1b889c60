/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's certificates and signature: chain, identity, AUTH (RFC 7296 sections 2.15 and 3.6, RFC 7427). */
#include "auth/pubkey.h"

#include "auth/own_signature.h"
#include "core/gateway_state.h"
#include "core/response_cache.h"
#include "core/services.h"
#include "keys/auth.h"
#include "keys/certificate.h"
#include "keys/signature.h"
#include "keys/trust.h"
#include "wire/ike_auth.h"
#include "wire/ike_cert.h"

static bool pubkey_begin(struct authentication *a)
{
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	struct fault fault;
	struct ike_auth auth;

	if (!p || ike_auth_parse(p, &auth, &fault))
		return authentication_refuse(a, "no AUTH, but this identity has a certificate");
	(void)signature_text(auth.method, auth.data, a->how);
	return auth.method != AUTH_SHARED_KEY_MIC ||
	       authentication_refuse(a, "this identity has a certificate");
}

/* X.509 alone, the client's own one first (RFC 7296 section 3.6); one more than may be, so that it shows. */
static size_t collect(const struct chain *request, struct span out[TRUST_CHAIN_MAX + 1])
{
	struct ike_cert cert;
	struct fault fault;
	size_t n = 0;

	for (unsigned i = 0; i < request->n && n <= TRUST_CHAIN_MAX; i++)
		if (request->at[i].type == PAYLOAD_CERT &&
		    !ike_cert_parse(&request->at[i], &cert, &fault) &&
		    cert.encoding == IANA_CERT_X509_SIGNATURE)
			out[n++] = cert.data;
	return n;
}

static enum err verify(const struct authentication *a, const struct ike_auth *auth, X509 *own)
{
	const struct sa *sa = a->sa;
	const struct sa_setup *s = sa->setup;
	uint8_t buffer[AUTH_OCTETS_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	enum err err = auth_octets(s->suite.prf, s->entry->request, span_of(s->nr, s->nr_n),
				   secret_peek(&sa->keys.sk_pi), &a->idi, &c);
	EVP_PKEY *key = certificate_key(own);

	if (!key)
		return ERR_UNSUPPORTED;
	return err ? err : signature_verify(key, auth->method, auth->data, wcursor_written(&c, 0));
}

/* What a certificate that holds says of this client. */
static bool judge(struct authentication *a, const struct ike_auth *auth, X509 *own)
{
	enum err err;

	if (!certificate_names(own, &a->idi))
		return authentication_refuse(a, "the certificate does not name this identity");
	err = verify(a, auth, own);
	if (err == ERR_AUTH)
		return authentication_refuse(a, "the signature is wrong");
	if (err)
		return authentication_refuse(a, "the signature: %s", err_text(err));
	a->terms.auth_method_i = auth->method;
	a->terms.reauth_deadline = certificate_end(own); /* rule 21 */
	return true;
}

static bool signature_is_right(struct authentication *a)
{
	const struct gateway *g = a->sa->gateway;
	const struct chain_payload *p = chain_find(a->request, PAYLOAD_AUTH);
	struct span certificates[TRUST_CHAIN_MAX + 1];
	char why[TRUST_WHY_MAX];
	struct ike_auth auth;
	struct fault fault;
	X509 *own;
	bool ok;

	if (!g->ops.trust)
		return authentication_refuse(a, "this gateway trusts no authority");
	if (!p || ike_auth_parse(p, &auth, &fault))
		return authentication_refuse(a, "no AUTH");
	own = trust_verify(g->ops.trust, certificates, collect(a->request, certificates),
			   services_utc(g), why);
	if (!own)
		return authentication_refuse(a, "%s", why);
	ok = judge(a, &auth, own);
	certificate_free(own);
	return ok;
}

static enum auth_progress pubkey_step(struct authentication *a, struct chain_writer *w)
{
	(void)w;
	return signature_is_right(a) ? AUTH_PROVEN : AUTH_REFUSED;
}

const struct authenticator pubkey_authenticator = { pubkey_begin, pubkey_step, own_signature_write,
						    NULL };
