/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH by signature, ours made and the gateway's verified. */
#include "ike/ike_signature.h"

#include <stdio.h>

#include "keys/auth.h"
#include "keys/certificate.h"
#include "wire/ike_auth.h"
#include "wire/ike_cert.h"
#include "wire/ike_notify.h"

void ike_signature_announce(struct chain_writer *w, signature_hashes hashes)
{
	uint8_t data[16];
	struct wcursor c = wcursor_init(data, sizeof(data));

	signature_hashes_write(&c, hashes);
	ike_notify_write_simple(w, NOTIFY_SIGNATURE_HASH_ALGORITHMS, wcursor_written(&c, 0));
}

signature_hashes ike_signature_announced(const struct ike_attempt *t)
{
	struct ike_header h;
	struct chain chain;
	struct ike_notify n;
	struct fault fault;

	if (chain_parse_message(t->response, &h, &chain, &fault) != ERR_OK ||
	    !ike_notify_find(&chain, NOTIFY_SIGNATURE_HASH_ALGORITHMS, &n))
		return 0;
	return signature_hashes_parse(n.data);
}

static enum err sign(const struct ike_attempt *t, const struct ike_keys *keys,
		     const struct ike_id *id, const struct credential *own,
		     const struct signature_wish *wish, struct wcursor *out, uint8_t *method)
{
	uint8_t buffer[AUTH_OCTETS_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	enum err err =
	    auth_octets(keys->suite.prf, t->request, t->nr, secret_peek(&keys->sk_pi), id, &c);

	return err ? err
		   : signature_make(credential_key(own), wish, wcursor_written(&c, 0), out, method);
}

void ike_signature_write(struct ike_inner *in, const struct ike_attempt *t,
			 const struct ike_keys *keys, const struct ike_id *id,
			 const struct credential *own, const struct signature_wish *wish)
{
	uint8_t data[SIGNATURE_DATA_MAX], method = 0;
	struct wcursor c = wcursor_init(data, sizeof(data));
	const enum err err = sign(t, keys, id, own, wish, &c, &method);

	if (err != ERR_OK) {
		wcursor_fail(&in->c, err);
		return;
	}
	ike_id_write(&in->w, PAYLOAD_IDI, id);
	for (size_t i = 0; i < credential_count(own); i++) {
		const struct ike_cert cert = { IANA_CERT_X509_SIGNATURE,
					       credential_certificate(own, i) };

		ike_cert_write(&in->w, PAYLOAD_CERT, &cert);
	}
	ike_auth_write(&in->w, &(struct ike_auth){ method, wcursor_written(&c, 0) });
}

static size_t collect(const struct chain *inner, struct span out[TRUST_CHAIN_MAX + 1])
{
	struct ike_cert cert;
	struct fault fault;
	size_t n = 0;

	for (unsigned i = 0; i < inner->n && n <= TRUST_CHAIN_MAX; i++)
		if (inner->at[i].type == PAYLOAD_CERT &&
		    ike_cert_parse(&inner->at[i], &cert, &fault) == ERR_OK &&
		    cert.encoding == IANA_CERT_X509_SIGNATURE)
			out[n++] = cert.data;
	return n;
}

static bool signature_is_right(const struct ike_auth *auth, const struct ike_attempt *t,
			       const struct ike_keys *keys, const struct ike_id *id, X509 *own,
			       struct ike_broken *broken)
{
	uint8_t buffer[AUTH_OCTETS_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	EVP_PKEY *key = certificate_key(own);
	enum err err =
	    auth_octets(keys->suite.prf, t->response, t->ni, secret_peek(&keys->sk_pr), id, &c);

	if (err != ERR_OK)
		return ike_clause_break_err(broken, IKE_CLAUSE_KEYS, err);
	err = key ? signature_verify(key, auth->method, auth->data, wcursor_written(&c, 0))
		  : ERR_UNSUPPORTED;
	return err == ERR_OK || ike_clause_break_err(broken, IKE_CLAUSE_AUTH, err);
}

static bool certificates_hold(const struct chain *inner, const struct ike_attempt *t,
			      const struct ike_keys *keys, const struct trust *trust, uint64_t utc,
			      const struct ike_id *id, const struct ike_auth *auth,
			      char why[static TRUST_WHY_MAX], struct ike_broken *broken)
{
	struct span certificates[TRUST_CHAIN_MAX + 1];
	X509 *own = trust_verify(trust, certificates, collect(inner, certificates), utc, why);
	bool ok;

	if (!own)
		return ike_clause_break(broken, IKE_CLAUSE_CERT, NULL);
	if (certificate_names(own, id)) {
		ok = signature_is_right(auth, t, keys, id, own, broken);
	} else {
		snprintf(why, TRUST_WHY_MAX, "it does not name the identity");
		ok = ike_clause_break(broken, IKE_CLAUSE_CERT, NULL);
	}
	certificate_free(own);
	return ok;
}

bool ike_signature_verify(const struct chain *inner, const struct ike_attempt *t,
			  const struct ike_keys *keys, const struct ike_id *expected,
			  const struct trust *trust, uint64_t utc, struct ike_id *id,
			  uint8_t *method, char why[static TRUST_WHY_MAX],
			  struct ike_broken *broken)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_IDR);
	struct ike_auth auth;
	struct fault fault = { ERR_MISSING, "", 0 };

	*id = (struct ike_id){ 0 };
	*method = 0;
	why[0] = '\0';
	if (!p || ike_id_parse(p, id, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_IDR, &fault);
	if (expected && !ike_id_equal(id, expected))
		return ike_clause_break(broken, IKE_CLAUSE_IDENTITY, NULL);
	p = chain_find(inner, PAYLOAD_AUTH);
	if (!p || ike_auth_parse(p, &auth, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_AUTH_MISSING, &fault);
	*method = auth.method;
	if (auth.method == AUTH_SHARED_KEY_MIC)
		return ike_clause_break(broken, IKE_CLAUSE_AUTH_METHOD, NULL);
	return certificates_hold(inner, t, keys, trust, utc, id, &auth, why, broken);
}
