/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMAC of many packets under one key. The hash functions of old are used on purpose: OpenSSL 3.0's EVP_MAC allocates some
 * ten times for each message, and hashes the pads anew.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ipsec/esp_hmac.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "keys/secret.h"
#include "wire/iana.h"

#define BLOCK_MAX 128

union state {
	SHA_CTX sha1;
	SHA256_CTX sha256;
	SHA512_CTX sha512;
};

struct kind {
	uint16_t integ;
	uint8_t digest, block;
	void (*begin)(union state *s);
	void (*add)(union state *s, struct span octets);
	void (*end)(union state *s, uint8_t *out);
};

struct esp_hmac {
	const struct kind *kind;
	union state inner, outer; /* behind the pads */
};

#define KIND(name, init, update, final, member)                                            \
	static void name##_begin(union state *s)                                           \
	{                                                                                  \
		(void)init(&s->member);                                                    \
	}                                                                                  \
	static void name##_end(union state *s, uint8_t *out)                               \
	{                                                                                  \
		(void) final(out, &s->member);                                             \
	}                                                                                  \
	static void __attribute__((unused)) name##_add(union state *s, struct span octets) \
	{                                                                                  \
		(void)update(&s->member, octets.p, octets.n);                              \
	}

KIND(sha1, SHA1_Init, SHA1_Update, SHA1_Final, sha1)
KIND(sha256, SHA256_Init, SHA256_Update, SHA256_Final, sha256)
KIND(sha384, SHA384_Init, SHA384_Update, SHA384_Final, sha512)
KIND(sha512, SHA512_Init, SHA512_Update, SHA512_Final, sha512)

static const struct kind kinds[] = {
	{ INTEG_HMAC_SHA1_96, 20, 64, sha1_begin, sha1_add, sha1_end },
	{ INTEG_HMAC_SHA2_256_128, 32, 64, sha256_begin, sha256_add, sha256_end },
	{ INTEG_HMAC_SHA2_384_192, 48, 128, sha384_begin, sha384_add, sha384_end },
	{ INTEG_HMAC_SHA2_512_256, 64, 128, sha512_begin, sha512_add, sha512_end },
};

static void begin_padded(const struct kind *k, union state *s, struct span key, uint8_t with)
{
	uint8_t pad[BLOCK_MAX];

	memset(pad, with, sizeof(pad));
	for (size_t i = 0; i < key.n; i++)
		pad[i] ^= key.p[i];
	k->begin(s);
	k->add(s, span_of(pad, k->block));
	secret_wipe(pad, sizeof(pad));
}

struct esp_hmac *esp_hmac_new(uint16_t integ, struct span key)
{
	struct esp_hmac *h;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].integ != integ || kinds[i].digest != key.n)
			continue;
		h = calloc(1, sizeof(*h));
		if (!h)
			return NULL;
		h->kind = &kinds[i];
		begin_padded(h->kind, &h->inner, key, 0x36);
		begin_padded(h->kind, &h->outer, key, 0x5c);
		return h;
	}
	return NULL;
}

void esp_hmac_free(struct esp_hmac *h)
{
	if (h)
		secret_wipe(h, sizeof(*h));
	free(h);
}

void esp_hmac_of(const struct esp_hmac *h, struct span first, struct span second,
		 uint8_t out[static ESP_HMAC_MAX])
{
	union state s = h->inner;

	h->kind->add(&s, first);
	if (second.n)
		h->kind->add(&s, second);
	h->kind->end(&s, out);
	s = h->outer;
	h->kind->add(&s, span_of(out, h->kind->digest));
	h->kind->end(&s, out);
	secret_wipe(&s, sizeof(s));
}
