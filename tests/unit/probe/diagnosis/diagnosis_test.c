/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each wrong derivation is made here by hand, from prf and prf+ alone, and a gateway's answer is
 * sealed with its keys: the diagnosis must name that mistake and no other. The right derivation is
 * checked against ike_keys_resume(), which NIST's and the profile's examples hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "diagnosis/diagnosis.h"
#include "wire/hex.h"
#include "wire/ike_notify.h"

#define SPI_I 0x1111111111111111u
#define SPI_R 0x2222222222222222u
#define OLD_I 0x3333333333333333u
#define OLD_R 0x4444444444444444u

static uint8_t ni[32], nr[40], sk_d_old[64], sk_d_older[64], g_ir[32];

struct mistake {
	const char *says;      /* part of the text */
	uint64_t spi_i, spi_r; /* 0: right */
	int nonces;            /* 1 both, 2 SKEYSEED, 3 prf+, 4 cut to 8, 5 to 16 */
	int input;             /* 1 label, 2 g^ir as in a rekey, 3 full, 4 older SK_d, 5 SK_d cut */
	uint16_t prf;          /* 0: right */
	const char *order;     /* NULL: right; d = SK_d, a A e E p P = ai ar ei er pi pr */
	int encr_bits, integ_key, prf_key; /* 0: right */
	bool roles;
};

static struct span nonce(const struct mistake *m, bool first, bool swapped)
{
	struct span s = first != swapped ? SPAN_OF(ni) : SPAN_OF(nr);

	if (m->nonces == 4)
		s.n = 8;
	else if (m->nonces == 5)
		s.n = 16;
	return s;
}

static void derive(const struct mistake *m, const struct suite *right, struct ike_keys *out)
{
	const bool swap_seed = m->nonces == 1 || m->nonces == 2,
		   swap_plus = m->nonces == 1 || m->nonces == 3;
	const struct span a = nonce(m, true, swap_seed), b = nonce(m, false, swap_seed);
	const char *order = m->order ? m->order : "daAeEpP";
	struct suite s = *right;
	uint8_t skeyseed[64], spis[16], okm[512], joined[80];
	size_t n = 0, at = 0;

	if (m->prf)
		s.prf = m->prf;
	if (m->encr_bits)
		s.encr_key_bits = (uint16_t)m->encr_bits;
	*out = (struct ike_keys){ .suite = s };
	assert_int_equal(suite_sizes(&s, &out->sizes), ERR_OK);
	const struct span d = span_of(m->input == 4 ? sk_d_older : sk_d_old,
				      m->input == 5 ? 16 : suite_prf_size(right->prf));
	const struct span old_parts[4] = { span_text("Resumption"), span_of(g_ir, sizeof(g_ir)), a,
					   b };

	switch (m->input) {
	case 1:
		assert_int_equal(prf(s.prf, d, (struct span[]){ old_parts[0], a, b }, 3, skeyseed),
				 ERR_OK);
		break;
	case 2:
		assert_int_equal(prf(s.prf, d, (struct span[]){ old_parts[1], a, b }, 3, skeyseed),
				 ERR_OK);
		break;
	case 3:
		memcpy(joined, a.p, a.n);
		memcpy(&joined[a.n], b.p, b.n);
		assert_int_equal(prf(s.prf, span_of(joined, a.n + b.n), &old_parts[1], 1, skeyseed),
				 ERR_OK);
		break;
	default:
		assert_int_equal(prf(s.prf, d, (struct span[]){ a, b }, 2, skeyseed), ERR_OK);
	}
	for (unsigned i = 0; i < 8; i++) {
		spis[i] = (uint8_t)(m->spi_i ? m->spi_i : SPI_I);
		spis[8 + i] = (uint8_t)(m->spi_r ? m->spi_r : SPI_R);
	}
	const struct span seed[3] = { nonce(m, true, swap_plus), nonce(m, false, swap_plus),
				      span_of(spis, 16) };

	assert_int_equal(
	    prf_plus(s.prf, span_of(skeyseed, suite_prf_size(s.prf)), seed, 3, okm, sizeof(okm)),
	    ERR_OK);
	for (const char *k = order; *k; k++) {
		struct secret *to = *k == 'd'   ? &out->sk_d
				    : *k == 'a' ? &out->sk_ai
				    : *k == 'A' ? &out->sk_ar
				    : *k == 'e' ? &out->sk_ei
				    : *k == 'E' ? &out->sk_er
				    : *k == 'p' ? &out->sk_pi
						: &out->sk_pr;
		const bool integ = *k == 'a' || *k == 'A';

		if (integ)
			n = m->integ_key      ? (size_t)m->integ_key
			    : out->sizes.aead ? 0
					      : out->sizes.integ_key;
		else if (*k == 'e' || *k == 'E')
			n = out->sizes.encr_key;
		else
			n = m->prf_key ? (size_t)m->prf_key : out->sizes.prf_key;
		if (!integ || !out->sizes.aead)
			assert_int_equal(secret_set(to, span_of(&okm[at], n)), ERR_OK);
		at += n;
	}
}

