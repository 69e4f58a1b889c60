/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-shot encryption, shared by sk.c and seal.c. Internal to lib/keys. */
#ifndef IKESYNC_KEYS_CIPHER_H
#define IKESYNC_KEYS_CIPHER_H

#include "keys/algorithms.h"

#define CIPHER_TAG_SIZE 16

/*
 * AEAD. `nonce` has 12 octets, `out` takes text.n octets (may be text.p itself).
 * false when OpenSSL fails, and for opening when the tag does not verify: `out` is wiped then.
 */
bool cipher_aead_seal(const EVP_CIPHER *c, const uint8_t *key, const uint8_t *nonce,
		      struct span aad, struct span text, uint8_t *out,
		      uint8_t tag[static CIPHER_TAG_SIZE]);
bool cipher_aead_open(const EVP_CIPHER *c, const uint8_t *key, const uint8_t *nonce,
		      struct span aad, struct span text, struct span tag, uint8_t *out);

/* CBC without padding: text.n is a multiple of the block. */
bool cipher_cbc(const EVP_CIPHER *c, bool encrypt, const uint8_t *key, const uint8_t *iv,
		struct span text, uint8_t *out);

#endif
