/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenSSL objects that are dear to look up and cheap to use. Internal to lib/keys:
 * fetched once per process (algorithms) or made once per thread (digest contexts).
 */
#ifndef IKESYNC_KEYS_ALGORITHMS_H
#define IKESYNC_KEYS_ALGORITHMS_H

#include <openssl/evp.h>

#include "wire/iana.h"
#include "wire/span.h"

enum hash { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_COUNT };

#define HASH_SIZE_MAX 64

/* Octets of the digest. */
size_t hash_size(enum hash h);
/* Which hash a prf or an integrity algorithm uses; false: not implemented. */
bool hash_of_prf(uint16_t prf, enum hash *out);
bool hash_of_integ(uint16_t integ, enum hash *out);

/* Digest of all parts; `out` takes hash_size() octets. false when OpenSSL fails. */
bool hash_digest(enum hash h, const struct span *parts, size_t n, uint8_t *out);

/*
 * HMAC (RFC 2104) of all parts under `key` of any length. The key stays in OpenSSL's context of this
 * thread until the next call, and is cleansed there. false when OpenSSL fails.
 */
bool hash_hmac(enum hash h, struct span key, const struct span *parts, size_t n, uint8_t *out);

/* The cached cipher, or NULL. `bits` is ignored for ChaCha20-Poly1305. */
const EVP_CIPHER *algorithms_cipher(uint16_t encr, uint16_t bits);

#endif
