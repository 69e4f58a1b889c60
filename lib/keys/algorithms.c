/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keys/algorithms.h"

#include <pthread.h>
#include <stdlib.h>

#include "keys/secret.h"

#define HASH_BLOCK_MAX 128

static const struct {
	const char *name;
	uint8_t size;
	uint8_t block;
} hashes[HASH_COUNT] = {
	[HASH_SHA1] = { "SHA1", 20, 64 },
	[HASH_SHA256] = { "SHA256", 32, 64 },
	[HASH_SHA384] = { "SHA384", 48, 128 },
	[HASH_SHA512] = { "SHA512", 64, 128 },
};

static const struct {
	uint16_t encr;
	uint16_t bits;
	const char *name;
} ciphers[] = {
	{ ENCR_AES_CBC, 128, "AES-128-CBC" },
	{ ENCR_AES_CBC, 192, "AES-192-CBC" },
	{ ENCR_AES_CBC, 256, "AES-256-CBC" },
	{ ENCR_AES_GCM_16, 128, "AES-128-GCM" },
	{ ENCR_AES_GCM_16, 192, "AES-192-GCM" },
	{ ENCR_AES_GCM_16, 256, "AES-256-GCM" },
	{ ENCR_CHACHA20_POLY1305, 0, "ChaCha20-Poly1305" },
};
#define CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

struct thread_state {
	EVP_MD_CTX *digest[HASH_COUNT];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool thread_key_made;
static EVP_MD *fetched_hashes[HASH_COUNT];
static EVP_CIPHER *fetched_ciphers[CIPHERS];
static _Thread_local struct thread_state *thread_state;

static void thread_state_free(void *p)
{
	struct thread_state *t = p;

	for (int h = 0; h < HASH_COUNT; h++)
		EVP_MD_CTX_free(t->digest[h]);
	free(t);
}

static void fetch_all(void)
{
	for (int h = 0; h < HASH_COUNT; h++)
		fetched_hashes[h] = EVP_MD_fetch(NULL, hashes[h].name, NULL);
	for (size_t i = 0; i < CIPHERS; i++)
		fetched_ciphers[i] = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
	thread_key_made = pthread_key_create(&thread_key, thread_state_free) == 0;
}

/* A digest context of this thread, NULL when OpenSSL lacks the hash or memory is out. */
static EVP_MD_CTX *digest_context(enum hash h)
{
	pthread_once(&once, fetch_all);
	if (!thread_state) {
		thread_state = calloc(1, sizeof(*thread_state));
		if (!thread_state)
			return NULL;
		/* Without a key the state lives as long as the process: a leak, not a fault. */
		if (thread_key_made)
			(void)pthread_setspecific(thread_key, thread_state);
	}
	if (!thread_state->digest[h] && fetched_hashes[h])
		thread_state->digest[h] = EVP_MD_CTX_new();
	return thread_state->digest[h];
}

size_t hash_size(enum hash h)
{
	return hashes[h].size;
}

bool hash_of_prf(uint16_t prf, enum hash *out)
{
	switch (prf) {
	case PRF_HMAC_SHA1:
		*out = HASH_SHA1;
		return true;
	case PRF_HMAC_SHA2_256:
		*out = HASH_SHA256;
		return true;
	case PRF_HMAC_SHA2_384:
		*out = HASH_SHA384;
		return true;
	case PRF_HMAC_SHA2_512:
		*out = HASH_SHA512;
		return true;
	default:
		return false;
	}
}

bool hash_of_integ(uint16_t integ, enum hash *out)
{
	switch (integ) {
	case INTEG_HMAC_SHA1_96:
		*out = HASH_SHA1;
		return true;
	case INTEG_HMAC_SHA2_256_128:
		*out = HASH_SHA256;
		return true;
	case INTEG_HMAC_SHA2_384_192:
		*out = HASH_SHA384;
		return true;
	case INTEG_HMAC_SHA2_512_256:
		*out = HASH_SHA512;
		return true;
	default:
		return false;
	}
}

static bool digest_with_prefix(EVP_MD_CTX *ctx, enum hash h, struct span prefix,
			       const struct span *parts, size_t n, uint8_t *out)
{
	if (!EVP_DigestInit_ex2(ctx, fetched_hashes[h], NULL))
		return false;
	if (prefix.n && !EVP_DigestUpdate(ctx, prefix.p, prefix.n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (parts[i].n && !EVP_DigestUpdate(ctx, parts[i].p, parts[i].n))
			return false;
	return EVP_DigestFinal_ex(ctx, out, NULL);
}

bool hash_digest(enum hash h, const struct span *parts, size_t n, uint8_t *out)
{
	EVP_MD_CTX *ctx = digest_context(h);

	return ctx && digest_with_prefix(ctx, h, SPAN_NONE, parts, n, out);
}

/*
 * Written out over the digest interface: EVP_MAC takes twice as long with a copied context, since
 * re-keying it allocates, and leaves the key in the context.
 */
bool hash_hmac(enum hash h, struct span key, const struct span *parts, size_t n, uint8_t *out)
{
	EVP_MD_CTX *ctx = digest_context(h);
	size_t block = hashes[h].block;
	uint8_t pad[HASH_BLOCK_MAX] = { 0 };
	uint8_t inner[HASH_SIZE_MAX];
	struct span inner_digest = span_of(inner, hashes[h].size);
	bool ok = ctx != NULL;

	if (ok && key.n > block)
		ok = digest_with_prefix(ctx, h, key, NULL, 0, pad);
	else if (ok && key.n)
		memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36;
	ok = ok && digest_with_prefix(ctx, h, span_of(pad, block), parts, n, inner);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	ok = ok && digest_with_prefix(ctx, h, span_of(pad, block), &inner_digest, 1, out);
	/* The context still holds the result: start it anew. */
	if (ctx && !EVP_DigestInit_ex2(ctx, fetched_hashes[h], NULL))
		ok = false;
	secret_wipe(pad, sizeof(pad));
	secret_wipe(inner, sizeof(inner));
	return ok;
}

const EVP_CIPHER *algorithms_cipher(uint16_t encr, uint16_t bits)
{
	pthread_once(&once, fetch_all);
	for (size_t i = 0; i < CIPHERS; i++)
		if (ciphers[i].encr == encr &&
		    (ciphers[i].bits == bits || encr == ENCR_CHACHA20_POLY1305))
			return fetched_ciphers[i];
	return NULL;
}