/* A gateway's answer to message ID 1, as its mistaken keys protect it. */
static size_t seal_answer(const struct mistake *m, const struct ike_keys *keys, uint8_t *message,
			  size_t cap)
{
	const struct ike_header h = { .spi_i = SPI_I,
				      .spi_r = SPI_R,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_INFORMATIONAL,
				      .flags = IKE_FLAG_RESPONSE,
				      .message_id = 1 };
	uint8_t inner[64], mac[32] = { 0x5a };
	struct wcursor ic = wcursor_init(inner, sizeof(inner)), c = wcursor_init(message, cap);
	struct rng_fixed state;
	const struct rng rng = rng_fixed(&state, "answer");
	struct chain_writer iw, w;
	struct sk_iv iv = { 7 };

	wcursor_u8(&ic, 0);
	chain_writer_init(&iw, &ic, 0);
	ike_notify_write_simple(&iw, NOTIFY_IKESYNC_BIND, SPAN_OF(mac));
	chain_writer_message(&w, &c, &h);
	assert_int_equal(sk_seal(&w, keys, m->roles ? SK_FROM_INITIATOR : SK_FROM_RESPONDER, &iv,
				 &rng, inner[0], span_of(&inner[1], wcursor_size(&ic) - 1)),
			 ERR_OK);
	return wcursor_size(&c);
}

static struct diagnosis facts(const struct suite *s)
{
	return (struct diagnosis){
		.suite = *s,
		.seed = { .ni = SPAN_OF(ni), .nr = SPAN_OF(nr), .spi_i = SPI_I, .spi_r = SPI_R },
		.sk_d_old = span_of(sk_d_old, suite_prf_size(s->prf)),
		.old_spi_i = OLD_I,
		.old_spi_r = OLD_R,
		.g_ir = SPAN_OF(g_ir),
		.sk_d_older = span_of(sk_d_older, suite_prf_size(s->prf)),
	};
}

static void expect_named(const char *suite, const struct mistake *m)
{
	struct diagnosis_guess found;
	struct ike_keys keys;
	struct diagnosis d;
	uint8_t message[512];
	struct suite s;
	size_t n;

	assert_int_equal(suite_from_text(suite, &s), ERR_OK);
	d = facts(&s);
	derive(m, &s, &keys);
	n = seal_answer(m, &keys, message, sizeof(message));
	if (!diagnosis_find(&d, span_of(message, n), SK_FROM_RESPONDER, &found))
		fail_msg("%s: nothing fits, though %s", suite, m->says);
	if (!strstr(found.text, m->says))
		fail_msg("%s: \"%s\" found instead of \"%s\"", suite, found.text, m->says);
	assert_true(secret_equal(secret_peek(&found.keys.sk_er), secret_peek(&keys.sk_er)));
	ike_keys_clear(&found.keys);
	/* One bit of the ICV wrong: nothing may fit, or everything said above proves nothing. */
	message[n - 1] ^= 1;
	assert_false(diagnosis_find(&d, span_of(message, n), SK_FROM_RESPONDER, &found));
}

