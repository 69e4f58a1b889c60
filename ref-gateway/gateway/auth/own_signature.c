/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IDr, the gateway's certificates, and its signature. */
#include "auth/own_signature.h"

#include "core/gateway_state.h"
#include "core/response_cache.h"
#include "keys/auth.h"
#include "keys/credential.h"
#include "keys/signature.h"
#include "wire/ike_auth.h"
#include "wire/ike_cert.h"

static enum err sign(const struct sa *sa, struct wcursor *out, uint8_t *method)
{
	const struct gateway *g = sa->gateway;
	const struct sa_setup *s = sa->setup;
	struct signature_wish wish = { s->hashes, g->config.rsa_pkcs1 };
	uint8_t buffer[AUTH_OCTETS_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	enum err err = auth_octets(s->suite.prf, s->entry->response, span_of(s->ni, s->ni_n),
				   secret_peek(&sa->keys.sk_pr), &g->config.identity, &c);

	if (err)
		return err;
	return signature_make(credential_key(g->ops.credential), &wish, wcursor_written(&c, 0), out,
			      method);
}

bool own_signature_write(struct authentication *a, struct chain_writer *w)
{
	const struct gateway *g = a->sa->gateway;
	const struct credential *own = g->ops.credential;
	uint8_t data[SIGNATURE_DATA_MAX], method;
	struct wcursor c = wcursor_init(data, sizeof(data));
	enum err err;

	if (!own)
		return authentication_refuse(a, "this gateway has no certificate");
	err = sign(a->sa, &c, &method);
	if (err == ERR_UNSUPPORTED)
		return authentication_refuse(
		    a, "it announced no signature that our key can make (RFC 7427)");
	if (err)
		return authentication_refuse(a, "our signature: %s", err_text(err));
	ike_id_write(w, PAYLOAD_IDR, &g->config.identity);
	for (size_t i = 0; i < credential_count(own); i++) {
		struct ike_cert cert = { IANA_CERT_X509_SIGNATURE, credential_certificate(own, i) };

		ike_cert_write(w, PAYLOAD_CERT, &cert);
	}
	ike_auth_write(w, &(struct ike_auth){ method, wcursor_written(&c, 0) });
	a->terms.auth_method_r = method;
	return true;
}
