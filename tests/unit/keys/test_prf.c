/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prf and prf+ against the openssl program and RFC 5869; rng. */
#include "support.h"

#include "keys/prf.h"
#include "keys/rng.h"
#include "keys/schedule.h"

static const struct {
	uint16_t prf;
	const char *digest;
	size_t size;
} prfs[] = { { PRF_HMAC_SHA1, "SHA1", 20 },
	     { PRF_HMAC_SHA2_256, "SHA256", 32 },
	     { PRF_HMAC_SHA2_384, "SHA384", 48 },
	     { PRF_HMAC_SHA2_512, "SHA512", 64 } };

static void same_as_openssl(void **state)
{
	/* Below, at and above the block sizes 64 and 128. */
	static const size_t key_sizes[] = { 1, 20, 64, 65, 128, 129, 512 };
	uint8_t key[512], data[300], out[64];
	struct rng_fixed fixed;
	struct rng rng = rng_fixed(&fixed, "prf");

	(void)state;
	rng_fill(&rng, key, sizeof(key));
	rng_fill(&rng, data, sizeof(data));
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < sizeof(key_sizes) / sizeof(key_sizes[0]); k++) {
			struct span parts[4] = { span_of(data, 1), span_of(&data[1], 199),
						 SPAN_NONE, span_of(&data[200], 100) };
			struct octets expected =
			    openssl_hmac(prfs[i].digest, span_of(key, key_sizes[k]), SPAN_OF(data));

			assert_int_equal(suite_prf_size(prfs[i].prf), prfs[i].size);
			assert_ok(prf(prfs[i].prf, span_of(key, key_sizes[k]), parts, 4, out));
			assert_octets(span_of(out, prfs[i].size), octets_span(&expected));
		}
}

/*
 * RFC 4231 test case 1 and 2 (the openssl program takes no empty key, so these stand for the edge).
 */
