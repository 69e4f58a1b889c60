/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What AUTH is over, AUTH by shared key, and BIND. */
#include "keys/auth.h"

#include "keys/algorithms.h"

/* prf(SK_p, ID body): the "rest of the ID payload" is type, three reserved octets, data (2.15). */
static enum err maced_id(uint16_t prf_id, struct span sk_p, const struct ike_id *id, uint8_t *out)
{
	const uint8_t head[4] = { id->type, 0, 0, 0 };
	struct span body[2] = { SPAN_OF(head), id->data };

	return prf(prf_id, sk_p, body, 2, out);
}

enum err auth_octets(uint16_t prf_id, struct span message, struct span peer_nonce, struct span sk_p,
		     const struct ike_id *id, struct wcursor *out)
{
	uint8_t mac[HASH_SIZE_MAX];
	enum err err = maced_id(prf_id, sk_p, id, mac);

	if (err)
		return err;
	wcursor_bytes(out, message);
	wcursor_bytes(out, peer_nonce);
	wcursor_bytes(out, span_of(mac, suite_prf_size(prf_id)));
	secret_wipe(mac, sizeof(mac));
	return out->err;
}

enum err auth_psk(uint16_t prf_id, struct span psk, struct span message, struct span peer_nonce,
		  struct span sk_p, const struct ike_id *id, uint8_t *out)
{
	const struct span pad = span_text("Key Pad for IKEv2");
	uint8_t mac[HASH_SIZE_MAX], key[HASH_SIZE_MAX];
	size_t size = suite_prf_size(prf_id);
	enum err err = maced_id(prf_id, sk_p, id, mac);

	if (!err)
		err = prf(prf_id, psk, &pad, 1, key);
	if (!err) {
		struct span octets[3] = { message, peer_nonce, span_of(mac, size) };

		err = prf(prf_id, span_of(key, size), octets, 3, out);
	}
	secret_wipe(key, sizeof(key));
	secret_wipe(mac, sizeof(mac));
	return err;
}

enum err auth_bind(uint16_t prf_id, struct span sk_p, struct span request, struct span response,
		   uint8_t *out)
{
	struct span parts[3] = { span_text("ikesync bind"), request, response };

	return prf(prf_id, sk_p, parts, 3, out);
}