static const struct mistake mistakes[] = {
	{ .says = "the draft itself" },
	{ .says = "the old SA's SPIr stands", .spi_r = OLD_R },
	{ .says = "the old SA's SPIi stands", .spi_i = OLD_I },
	{ .says = "the old SA's SPIi and SPIr", .spi_i = OLD_I, .spi_r = OLD_R },
	{ .says = "SPIi and SPIr are swapped", .spi_i = SPI_R, .spi_r = SPI_I },
	{ .says = "the nonces are swapped (Nr | Ni)", .nonces = 1 },
	{ .says = "in SKEYSEED alone", .nonces = 2 },
	{ .says = "in prf+ alone", .nonces = 3 },
	{ .says = "cut to 8 octets", .nonces = 4 },
	{ .says = "cut to 16 octets", .nonces = 5 },
	{ .says = "SK_d is cut to its first 16", .input = 5 },
	{ .says = "\"Resumption\"", .input = 1 },
	{ .says = "g^ir of the old SA is mixed", .input = 2 },
	{ .says = "prf(Ni | Nr, g^ir)", .input = 3 },
	{ .says = "the SA before it", .input = 4 },
	{ .says = "HMAC-SHA-1,", .prf = PRF_HMAC_SHA1 },
	{ .says = "HMAC-SHA2-512,", .prf = PRF_HMAC_SHA2_512 },
	{ .says = "in the order SK_d, SK_ai, SK_ei, SK_pi, SK_ar", .order = "daepAEP" },
	{ .says = "in the order SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr, SK_d",
	  .order = "aAeEpPd" },
	{ .says = "SK_d, SK_pi and SK_pr have 16 octets", .prf_key = 16 },
	{ .says = "SK_d, SK_pi and SK_pr have 64 octets", .prf_key = 64 },
	{ .says = "initiator and responder are swapped", .roles = true },
	/* two at once */
	{ .says = "the old SA's SPIr stands in prf+ instead of SPIr_new, and RFC 5723's",
	  .spi_r = OLD_R,
	  .input = 1 },
	{ .says = "the nonces are swapped (Nr | Ni), and initiator and responder are swapped",
	  .nonces = 1,
	  .roles = true },
};

static void each_mistake_is_named_with_cbc_and_hmac(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		expect_named("aes128-sha256-x25519", &mistakes[i]);
}

static void each_mistake_is_named_with_an_aead(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		expect_named("aes256gcm16-prfsha384-ecp256", &mistakes[i]);
}

static void key_lengths_and_orders_of_each_kind(void **state)
{
	(void)state;
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "256 bits", .encr_bits = 256 });
	expect_named("aes256-sha384-ecp256",
		     &(struct mistake){ .says = "128 bits", .encr_bits = 128 });
	expect_named("aes128gcm16-prfsha256-x25519",
		     &(struct mistake){ .says = "256 bits", .encr_bits = 256 });
	expect_named(
	    "aes128-sha256-x25519",
	    &(struct mistake){ .says = "SK_ai and SK_ar have 64 octets", .integ_key = 64 });
	expect_named(
	    "aes128-sha256-x25519",
	    &(struct mistake){ .says = "SK_ai and SK_ar have 16 octets", .integ_key = 16 });
	/* an AEAD has no SK_a; deriving one all the same shifts the rest */
	expect_named(
	    "aes256gcm16-prfsha384-ecp256",
	    &(struct mistake){ .says = "SK_ai and SK_ar have 48 octets", .integ_key = 48 });
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "in the order SK_d, SK_pi", .order = "dpPaAeE" });
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "in the order SK_d, SK_ei, SK_er, SK_ai, SK_ar",
					.order = "deEaApP" });
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "in the order SK_d, SK_ei, SK_ai, SK_er",
					.order = "deaEApP" });
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "in the order SK_d, SK_ai, SK_ei, SK_ar, SK_er",
					.order = "daeAEpP" });
	expect_named("aes256-sha384-ecp256",
		     &(struct mistake){ .says = "HMAC-SHA2-256,", .prf = PRF_HMAC_SHA2_256 });
	expect_named("aes128-sha256-x25519",
		     &(struct mistake){ .says = "HMAC-SHA2-384,", .prf = PRF_HMAC_SHA2_384 });
}

static void the_right_guess_is_the_schedule_of_the_draft(void **state)
{
	struct diagnosis_guess guess;
	struct ike_keys keys;
	struct diagnosis d;
	struct suite s;

	(void)state;
	assert_int_equal(suite_from_text("aes256-sha512-modp2048", &s), ERR_OK);
	d = facts(&s);
	assert_int_equal(diagnosis_derive(&d, 0, &guess), ERR_OK);
	assert_int_equal(ike_keys_resume(&keys, &s, &d.seed, d.sk_d_old), ERR_OK);
	assert_true(secret_equal(secret_peek(&keys.sk_d), secret_peek(&guess.keys.sk_d)));
	assert_true(secret_equal(secret_peek(&keys.sk_ei), secret_peek(&guess.keys.sk_ei)));
	assert_true(secret_equal(secret_peek(&keys.sk_ar), secret_peek(&guess.keys.sk_ar)));
	assert_true(secret_equal(secret_peek(&keys.sk_pr), secret_peek(&guess.keys.sk_pr)));
}