static void published_hmac(void **state)
{
	uint8_t out[64];
	struct octets key = octets_from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	struct span hi = span_text("Hi There"), what = span_text("what do ya want for nothing?");

	(void)state;
	assert_ok(prf(PRF_HMAC_SHA2_256, octets_span(&key), &hi, 1, out));
	assert_hex(span_of(out, 32),
		   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_ok(prf(PRF_HMAC_SHA2_256, span_text("Jefe"), &what, 1, out));
	assert_hex(span_of(out, 32),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	/* HMAC-SHA-256 of nothing under an empty key. */
	assert_ok(prf(PRF_HMAC_SHA2_256, SPAN_NONE, NULL, 0, out));
	assert_hex(span_of(out, 32),
		   "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 5869 appendix A.1: HKDF-Expand is prf+, and sealing rests on that. */
static void hkdf_rfc5869(void **state)
{
	struct octets ikm = octets_from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	struct octets salt = octets_from_hex("000102030405060708090a0b0c");
	struct octets info = octets_from_hex("f0f1f2f3f4f5f6f7f8f9");
	struct span part = octets_span(&ikm);
	uint8_t prk[32], okm[42];

	(void)state;
	assert_ok(prf(PRF_HMAC_SHA2_256, octets_span(&salt), &part, 1, prk));
	assert_hex(SPAN_OF(prk),
		   "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
	part = octets_span(&info);
	assert_ok(prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(prk), &part, 1, okm, sizeof(okm)));
	assert_hex(SPAN_OF(okm), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
				 "34007208d5b887185865");
}

/* Each block by hand, with the openssl program: the whole of the 255 would take minutes. */
static void prf_plus_blocks(void **state)
{
	uint8_t key[32] = { 1, 2, 3 }, seed[16] = { 4, 5 }, out[255 * 32 + 1], input[32 + 16 + 1];
	struct span part = SPAN_OF(seed);
	struct octets block;

	(void)state;
	assert_ok(prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(key), &part, 1, out, 255 * 32));
	memcpy(input, seed, 16);
	input[16] = 1;
	block = openssl_hmac("SHA256", SPAN_OF(key), span_of(input, 17));
	assert_octets(span_of(out, 32), octets_span(&block));
	for (unsigned i = 1; i < 4; i++) {
		memcpy(input, block.p, 32);
		memcpy(&input[32], seed, 16);
		input[48] = (uint8_t)(i + 1);
		block = openssl_hmac("SHA256", SPAN_OF(key), SPAN_OF(input));
		assert_octets(span_of(&out[i * 32], 32), octets_span(&block));
	}
	memcpy(input, &out[253 * 32], 32);
	input[48] = 255;
	block = openssl_hmac("SHA256", SPAN_OF(key), SPAN_OF(input));
	assert_octets(span_of(&out[254 * 32], 32), octets_span(&block));
	assert_err(prf_plus(PRF_HMAC_SHA2_256, SPAN_OF(key), &part, 1, out, 255 * 32 + 1),
		   ERR_LENGTH);
}

static void unknown_prf(void **state)
{
	uint8_t out[64];

	(void)state;
	assert_err(prf(PRF_AES128_XCBC, SPAN_NONE, NULL, 0, out), ERR_UNSUPPORTED);
	assert_err(prf_plus(0, SPAN_NONE, NULL, 0, out, 1), ERR_UNSUPPORTED);
	assert_int_equal(suite_prf_size(PRF_AES128_CMAC), 0);
}

/* The draft's SKEYSEED, spelled out with the openssl program; nonces whole, both SPIs, no label. */
static void resume_as_the_draft_says(void **state)
{
	struct suite suite = { ENCR_AES_CBC, 256, PRF_HMAC_SHA2_384, INTEG_HMAC_SHA2_384_192,
			       DH_ECP256 };
	uint8_t sk_d[48], ni[256], nr[17], nonces[273], seed[48 + 273 + 16 + 1];
	struct ike_seed s = { SPAN_OF(ni), SPAN_OF(nr), 0x0102030405060708, 0xf1f2f3f4f5f6f7f8 };
	const uint8_t spis[16] = { 1,    2,    3,    4,    5,    6,    7,    8,
				   0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8 };
	struct octets skeyseed, t1, t2;
	struct rng_fixed fixed;
	struct rng rng = rng_fixed(&fixed, "resume");
	struct ike_keys k;

	(void)state;
	rng_fill(&rng, sk_d, sizeof(sk_d));
	rng_fill(&rng, ni, sizeof(ni));
	rng_fill(&rng, nr, sizeof(nr));
	memcpy(nonces, ni, sizeof(ni));
	memcpy(&nonces[sizeof(ni)], nr, sizeof(nr));
	skeyseed = openssl_hmac("SHA384", SPAN_OF(sk_d), SPAN_OF(nonces));
	memcpy(seed, nonces, 273);
	memcpy(&seed[273], spis, 16);
	seed[289] = 1;
	t1 = openssl_hmac("SHA384", octets_span(&skeyseed), span_of(seed, 290));
	memcpy(seed, t1.p, 48);
	memcpy(&seed[48], nonces, 273);
	memcpy(&seed[48 + 273], spis, 16);
	seed[48 + 289] = 2;
	t2 = openssl_hmac("SHA384", octets_span(&skeyseed), SPAN_OF(seed));
	assert_ok(ike_keys_resume(&k, &suite, &s, SPAN_OF(sk_d)));
	assert_octets(secret_peek(&k.sk_d), octets_span(&t1));
	assert_octets(secret_peek(&k.sk_ai), octets_span(&t2));
	assert_int_equal(k.sk_ei.n, 32);
	assert_int_equal(k.sk_pr.n, 48);
	ike_keys_clear(&k);
}

static void fixed_rng_repeats(void **state)
{
	struct rng_fixed a, b;
	struct rng ra = rng_fixed(&a, "seed"), rb = rng_fixed(&b, "seed"), rc;
	uint8_t x[100], y[100];

	(void)state;
	rng_fill(&ra, x, sizeof(x));
	rng_fill(&rb, y, sizeof(y));
	assert_memory_equal(x, y, sizeof(x));
	rng_fill(&ra, x, sizeof(x));
	assert_memory_not_equal(x, y, sizeof(x));
	rc = rng_fixed(&b, "other seed");
	rng_fill(&rc, x, sizeof(x));
	assert_memory_not_equal(x, y, sizeof(x));
	assert_true(rng_spi(&rng_system) != rng_spi(&rng_system));
}

static void zeros_then_one(void *ctx, uint8_t *out, size_t n)
{
	unsigned *calls = ctx;

	memset(out, *calls >= 3, n);
	++*calls;
}

static void spi_is_never_zero(void **state)
{
	unsigned calls = 0;
	struct rng rng = { zeros_then_one, &calls };

	(void)state;
	assert_int_equal(rng_spi(&rng), 0x0101010101010101);
	assert_int_equal(calls, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_openssl),   cmocka_unit_test(published_hmac),
		cmocka_unit_test(hkdf_rfc5869),      cmocka_unit_test(prf_plus_blocks),
		cmocka_unit_test(unknown_prf),       cmocka_unit_test(resume_as_the_draft_says),
		cmocka_unit_test(fixed_rng_repeats), cmocka_unit_test(spi_is_never_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
