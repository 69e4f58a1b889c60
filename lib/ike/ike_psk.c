/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared-key AUTH, ours made and the gateway's verified. */
#include "ike/ike_psk.h"

#include "keys/auth.h"
#include "wire/ike_auth.h"

void ike_psk_write(struct ike_inner *in, const struct ike_attempt *t, const struct ike_keys *keys,
		   const struct ike_id *id, struct span psk)
{
	const uint16_t prf_id = keys->suite.prf;
	uint8_t mac[SECRET_MAX];
	const struct ike_auth auth = { .method = AUTH_SHARED_KEY_MIC,
				       .data = span_of(mac, suite_prf_size(prf_id)) };
	const enum err err =
	    auth_psk(prf_id, psk, t->request, t->nr, secret_peek(&keys->sk_pi), id, mac);

	if (err == ERR_OK) {
		ike_id_write(&in->w, PAYLOAD_IDI, id);
		ike_auth_write(&in->w, &auth);
	} else {
		wcursor_fail(&in->c, err);
	}
	secret_wipe(mac, sizeof(mac));
}

static bool mac_is_right(const struct ike_auth *auth, const struct ike_attempt *t,
			 const struct ike_keys *keys, struct span psk, const struct ike_id *id,
			 struct ike_broken *broken)
{
	const uint16_t prf_id = keys->suite.prf;
	uint8_t mac[SECRET_MAX];
	const enum err err =
	    auth_psk(prf_id, psk, t->response, t->ni, secret_peek(&keys->sk_pr), id, mac);
	bool right;

	if (err != ERR_OK)
		return ike_clause_break_err(broken, IKE_CLAUSE_KEYS, err);
	right = secret_equal(auth->data, span_of(mac, suite_prf_size(prf_id)));
	secret_wipe(mac, sizeof(mac));
	return right || ike_clause_break(broken, IKE_CLAUSE_AUTH, NULL);
}

bool ike_psk_verify(const struct chain *inner, const struct ike_attempt *t,
		    const struct ike_keys *keys, const struct ike_id *expected, struct span psk,
		    struct ike_id *id, uint8_t *method, struct ike_broken *broken)
{
	const struct chain_payload *p = chain_find(inner, PAYLOAD_IDR);
	struct ike_auth auth;
	struct fault fault = { ERR_MISSING, "", 0 };

	*id = (struct ike_id){ 0 };
	*method = 0;
	if (!p || ike_id_parse(p, id, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_IDR, &fault);
	if (expected && !ike_id_equal(id, expected))
		return ike_clause_break(broken, IKE_CLAUSE_IDENTITY, NULL);
	p = chain_find(inner, PAYLOAD_AUTH);
	if (!p || ike_auth_parse(p, &auth, &fault) != ERR_OK)
		return ike_clause_break(broken, IKE_CLAUSE_AUTH_MISSING, &fault);
	*method = auth.method;
	if (auth.method != AUTH_SHARED_KEY_MIC)
		return ike_clause_break(broken, IKE_CLAUSE_AUTH_METHOD, NULL);
	return mac_is_right(&auth, t, keys, psk, id, broken);
}