/* SK_d of five guesses, made with openssl mac -digest SHA256 HMAC from the inputs of main(). */
static void guesses_come_to_what_openssl_does(void **state)
{
	static const struct {
		const char *says, *sk_d;
	} known[] = {
		{ "the derivation of the draft",
		  "fd8ea7c7b786ce64fad79c6789b11a3aa3d608df1908c1d72fafe68e36e91b9c" },
		{ "\"Resumption\"",
		  "c0caaff78dc9ad472bf50fa3056b5d64eff261f2daf6bc4b5be9998a6c5d585d" },
		{ "nonces are cut to 16",
		  "425d5c0188ba439c5f6b3cf8cfedf1fc5734558b18c7857c928a61901d8917c9" },
		{ "SK_d is cut to its first 16",
		  "f21c4f893a623d89aa1d36f14da37828105c472abea4d7782bda7aa1ea2b7c9d" },
		{ "the nonces are swapped (Nr | Ni)",
		  "84af08628611def35701866b30657b3626749c7a49ffb8da657ebd3e2032d950" },
	};
	struct suite s;
	struct diagnosis d;

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &s), ERR_OK);
	d = facts(&s);
	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		struct diagnosis_guess guess;
		char hex[2 * SECRET_MAX + 1];
		unsigned i = 0;

		while (diagnosis_derive(&d, i, &guess) != ERR_OK ||
		       !strstr(guess.text, known[k].says))
			assert_true(++i < diagnosis_count());
		assert_string_equal(hex_write(secret_peek(&guess.keys.sk_d), hex), known[k].sk_d);
		ike_keys_clear(&guess.keys);
	}
}

static void guesses_without_their_input_are_left_out(void **state)
{
	struct diagnosis_guess guess;
	struct diagnosis d;
	struct suite s;
	unsigned with = 0, without = 0;

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &s), ERR_OK);
	d = facts(&s);
	for (unsigned i = 0; i < diagnosis_count(); i++)
		with += diagnosis_derive(&d, i, &guess) == ERR_OK;
	d.g_ir = d.sk_d_older = SPAN_NONE;
	d.old_spi_i = d.old_spi_r = 0;
	for (unsigned i = 0; i < diagnosis_count(); i++)
		without += diagnosis_derive(&d, i, &guess) == ERR_OK;
	/* two of g^ir, one of an older SK_d, three of old SPIs */
	assert_int_equal(with - without, 6);
	assert_int_equal(diagnosis_derive(&d, diagnosis_count(), &guess), ERR_NO_MATCH);
}

static void nonsense_is_not_diagnosed(void **state)
{
	struct diagnosis_guess guess;
	struct diagnosis d;
	struct suite s;
	uint8_t junk[64] = { 0 };

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &s), ERR_OK);
	d = facts(&s);
	for (size_t n = 0; n <= sizeof(junk); n++)
		assert_false(diagnosis_find(&d, span_of(junk, n), SK_FROM_RESPONDER, &guess));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_named_with_cbc_and_hmac),
		cmocka_unit_test(each_mistake_is_named_with_an_aead),
		cmocka_unit_test(key_lengths_and_orders_of_each_kind),
		cmocka_unit_test(the_right_guess_is_the_schedule_of_the_draft),
		cmocka_unit_test(guesses_come_to_what_openssl_does),
		cmocka_unit_test(guesses_without_their_input_are_left_out),
		cmocka_unit_test(nonsense_is_not_diagnosed),
	};

	for (size_t i = 0; i < sizeof(ni); i++)
		ni[i] = (uint8_t)(i + 1);
	for (size_t i = 0; i < sizeof(nr); i++)
		nr[i] = (uint8_t)(0x80 + i);
	for (size_t i = 0; i < 64; i++) {
		sk_d_old[i] = (uint8_t)(0x11 * i);
		sk_d_older[i] = (uint8_t)(0x13 * i + 5);
	}
	memset(g_ir, 0x77, sizeof(g_ir));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
