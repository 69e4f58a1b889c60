/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seal_open(). First octet 0: the rest is a payload 208; else the rest is a plaintext that is
 * sealed with the right key, so that the fuzzer gets past the tag.
 */
#include <stdlib.h>

#include "keys/cipher.h"
#include "keys/prf.h"
#include "keys/seal.h"

#define BODY_MAX 65536
#define NOW 1800000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct index ix = { 1, { 4, { 192, 0, 2, 1 } } };

static size_t seal_raw(const struct seal_keys *keys, struct span text, uint8_t *body, size_t cap)
{
	uint8_t okm[44], prk[32], aad[STUB_SEALED_CLEAR + INDEX_BODY_IPV4], *ct, *tag;
	struct span info = span_text("ikesync profile 1 seal"), ikm = SPAN_OF(keys->keys[0].key);
	struct wcursor c = wcursor_init(body, cap), a = wcursor_init(aad, sizeof(aad));
	uint64_t expiry = NOW;

	wcursor_u8(&c, STUB_SEALED_VERSION);
	wcursor_u32(&c, keys->keys[0].id);
	for (unsigned i = 0; i < STUB_SEALED_SALT; i++)
		wcursor_u8(&c, 7);
	wcursor_u64(&c, expiry);
	wcursor_bytes(&a, span_of(body, STUB_SEALED_CLEAR));
	index_write(&a, &ix);
	ct = wcursor_reserve(&c, text.n);
	tag = wcursor_reserve(&c, STUB_SEALED_TAG);
	if (!ct || !tag)
		return 0;
	if (prf(PRF_HMAC_SHA2_256, span_of(&body[5], STUB_SEALED_SALT), &ikm, 1, prk) ||
	    prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(prk), &info, 1, okm, sizeof(okm)) ||
	    !cipher_aead_seal(algorithms_cipher(ENCR_AES_GCM_16, 256), okm, &okm[32], SPAN_OF(aad),
			      text, ct, tag))
		abort();
	return wcursor_size(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t body[BODY_MAX], plain[BODY_MAX];
	struct seal_keys keys = { .n = 1, .keys = { { .id = 1, .key = { 1, 2, 3 } } } };
	struct stub_sealed sealed;
	struct span input;
	struct stub s;
	struct fault fault = { 0 };

	if (!size || size > sizeof(body) / 2)
		return 0;
	input = span_of(&data[1], size - 1);
	if (data[0])
		input = span_of(body, seal_raw(&keys, input, body, sizeof(body)));
	if (stub_sealed_parse(input, 0, &sealed, &fault))
		return 0;
	(void)!seal_open(&keys, &ix, &sealed, NOW, plain, &s, &fault);
	return 0;
}
