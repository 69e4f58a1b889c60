/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures in AUTH: the classic methods (RFC 7296 section 3.8, RFC 4754) and RFC 7427 with RSA, ECDSA and, as RFC 8420 has it,
 * Ed25519 and Ed448.
 */
#ifndef IKESYNC_KEYS_SIGNATURE_H
#define IKESYNC_KEYS_SIGNATURE_H

#include <openssl/types.h>

#include "wire/cursor.h"
#include "wire/iana.h"

/* A set of hashes, from SIGNATURE_HASH_ALGORITHMS: bit n for number n. */
typedef uint8_t signature_hashes;
/* What signature_verify() takes with RFC 7427. */
#define SIGNATURE_HASHES_KNOWN                                         \
	(1 << SIGNATURE_HASH_SHA2_256 | 1 << SIGNATURE_HASH_SHA2_384 | \
	 1 << SIGNATURE_HASH_SHA2_512 | 1 << SIGNATURE_HASH_IDENTITY)

/* Of a notify's data, unknown ones left out. A half one at the end is none. */
signature_hashes signature_hashes_parse(struct span data);
/* Append those of `hashes`, two octets each. */
void signature_hashes_write(struct wcursor *c, signature_hashes hashes);

/* How to sign. */
struct signature_wish {
	signature_hashes hashes; /* that the peer announced; 0: classic methods alone */
	bool pkcs1;              /* RSA with RFC 7427: PKCS#1 v1.5 and not PSS */
};

/* The longest AUTH data made here. */
#define SIGNATURE_DATA_MAX (2048 + 256)

/*
 * Sign `octets`: append AUTH data to `out`, set *method. RSA without RFC 7427 is SHA-1 (RFC 7296 section 3.8).
 * ERR_UNSUPPORTED: no method for this key that the peer has announced; ERR_CRYPTO; ERR_NO_SPACE.
 */
IKESYNC_MUST_USE enum err signature_make(EVP_PKEY *key, const struct signature_wish *wish,
					 struct span octets, struct wcursor *out, uint8_t *method);

/*
 * Verify the data of an AUTH payload. ERR_UNSUPPORTED: the method, or what RFC 7427's algorithm identifier says, is not taken (SHA-1
 * there: RFC 8247 section 3.2) or does not fit the key; ERR_TRUNCATED, ERR_VALUE: broken; ERR_AUTH: wrong.
 */
IKESYNC_MUST_USE enum err signature_verify(EVP_PKEY *key, uint8_t method, struct span data,
					   struct span octets);

/* "RSA signature", "digital signature with ecdsa-with-SHA256": for logs. */
#define SIGNATURE_TEXT_MAX 96
const char *signature_text(uint8_t method, struct span data, char out[static SIGNATURE_TEXT_MAX]);

#endif
