/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Derivation, encryption and seals with OpenSSL, straight from the profile's formulas. */
#include "resumed_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AES_CBC = 12, GCM_8 = 18, GCM_12 = 19, GCM_16 = 20, CHACHA = 28 };
#define SALT 4 /* RFC 5282, RFC 7634 */

static void die(const char *what)
{
	fprintf(stderr, "make_resumed: %s\n", what);
	exit(1);
}

static void need(int ok, const char *what)
{
	if (ok != 1)
		die(what);
}

static bool aead(const struct suite *s)
{
	return s->encr >= GCM_8;
}

static const char *prf_hash(unsigned id)
{
	return id == 1   ? "MD5"
	       : id == 2 ? "SHA1"
	       : id == 5 ? "SHA256"
	       : id == 6 ? "SHA384"
			 : "SHA512";
}

static const char *integ_hash(unsigned id)
{
	return id == 1    ? "MD5"
	       : id == 2  ? "SHA1"
	       : id == 12 ? "SHA256"
	       : id == 13 ? "SHA384"
			  : "SHA512";
}

static struct key hmac(const char *hash, const struct key *k, const uint8_t *p, size_t n)
{
	struct key out = { .n = 0 };

	if (!EVP_Q_mac(NULL, "HMAC", NULL, hash, NULL, k->at, k->n, p, n, out.at, sizeof(out.at),
		       &out.n))
		die(hash);
	return out;
}

size_t suite_prf(const struct suite *s)
{
	return (size_t)EVP_MD_get_size(EVP_get_digestbyname(prf_hash(s->prf)));
}

static size_t integ_key(const struct suite *s)
{
	return s->integ ? (size_t)EVP_MD_get_size(EVP_get_digestbyname(integ_hash(s->integ))) : 0;
}

static size_t encr_key(const struct suite *s)
{
	return s->encr == CHACHA ? 32 + SALT : s->bits / 8 + (aead(s) ? SALT : 0);
}

size_t suite_iv(const struct suite *s)
{
	return s->encr == AES_CBC ? 16 : aead(s) ? 8 : 0;
}

size_t suite_block(const struct suite *s)
{
	return s->encr == AES_CBC ? 16 : 1;
}

size_t suite_icv(const struct suite *s)
{
	if (aead(s))
		return s->encr == GCM_8 ? 8 : s->encr == GCM_12 ? 12 : 16;
	/* RFC 2403 and 2404: 96 bits; RFC 4868: half the hash. */
	return s->integ <= 2 ? 12 : integ_key(s) / 2;
}

struct key prf(const struct suite *s, const struct key *k, const struct octets *data)
{
	return hmac(prf_hash(s->prf), k, data->at, data->n);
}

static void prf_plus(const struct suite *s, const struct key *k, const struct octets *seed,
		     struct octets *out, size_t n)
{
	struct key t = { .n = 0 };

	for (unsigned i = 1; out->n < n; i++) {
		struct octets *in = octets_new("");

		for (size_t j = 0; j < t.n; j++)
			octets_uint(in, 1, t.at[j]);
		octets_add(in, seed);
		octets_uint(in, 1, i);
		t = prf(s, k, in);
		for (size_t j = 0; j < t.n; j++)
			octets_uint(out, 1, t.at[j]);
		free(in);
	}
}

static struct key take(const struct octets *from, size_t *at, size_t n)
{
	struct key k = { .n = n };

	if (n)
		memcpy(k.at, from->at + *at, n);
	*at += n;
	return k;
}

void resumed_keys(const struct suite *s, const struct key *sk_d, const struct octets *ni,
		  const struct octets *nr, const struct octets *spii, const struct octets *spir,
		  struct seven *out)
{
	size_t p = suite_prf(s), a = integ_key(s), e = encr_key(s), at = 0;
	struct octets *seed = octets_new(""), *okm = octets_new("");
	struct key skeyseed;

	octets_add(seed, ni);
	octets_add(seed, nr);
	skeyseed = prf(s, sk_d, seed);
	octets_add(seed, spii);
	octets_add(seed, spir);
	prf_plus(s, &skeyseed, seed, okm, 3 * p + 2 * a + 2 * e);
	out->d = take(okm, &at, p);
	out->ai = take(okm, &at, a);
	out->ar = take(okm, &at, a);
	out->ei = take(okm, &at, e);
	out->er = take(okm, &at, e);
	out->pi = take(okm, &at, p);
	out->pr = take(okm, &at, p);
	free(seed);
	free(okm);
}

