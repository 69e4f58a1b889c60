/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a sealed stub: HKDF-SHA-256, then AES-256-GCM (rule 35). */
#include "crypto/seal_open.h"

#include <wsutil/wsgcrypt.h>

#include "base/sealed.h"
#include "base/wipe.h"
#include "crypto/sk_open.h"

#define HASH_SIZE 32
#define OKM_SIZE 44 /* key 32, nonce 12 */

/* RFC 5869; two blocks are enough. */
static bool hkdf(struct octets salt, const uint8_t *key, uint8_t out[2 * HASH_SIZE])
{
	static const uint8_t info[] = "ikesync profile 1 seal";
	const struct octets ikm = { key, SEAL_KEY_SIZE };
	uint8_t prk[RESUME_KEY_MAX];
	const struct octets prk_key = { prk, HASH_SIZE };
	bool ok = resume_prf(GCRY_MD_SHA256, salt, &ikm, 1, prk);

	for (uint8_t i = 1; ok && i <= 2; i++) {
		const struct octets parts[] = { { out, i > 1 ? HASH_SIZE : 0 },
						{ info, sizeof(info) - 1 },
						{ &i, 1 } };
		uint8_t block[RESUME_KEY_MAX];

		ok = resume_prf(GCRY_MD_SHA256, prk_key, parts, array_length(parts), block);
		if (ok)
			memcpy(out + HASH_SIZE * (i - 1), block, HASH_SIZE);
		wipe(block, sizeof(block));
	}
	wipe(prk, sizeof(prk));
	return ok;
}

bool seal_open(struct octets sealed, struct octets idx, const uint8_t key[SEAL_KEY_SIZE],
	       wmem_allocator_t *scope, struct octets *out)
{
	const struct octets aad[] = { { sealed.p, SEAL_CLEAR_SIZE }, idx };
	uint8_t okm[2 * HASH_SIZE];
	uint8_t *plain;
	unsigned n;
	bool ok;

	if (sealed.n <= SEAL_CLEAR_SIZE + SEAL_TAG_SIZE || sealed.p[0] != SEAL_VERSION)
		return false;
	n = sealed.n - SEAL_CLEAR_SIZE - SEAL_TAG_SIZE;
	plain = wmem_alloc(scope, n);
	ok = hkdf((struct octets){ sealed.p + SEAL_SALT_AT, SEAL_SALT_SIZE }, key, okm) &&
	     sk_aead_open(GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, (struct octets){ okm, 32 },
			  (struct octets){ okm + 32, OKM_SIZE - 32 }, aad, array_length(aad),
			  (struct octets){ sealed.p + SEAL_CLEAR_SIZE, n },
			  (struct octets){ sealed.p + SEAL_CLEAR_SIZE + n, SEAL_TAG_SIZE }, plain);
	wipe(okm, sizeof(okm));
	if (!ok) {
		wmem_free(scope, plain);
		return false;
	}
	*out = (struct octets){ plain, n };
	return true;
}
