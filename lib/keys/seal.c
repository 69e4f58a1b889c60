/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs sealed and opened. */
#include "keys/seal.h"

#include "keys/cipher.h"
#include "keys/prf.h"

#define SEAL_OKM_SIZE 44
#define SEAL_GCM_KEY 32
#define SEAL_INFO "ikesync profile 1 seal"

/* HKDF (RFC 5869) with SHA-256: its expansion is the prf+ of IKEv2. */
static enum err derive(const uint8_t *pool_key, struct span salt, uint8_t okm[static SEAL_OKM_SIZE])
{
	struct span ikm = span_of(pool_key, SEAL_KEY_SIZE), info = span_text(SEAL_INFO);
	uint8_t prk[32];
	enum err err = prf(PRF_HMAC_SHA2_256, salt, &ikm, 1, prk);

	if (!err)
		err = prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(prk), &info, 1, okm, SEAL_OKM_SIZE);
	secret_wipe(prk, sizeof(prk));
	return err;
}

/* Associated data: the clear part, then the index body. */
static struct span associated(uint8_t *buf, size_t cap, struct span clear, const struct index *ix)
{
	struct wcursor c = wcursor_init(buf, cap);

	wcursor_bytes(&c, clear);
	index_write(&c, ix);
	return c.err ? SPAN_NONE : span_of(buf, wcursor_size(&c));
}

enum err seal_stub(const struct seal_keys *keys, const struct rng *rng, const struct index *ix,
		   const struct stub *s, struct wcursor *out)
{
	uint8_t salt[STUB_SEALED_SALT], okm[SEAL_OKM_SIZE];
	uint8_t ad[STUB_SEALED_CLEAR + INDEX_BODY_MAX], text[SEAL_BODY_MAX];
	struct wcursor plain = wcursor_init(text, sizeof(text));
	const EVP_CIPHER *gcm = algorithms_cipher(ENCR_AES_GCM_16, 256);
	struct span clear, aad;
	uint8_t *clear_at, *ct, *tag;
	enum err err;
	size_t n;

	if (!keys->n)
		return ERR_KEY;
	if (!s->expiry)
		return ERR_MISSING;
	stub_write_plaintext(&plain, s);
	n = wcursor_size(&plain);
	rng_fill(rng, salt, sizeof(salt));
	clear_at = out->p;
	wcursor_u8(out, STUB_SEALED_VERSION);
	wcursor_u32(out, keys->keys[0].id);
	wcursor_bytes(out, SPAN_OF(salt));
	wcursor_u64(out, s->expiry);
	ct = wcursor_reserve(out, n);
	tag = wcursor_reserve(out, STUB_SEALED_TAG);
	err = plain.err ? plain.err : out->err;
	if (!err && n + STUB_SEALED_CLEAR + STUB_SEALED_TAG > SEAL_BODY_MAX)
		err = ERR_NO_SPACE;
	if (!err && (!ct || !tag))
		err = ERR_NO_SPACE;
	if (!err)
		err = derive(keys->keys[0].key, SPAN_OF(salt), okm);
	if (!err) {
		clear = span_of(clear_at, STUB_SEALED_CLEAR);
		aad = associated(ad, sizeof(ad), clear, ix);
		if (!aad.n)
			err = ERR_VALUE;
		else if (!cipher_aead_seal(gcm, okm, &okm[SEAL_GCM_KEY], aad, span_of(text, n), ct,
					   tag))
			err = ERR_CRYPTO;
	}
	if (err && !out->err)
		out->err = err;
	secret_wipe(okm, sizeof(okm));
	secret_wipe(text, n); /* what was written: all of it would cost as much as a HMAC */
	return err;
}

static bool expired(uint64_t expiry, uint64_t now)
{
	return now >= STUB_CLOCK_SKEW && expiry < now - STUB_CLOCK_SKEW;
}

enum err seal_open(const struct seal_keys *keys, const struct index *ix,
		   const struct stub_sealed *sealed, uint64_t now, uint8_t *plaintext,
		   struct stub *out, struct fault *fault)
{
	uint8_t okm[SEAL_OKM_SIZE], ad[STUB_SEALED_CLEAR + INDEX_BODY_MAX];
	const EVP_CIPHER *gcm = algorithms_cipher(ENCR_AES_GCM_16, 256);
	struct span aad = associated(ad, sizeof(ad), sealed->clear, ix);
	const uint8_t *pool_key = NULL;
	enum err err;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < keys->n && !pool_key; i++)
		if (keys->keys[i].id == sealed->key_id)
			pool_key = keys->keys[i].key;
	if (!pool_key)
		return ERR_KEY;
	if (!aad.n)
		return ERR_INTEGRITY;
	err = derive(pool_key, sealed->salt, okm);
	if (!err && !cipher_aead_open(gcm, okm, &okm[SEAL_GCM_KEY], aad, sealed->ciphertext,
				      sealed->tag, plaintext))
		err = ERR_INTEGRITY;
	secret_wipe(okm, sizeof(okm));
	if (err)
		return err;
	err = stub_parse_plaintext(span_of(plaintext, sealed->ciphertext.n), out, fault);
	/*
	 * The clear copy is for banks, which cannot look inside; a difference is a broken sealer.
	 */
	if (!err && out->expiry != sealed->expiry)
		err = out->expiry ? ERR_VALUE : ERR_MISSING;
	if (!err && expired(out->expiry, now))
		err = ERR_EXPIRED;
	if (err) {
		memset(out, 0, sizeof(*out));
		secret_wipe(plaintext, sealed->ciphertext.n);
	}
	return err;
}
