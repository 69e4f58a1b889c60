/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AUTH by shared key (RFC 7296 section 2.15) and profile 1's BIND (wire profile rule 12). */
#ifndef IKESYNC_KEYS_AUTH_H
#define IKESYNC_KEYS_AUTH_H

#include "keys/schedule.h"
#include "wire/ike_id.h"

/* As long as what a signature is over can be: messages of IKE_SA_INIT are refused when they are longer. */
#define AUTH_OCTETS_MAX (8192 + 256 + 64)

/*
 * Append what a signature is over: message | nonce of the peer | prf(SK_p, ID body). `message` and `sk_p` as below.
 */
IKESYNC_MUST_USE enum err auth_octets(uint16_t prf_id, struct span message, struct span peer_nonce,
				      struct span sk_p, const struct ike_id *id,
				      struct wcursor *out);

/*
 * AUTH = prf(prf(psk, "Key Pad for IKEv2"), message | nonce of the peer | prf(SK_p, ID body)).
 * `message` is the signer's own IKE_SA_INIT message without the non-ESP marker, `sk_p` the signer's.
 * `out` takes suite_prf_size() octets.
 */
IKESYNC_MUST_USE enum err auth_psk(uint16_t prf_id, struct span psk, struct span message,
				   struct span peer_nonce, struct span sk_p,
				   const struct ike_id *id, uint8_t *out);

/*
 * BIND = prf(SK_p, "ikesync bind" | IKE_SA_INIT request | IKE_SA_INIT response), both as sent last and
 * without the non-ESP marker. `sk_p` is SK_pi in message ID 1's request, SK_pr in its response.
 */
IKESYNC_MUST_USE enum err auth_bind(uint16_t prf_id, struct span sk_p, struct span request,
				    struct span response, uint8_t *out);

#endif
