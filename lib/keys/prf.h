/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prf and prf+, RFC 7296 section 2.13. HMAC with SHA-1, SHA2-256, SHA2-384, SHA2-512. */
#ifndef IKESYNC_KEYS_PRF_H
#define IKESYNC_KEYS_PRF_H

#include "keys/suite.h"

/*
 * prf(key, parts[0] | parts[1] | ...). `out` takes suite_prf_size(prf) octets. Keys may have any
 * length, nonces any (NIST's known answers have 8 octets). ERR_UNSUPPORTED, ERR_CRYPTO.
 */
IKESYNC_MUST_USE enum err prf(uint16_t prf_id, struct span key, const struct span *parts, size_t n,
			      uint8_t *out);

/* prf+(key, parts...) of `out_n` octets, at most 255 blocks (ERR_LENGTH). */
IKESYNC_MUST_USE enum err prf_plus(uint16_t prf_id, struct span key, const struct span *parts,
				   size_t n, uint8_t *out, size_t out_n);

#endif
