/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Encrypted payload: sealing and opening SK (RFC 7296 section 3.14, RFC 5282, RFC 7634) and SKF (RFC 7383). */
#ifndef IKESYNC_KEYS_SK_H
#define IKESYNC_KEYS_SK_H

#include "keys/rng.h"
#include "keys/schedule.h"
#include "wire/chain.h"

/* Whose keys protect a message: SK_ei/SK_ai or SK_er/SK_ar. Original roles, not who asks. */
enum sk_sender { SK_FROM_INITIATOR, SK_FROM_RESPONDER };

/*
 * One direction's running state. AEAD IVs are a counter: never two messages with one IV under one key.
 * For CBC the IV is random.
 */
struct sk_iv {
	uint64_t next;
};

/*
 * Append an SK payload that holds `inner` (a chain whose first type is `first`) to the message under
 * construction and finish it: padding, IV, ICV, header Length. `w` must have been started with
 * chain_writer_message(). Payloads written before stand in clear and are authenticated.
 * `rng` for the CBC IV. ERR_NO_SPACE, ERR_CRYPTO.
 */
IKESYNC_MUST_USE enum err sk_seal(struct chain_writer *w, const struct ike_keys *keys,
				  enum sk_sender sender, struct sk_iv *iv, const struct rng *rng,
				  uint8_t first, struct span inner);

/* The same with as much padding as a Pad Length can say: receivers must take it (RFC 7296 section 3.14). */
IKESYNC_MUST_USE enum err sk_seal_padded(struct chain_writer *w, const struct ike_keys *keys,
					 enum sk_sender sender, struct sk_iv *iv,
					 const struct rng *rng, uint8_t first, struct span inner);

/*
 * Verify and decrypt the SK payload `p` of `message`. The plaintext (padding removed) goes to `out`,
 * which must take p->body.n octets; *n its size; the first inner type is p->next. SKF is opened the same
 * way when `p` is of that type. ERR_INTEGRITY (also for every length that cannot be), ERR_CRYPTO.
 * The ICV is compared in constant time, and before anything is decrypted.
 */
IKESYNC_MUST_USE enum err sk_open(struct span message, const struct chain_payload *p,
				  const struct ike_keys *keys, enum sk_sender sender, uint8_t *out,
				  size_t *n);

/* Octets an SK payload of `inner_n` octets adds to a message, generic header included. */
size_t sk_overhead(const struct ike_keys *keys, size_t inner_n);

/*
 * As sk_seal(), as one SKF fragment `number` of `total`; `first` is 0 except in fragment 1 (RFC 7383 2.5).
 */
IKESYNC_MUST_USE enum err sk_seal_fragment(struct chain_writer *w, const struct ike_keys *keys,
					   enum sk_sender sender, struct sk_iv *iv,
					   const struct rng *rng, uint8_t first, struct span inner,
					   uint16_t number, uint16_t total);

#endif
