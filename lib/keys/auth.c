/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH by shared key, and BIND. */
#include "keys/auth.h"

#include "keys/algorithms.h"

enum err auth_psk(uint16_t prf_id, struct span psk, struct span message, struct span peer_nonce,
		  struct span sk_p, const struct ike_id *id, uint8_t *out)
{
	/* The "rest of the ID payload": type, three reserved octets, data (2.15). */
	const uint8_t head[4] = { id->type, 0, 0, 0 };
	const struct span pad = span_text("Key Pad for IKEv2");
	struct span id_body[2] = { SPAN_OF(head), id->data };
	uint8_t maced_id[HASH_SIZE_MAX], key[HASH_SIZE_MAX];
	size_t size = suite_prf_size(prf_id);
	enum err err;

	err = prf(prf_id, sk_p, id_body, 2, maced_id);
	if (!err)
		err = prf(prf_id, psk, &pad, 1, key);
	if (!err) {
		struct span octets[3] = { message, peer_nonce, span_of(maced_id, size) };

		err = prf(prf_id, span_of(key, size), octets, 3, out);
	}
	secret_wipe(key, sizeof(key));
	secret_wipe(maced_id, sizeof(maced_id));
	return err;
}

enum err auth_bind(uint16_t prf_id, struct span sk_p, struct span request, struct span response,
		   uint8_t *out)
{
	struct span parts[3] = { span_text("ikesync bind"), request, response };

	return prf(prf_id, sk_p, parts, 3, out);
}
