/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encryption of clear stubs on the disk. */
#include "atrest.h"

#include <openssl/evp.h>

#include "keys/rng.h"
#include "keys/secret.h"
#include "wire/hex.h"

#define ATREST_NONCE 12
#define ATREST_TAG 16

enum err atrest_encrypt(const uint8_t key[static ATREST_KEY_SIZE], struct span record_key,
			struct span plain, uint8_t *out)
{
	struct wcursor c = wcursor_init(out, plain.n + ATREST_OVERHEAD);
	uint8_t *nonce = wcursor_reserve(&c, ATREST_NONCE);
	uint8_t *body = wcursor_reserve(&c, plain.n);
	uint8_t *tag = wcursor_reserve(&c, ATREST_TAG);
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	uint8_t nothing[16];
	int n;
	bool ok;

	/* A random 96-bit nonce under one key: fine for 2^32 stubs, far beyond what a bank writes
	 * before its key changes. */
	rng_fill(&rng_system, nonce, ATREST_NONCE);
	ok = x && EVP_EncryptInit_ex(x, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	     EVP_EncryptUpdate(x, NULL, &n, record_key.p, (int)record_key.n) == 1 &&
	     EVP_EncryptUpdate(x, body, &n, plain.p, (int)plain.n) == 1 &&
	     EVP_EncryptFinal_ex(x, nothing, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, ATREST_TAG, tag) == 1;
	EVP_CIPHER_CTX_free(x);
	return ok ? ERR_OK : ERR_CRYPTO;
}

enum err atrest_decrypt(const uint8_t key[static ATREST_KEY_SIZE], struct span record_key,
			struct span sealed, uint8_t *out, size_t *n)
{
	struct rcursor c = rcursor_init(sealed, NULL);
	struct span nonce, body, tag_octets;
	uint8_t tag[ATREST_TAG], nothing[16];
	EVP_CIPHER_CTX *x;
	int m;
	bool ready, ok;

	nonce = rcursor_bytes(&c, ATREST_NONCE, "nonce");
	body = rcursor_bytes(&c, sealed.n > ATREST_OVERHEAD ? sealed.n - ATREST_OVERHEAD : 0,
			     "ciphertext");
	tag_octets = rcursor_bytes(&c, ATREST_TAG, "tag");
	if (!rcursor_ok(&c) || !tag_octets.p)
		return ERR_TRUNCATED;
	memcpy(tag, tag_octets.p, sizeof(tag));
	x = EVP_CIPHER_CTX_new();
	ready = x && EVP_DecryptInit_ex(x, EVP_aes_256_gcm(), NULL, key, nonce.p) == 1 &&
		EVP_DecryptUpdate(x, NULL, &m, record_key.p, (int)record_key.n) == 1 &&
		EVP_DecryptUpdate(x, out, &m, body.p, (int)body.n) == 1 &&
		EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, ATREST_TAG, tag) == 1;
	ok = ready && EVP_DecryptFinal_ex(x, nothing, &m) == 1;
	EVP_CIPHER_CTX_free(x);
	if (!ok)
		secret_wipe(out, body.n);
	*n = ok ? body.n : 0;
	return ok ? ERR_OK : ready ? ERR_INTEGRITY : ERR_CRYPTO;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

enum err atrest_key_parse(struct span text, uint8_t out[static ATREST_KEY_SIZE])
{
	enum err err;
	size_t n;

	while (text.n && is_blank(text.p[0]))
		text = span_of(&text.p[1], text.n - 1);
	while (text.n && is_blank(text.p[text.n - 1]))
		text.n--;
	err = hex_read(text, out, ATREST_KEY_SIZE, &n);
	if (err == ERR_NO_SPACE || (!err && n != ATREST_KEY_SIZE))
		err = ERR_LENGTH;
	return err;
}
