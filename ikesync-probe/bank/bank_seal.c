/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seals what lib/keys would not: it takes octets, not a stub. */
#include "bank/bank_seal.h"

#include "keys/cipher.h"
#include "keys/prf.h"
#include "keys/rng.h"
#include "keys/secret.h"

#define INFO "ikesync profile 1 seal"
#define KEY_SIZE 32
#define NONCE_SIZE 12

static bool derive(const struct seal_keys *keys, struct span salt,
		   uint8_t okm[static KEY_SIZE + NONCE_SIZE])
{
	const struct span ikm = SPAN_OF(keys->keys[0].key), info = span_text(INFO);
	uint8_t prk[32];
	bool ok = prf(PRF_HMAC_SHA2_256, salt, &ikm, 1, prk) == ERR_OK &&
		  prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(prk), &info, 1, okm, KEY_SIZE + NONCE_SIZE) ==
		      ERR_OK;

	secret_wipe(prk, sizeof(prk));
	return ok;
}

GBytes *bank_seal(const struct seal_keys *keys, const struct index *index, uint64_t expiry,
		  struct span plaintext)
{
	const size_t n = STUB_SEALED_CLEAR + plaintext.n + STUB_SEALED_TAG;
	uint8_t *octets = g_malloc(n), salt[STUB_SEALED_SALT], okm[KEY_SIZE + NONCE_SIZE];
	uint8_t associated[STUB_SEALED_CLEAR + INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(octets, n);
	struct wcursor a = wcursor_init(associated, sizeof(associated));
	bool ok;

	rng_fill(&rng_system, salt, sizeof(salt));
	wcursor_u8(&c, STUB_SEALED_VERSION);
	wcursor_u32(&c, keys->keys[0].id);
	wcursor_bytes(&c, SPAN_OF(salt));
	wcursor_u64(&c, expiry);
	wcursor_bytes(&a, span_of(octets, STUB_SEALED_CLEAR));
	index_write(&a, index);
	ok = derive(keys, SPAN_OF(salt), okm) &&
	     cipher_aead_seal(algorithms_cipher(ENCR_AES_GCM_16, 256), okm, &okm[KEY_SIZE],
			      span_of(associated, wcursor_size(&a)), plaintext,
			      octets + STUB_SEALED_CLEAR, octets + STUB_SEALED_CLEAR + plaintext.n);
	secret_wipe(okm, sizeof(okm));
	if (ok)
		return g_bytes_new_take(octets, n);
	g_free(octets);
	return NULL;
}
