/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clear stubs on the disk: AES-256-GCM, nonce (12) | ciphertext | tag (16), bound to the record's
 * key (rule 35). */
#ifndef IKESYNC_BANK_ATREST_H
#define IKESYNC_BANK_ATREST_H

#include "wire/cursor.h"

#define ATREST_KEY_SIZE 32
#define ATREST_OVERHEAD 28

/* `out` takes plain.n + ATREST_OVERHEAD octets. ERR_CRYPTO. */
IKESYNC_MUST_USE enum err atrest_encrypt(const uint8_t key[static ATREST_KEY_SIZE],
					 struct span record_key, struct span plain, uint8_t *out);
/* `out` takes sealed.n octets; *n of them are the plaintext. ERR_TRUNCATED, ERR_INTEGRITY,
 * ERR_CRYPTO. */
IKESYNC_MUST_USE enum err atrest_decrypt(const uint8_t key[static ATREST_KEY_SIZE],
					 struct span record_key, struct span sealed, uint8_t *out,
					 size_t *n);
/* Read a key file: 64 hexadecimal digits, white space around them. ERR_LENGTH, ERR_VALUE. */
IKESYNC_MUST_USE enum err atrest_key_parse(struct span text, uint8_t out[static ATREST_KEY_SIZE]);

#endif
