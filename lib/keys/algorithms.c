/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests, HMAC and ciphers of OpenSSL, fetched once. */
#include "keys/algorithms.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/secret.h"

static const struct {
	const char *name;
	uint8_t size;
} hashes[HASH_COUNT] = {
	[HASH_SHA1] = { "SHA1", 20 },
	[HASH_SHA256] = { "SHA256", 32 },
	[HASH_SHA384] = { "SHA384", 48 },
	[HASH_SHA512] = { "SHA512", 64 },
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
	EVP_MAC_CTX *mac[HASH_COUNT];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool thread_key_made;
static EVP_MD *fetched_hashes[HASH_COUNT];
static EVP_MAC *fetched_hmac;
static EVP_CIPHER *fetched_ciphers[CIPHERS];
static _Thread_local struct thread_state *thread_state;

static void thread_state_free(void *p)
{
	struct thread_state *t = p;

	for (int h = 0; h < HASH_COUNT; h++) {
		EVP_MD_CTX_free(t->digest[h]);
		EVP_MAC_CTX_free(t->mac[h]);
	}
	free(t);
}

static void fetch_all(void)
{
	for (int h = 0; h < HASH_COUNT; h++)
		fetched_hashes[h] = EVP_MD_fetch(NULL, hashes[h].name, NULL);
	for (size_t i = 0; i < CIPHERS; i++)
		fetched_ciphers[i] = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
	fetched_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	thread_key_made = pthread_key_create(&thread_key, thread_state_free) == 0;
}

/* What OpenSSL keeps for this thread; NULL when memory is out. */
static struct thread_state *this_thread(void)
{
	pthread_once(&once, fetch_all);
	if (!thread_state) {
		thread_state = calloc(1, sizeof(*thread_state));
		/* Without a key the state lives as long as the process: a leak, not a fault. */
		if (thread_state && thread_key_made)
			(void)pthread_setspecific(thread_key, thread_state);
	}
	return thread_state;
}

/* A digest context of this thread, NULL when OpenSSL lacks the hash or memory is out. */
static EVP_MD_CTX *digest_context(enum hash h)
{
	struct thread_state *t = this_thread();

	if (t && !t->digest[h] && fetched_hashes[h])
		t->digest[h] = EVP_MD_CTX_new();
	return t ? t->digest[h] : NULL;
}

/* An HMAC context of this thread: it knows its hash, and is keyed anew for every call. */
static EVP_MAC_CTX *mac_context(enum hash h)
{
	struct thread_state *t = this_thread();
	char name[8];
	OSSL_PARAM params[2];

	if (!t || t->mac[h] || !fetched_hmac)
		return t ? t->mac[h] : NULL;
	snprintf(name, sizeof(name), "%s", hashes[h].name);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	t->mac[h] = EVP_MAC_CTX_new(fetched_hmac);
	if (t->mac[h] && !EVP_MAC_CTX_set_params(t->mac[h], params)) {
		EVP_MAC_CTX_free(t->mac[h]);
		t->mac[h] = NULL;
	}
	return t->mac[h];
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

bool hash_digest(enum hash h, const struct span *parts, size_t n, uint8_t *out)
{
	EVP_MD_CTX *ctx = digest_context(h);
	bool ok = ctx && EVP_DigestInit_ex2(ctx, fetched_hashes[h], NULL);

	for (size_t i = 0; i < n && ok; i++)
		ok = !parts[i].n || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n);
	return ok && EVP_DigestFinal_ex(ctx, out, NULL);
}

bool hash_hmac(enum hash h, struct span key, const struct span *parts, size_t n, uint8_t *out)
{
	static const uint8_t none[1];
	EVP_MAC_CTX *ctx = mac_context(h);
	size_t size = hashes[h].size;
	/* A NULL key would mean "the one before". */
	bool ok = ctx && EVP_MAC_init(ctx, key.n ? key.p : none, key.n, NULL);

	for (size_t i = 0; i < n && ok; i++)
		ok = !parts[i].n || EVP_MAC_update(ctx, parts[i].p, parts[i].n);
	return ok && EVP_MAC_final(ctx, out, &size, size);
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
