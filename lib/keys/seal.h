/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing of stubs, wire profile rule 35: HKDF-SHA-256 and AES-256-GCM. */
#ifndef IKESYNC_KEYS_SEAL_H
#define IKESYNC_KEYS_SEAL_H

#include "keys/rng.h"
#include "keys/seal_keys.h"
#include "keys/secret.h"
#include "wire/stub.h"

/* A sealed stub never needs more octets than this. */
#define SEAL_BODY_MAX 8192

/* Seal `s` for index `ix` with keys[0] and a fresh salt: the body of payload 208. `s->expiry` must be set (ERR_MISSING). */
IKESYNC_MUST_USE enum err seal_stub(const struct seal_keys *keys, const struct rng *rng,
				    const struct index *ix, const struct stub *s,
				    struct wcursor *out);

/*
 * Open a sealed stub. `plaintext` takes sealed->ciphertext.n octets and must outlive `out`, whose spans
 * point into it; wipe it after use. ERR_KEY (unknown key ID), ERR_INTEGRITY, ERR_EXPIRED (clear or inner
 * expiry before `now` - 30 s), ERR_VALUE (clear and inner expiry differ) and those of stub_parse().
 */
IKESYNC_MUST_USE enum err seal_open(const struct seal_keys *keys, const struct index *ix,
				    const struct stub_sealed *sealed, uint64_t now,
				    uint8_t *plaintext, struct stub *out, struct fault *fault);

#endif
