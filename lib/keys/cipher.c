/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cipher operation, CBC or AEAD. */
#include "keys/cipher.h"

#include <limits.h>

#include "keys/secret.h"

/*
 * A context per call: freeing it is what wipes the key schedule, and costs no more than resetting a
 * kept one would.
 */
static bool update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct span in)
{
	int n = 0;

	return in.n <= INT_MAX && EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) &&
	       (size_t)n == in.n;
}

bool cipher_aead_seal(const EVP_CIPHER *c, const uint8_t *key, const uint8_t *nonce,
		      struct span aad, struct span text, uint8_t *out,
		      uint8_t tag[static CIPHER_TAG_SIZE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t none[16];
	int n = 0;
	bool ok = ctx && c && EVP_CipherInit_ex2(ctx, c, key, nonce, 1, NULL) &&
		  (aad.n == 0 || update(ctx, NULL, aad)) &&
		  (text.n == 0 || update(ctx, out, text)) && EVP_CipherFinal_ex(ctx, none, &n) &&
		  n == 0 && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_SIZE, tag);

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool cipher_aead_open(const EVP_CIPHER *c, const uint8_t *key, const uint8_t *nonce,
		      struct span aad, struct span text, struct span tag, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t none[16], expected[CIPHER_TAG_SIZE];
	int n = 0;
	bool ok;

	if (tag.n != sizeof(expected))
		return false;
	memcpy(expected, tag.p, sizeof(expected));
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx && c && EVP_CipherInit_ex2(ctx, c, key, nonce, 0, NULL) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_SIZE, expected) &&
	     (aad.n == 0 || update(ctx, NULL, aad)) && (text.n == 0 || update(ctx, out, text)) &&
	     EVP_CipherFinal_ex(ctx, none, &n) && n == 0;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok && text.n)
		secret_wipe(out, text.n);
	return ok;
}

bool cipher_cbc(const EVP_CIPHER *c, bool encrypt, const uint8_t *key, const uint8_t *iv,
		struct span text, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t none[16];
	int n = 0;
	bool ok = ctx && c && EVP_CipherInit_ex2(ctx, c, key, iv, encrypt, NULL) &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) && update(ctx, out, text) &&
		  EVP_CipherFinal_ex(ctx, none, &n) && n == 0;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}