static const EVP_CIPHER *cipher(const struct suite *s)
{
	char name[32];

	if (s->encr == CHACHA)
		return EVP_chacha20_poly1305();
	snprintf(name, sizeof(name), "aes-%u-%s", s->bits, aead(s) ? "gcm" : "cbc");
	return EVP_get_cipherbyname(name);
}

/* Append what comes of `plain`, and for an AEAD `tag` octets of tag. */
static void encrypt(const EVP_CIPHER *type, const uint8_t *key, const uint8_t *iv,
		    const struct octets *aad, const struct octets *plain, size_t tag,
		    struct octets *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, more;

	need(c && out->n + plain->n + tag <= sizeof(out->at), "no memory");
	need(EVP_EncryptInit_ex(c, type, NULL, key, iv), "EVP_EncryptInit_ex");
	need(EVP_CIPHER_CTX_set_padding(c, 0), "EVP_CIPHER_CTX_set_padding");
	if (tag)
		need(EVP_EncryptUpdate(c, NULL, &n, aad->at, (int)aad->n), "AAD");
	need(EVP_EncryptUpdate(c, out->at + out->n, &n, plain->at, (int)plain->n), "encryption");
	need(EVP_EncryptFinal_ex(c, out->at + out->n + n, &more), "encryption");
	out->n += (size_t)(n + more);
	if (tag) {
		need(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, (int)tag, out->at + out->n),
		     "tag");
		out->n += tag;
	}
	EVP_CIPHER_CTX_free(c);
}

void sk_seal(const struct suite *s, const struct key *e, const struct key *a,
	     struct octets *message, const struct octets *iv, const struct octets *plain)
{
	struct octets *aad = octets_new("");
	uint8_t nonce[12];
	struct key mac;

	octets_add(aad, message);
	octets_add(message, iv);
	if (aead(s)) { /* nonce: the salt that ends the key, then the IV */
		memcpy(nonce, e->at + e->n - SALT, SALT);
		memcpy(nonce + SALT, iv->at, 8);
		encrypt(cipher(s), e->at, nonce, aad, plain, suite_icv(s), message);
		free(aad);
		return;
	}
	/* Whole blocks alone can be encrypted; a test that wants others gets the rest in clear. */
	if (s->encr == AES_CBC) {
		struct octets *whole = octets_new("");

		octets_add(whole, plain);
		whole->n -= whole->n % 16;
		encrypt(cipher(s), e->at, iv->at, NULL, whole, 0, message);
		for (size_t i = whole->n; i < plain->n; i++)
			octets_uint(message, 1, plain->at[i]);
		free(whole);
	} else {
		octets_add(message, plain);
	}
	mac = hmac(integ_hash(s->integ), a, message->at, message->n);
	for (size_t i = 0; i < suite_icv(s); i++)
		octets_uint(message, 1, mac.at[i]);
	free(aad);
}

struct octets *stub_seal(const struct octets *key, const struct octets *head,
			 const struct octets *index, const struct octets *plain)
{
	static char info[] = "ikesync profile 1 seal";
	static char hash[] = "SHA256";
	struct octets *out = octets_new(""), *aad = octets_new("");
	struct octets ikm = *key, salt = *head;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
	uint8_t okm[44];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm.at, ikm.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.at + 5, 32),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};

	need(c && EVP_KDF_derive(c, okm, sizeof(okm), params) == 1, "HKDF");
	octets_add(out, head);
	octets_add(aad, head);
	octets_add(aad, index);
	encrypt(EVP_aes_256_gcm(), okm, okm + 32, aad, plain, 16, out);
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	free(aad);
	return out;
}

struct octets *fill(const char *label, unsigned number, size_t n)
{
	struct octets *out = octets_new("");

	for (unsigned i = 0; out->n < n; i++) {
		uint8_t digest[32];
		char text[64];

		snprintf(text, sizeof(text), "%s %u %u", label, number, i);
		need(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL), "SHA-256");
		for (size_t j = 0; j < sizeof(digest) && out->n < n; j++)
			octets_uint(out, 1, digest[j]);
	}
	return out;
}
