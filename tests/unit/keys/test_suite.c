/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites: text, sizes, negotiation. */
#include "support.h"

#include "keys/suite.h"

static struct suite suite(const char *text)
{
	struct suite s;

	assert_ok(suite_from_text(text, &s));
	return s;
}

static void text_round_trip(void **state)
{
	static const char *const good[] = { "aes128-sha256-x25519",
					    "aes192-sha1-modp2048",
					    "aes256-sha512-ecp521",
					    "aes256-sha384-prfsha256-modp4096",
					    "aes256gcm16-prfsha384-ecp256",
					    "aes128gcm16-prfsha1-modp3072",
					    "chacha20poly1305-prfsha256-modp2048",
					    "aes128-sha256" };
	static const char *const bad[] = {
		"",
		"-",
		"aes128",
		"aes128-",
		"-aes128-sha256",
		"sha256-x25519",
		"aes128gcm16-x25519",
		"aes128gcm16-sha256-x25519",
		"aes128-sha256-modp1024",
		"aes128-sha256-x25519-x25519",
		"aes128-sha256 -x25519",
		"AES128-sha256",
		"aes128-sha256-esn",
		"null-sha256",
		"aes128-md5",
		"aes129-sha256",
		"chacha20poly1305-sha256-prfsha256",
		"aes128-prfsha256-x25519",
		"aes128-sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	char out[80];
	struct suite s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		s = suite(good[i]);
		assert_string_equal(suite_text(&s, out, sizeof(out)), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (suite_from_text(bad[i], &s) != ERR_VALUE)
			fail_msg("'%s' was taken", bad[i]);
	/* Order does not matter to a reader. */
	s = suite("x25519-prfsha256-sha256-aes128");
	assert_string_equal(suite_text(&s, out, sizeof(out)), "aes128-sha256-x25519");
}

/* RFC 3602, RFC 4868, RFC 5282, RFC 7634. */
static void sizes(void **state)
{
	static const struct {
		const char *text;
		struct suite_sizes z;
	} known[] = {
		{ "aes128-sha1-modp2048", { 20, 20, 16, 16, 16, 12, false } },
		{ "aes192-sha256-x25519", { 32, 32, 24, 16, 16, 16, false } },
		{ "aes256-sha384-x25519", { 48, 48, 32, 16, 16, 24, false } },
		{ "aes256-sha512-x25519", { 64, 64, 32, 16, 16, 32, false } },
		{ "aes128gcm16-prfsha256-x25519", { 32, 0, 20, 8, 1, 16, true } },
		{ "aes256gcm16-prfsha512-x25519", { 64, 0, 36, 8, 1, 16, true } },
		{ "chacha20poly1305-prfsha256-x25519", { 32, 0, 36, 8, 1, 16, true } },
	};
	struct suite odd[] = {
		{ ENCR_AES_CBC, 0, 5, 12, 0 },    { ENCR_AES_CBC, 127, 5, 12, 0 },
		{ ENCR_3DES, 0, 5, 12, 0 },       { ENCR_AES_GCM_16, 128, 5, 12, 0 },
		{ ENCR_AES_CBC, 128, 5, 0, 0 },   { ENCR_AES_CBC, 128, 4, 12, 0 },
		{ ENCR_AES_CBC, 128, 5, 12, 99 }, { ENCR_CHACHA20_POLY1305, 256, 5, 0, 0 }
	};
	struct suite_sizes z;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct suite s = suite(known[i].text);

		assert_ok(suite_sizes(&s, &z));
		assert_int_equal(z.prf_key, known[i].z.prf_key);
		assert_int_equal(z.integ_key, known[i].z.integ_key);
		assert_int_equal(z.encr_key, known[i].z.encr_key);
		assert_int_equal(z.iv, known[i].z.iv);
		assert_int_equal(z.block, known[i].z.block);
		assert_int_equal(z.icv, known[i].z.icv);
		assert_int_equal(z.aead, known[i].z.aead);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_err(suite_sizes(&odd[i], &z), ERR_UNSUPPORTED);
}

static void offer(struct ike_sa *sa, const char *text)
{
	struct suite s = suite(text);

	assert_true(suite_add_proposal(sa, &s, SPAN_NONE));
}

static void assert_chosen(const struct ike_sa *sa, const struct suite *policy, size_t n,
			  const char *text, uint8_t number)
{
	struct suite s;
	uint8_t got = 0;
	char out[80];

	if (!text) {
		assert_err(suite_choose(sa, policy, n, &s, &got), ERR_NO_MATCH);
		return;
	}
	assert_ok(suite_choose(sa, policy, n, &s, &got));
	assert_string_equal(suite_text(&s, out, sizeof(out)), text);
	assert_int_equal(got, number);
}

static void choosing(void **state)
{
	struct suite policy[] = { suite("aes256gcm16-prfsha384-ecp256"),
				  suite("aes128-sha256-x25519"), suite("aes128-sha256-modp2048") };
	struct ike_sa sa = { 0 };

	(void)state;
	assert_chosen(&sa, policy, 3, NULL, 0);
	offer(&sa, "aes192-sha256-x25519");
	assert_chosen(&sa, policy, 3, NULL, 0);
	/* One proposal with alternatives: our order decides. */
	offer(&sa, "aes128-sha256-modp2048");
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_DH, DH_X25519, 0));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_AES_CBC, 256));
	offer(&sa, "aes256gcm16-prfsha384-ecp256");
	assert_chosen(&sa, policy, 3, "aes128-sha256-x25519", 2);
	assert_chosen(&sa, policy, 1, "aes256gcm16-prfsha384-ecp256", 3);
	assert_true(suite_offered(&sa, &policy[0]));
	assert_false(suite_offered(&sa, &(struct suite){ ENCR_AES_GCM_16, 128, 6, 0, 0 }));
	/* The group is not compared (rule 10). */
	assert_true(suite_offered(&sa, &(struct suite){ ENCR_AES_CBC, 192, 5, 12, DH_ECP521 }));
	assert_true(suite_offered(&sa, &(struct suite){ ENCR_AES_CBC, 192, 5, 12, DH_NONE }));
	assert_false(suite_offered(&sa, &(struct suite){ ENCR_AES_CBC, 192, 6, 12, DH_NONE }));
	assert_false(suite_offered(&sa, &(struct suite){ ENCR_AES_CBC, 192, 5, 13, DH_NONE }));
	assert_false(suite_offered(&sa, &(struct suite){ ENCR_AES_CBC, 0, 5, 12, DH_NONE }));
}

/* A suite of the KE payload's group before the first choice, which would cost a second request. */
static void choosing_by_group(void **state)
{
	struct suite policy[] = { suite("aes256gcm16-prfsha384-ecp256"),
				  suite("aes128-sha256-x25519"), suite("aes128-sha256-modp2048") };
	struct ike_sa sa = { 0 };
	struct suite s;
	uint8_t number;

	(void)state;
	assert_err(suite_choose_for_group(&sa, policy, 3, DH_X25519, &s, &number), ERR_NO_MATCH);
	offer(&sa, "aes256gcm16-prfsha384-ecp256");
	offer(&sa, "aes128-sha256-modp2048");
	assert_ok(suite_choose_for_group(&sa, policy, 3, DH_MODP2048, &s, &number));
	assert_int_equal(s.dh, DH_MODP2048);
	assert_int_equal(number, 2);
	/* None of the group is offered, or there is none in the policy: as without one. */
	assert_ok(suite_choose_for_group(&sa, policy, 3, DH_X25519, &s, &number));
	assert_int_equal(s.dh, DH_ECP256);
	assert_int_equal(number, 1);
	assert_ok(suite_choose_for_group(&sa, policy, 3, DH_ECP521, &s, &number));
	assert_int_equal(s.dh, DH_ECP256);
}

static void passed_over(void **state)
{
	struct suite policy[] = { suite("aes128-sha256-x25519"),
				  suite("aes128gcm16-prfsha256-x25519") };
	struct ike_sa sa;

	(void)state;
	/* a transform type that nobody knows */
	memset(&sa, 0, sizeof(sa));
	offer(&sa, "aes128-sha256-x25519");
	assert_true(ike_sa_add_transform(&sa, 6, 1, 0));
	assert_chosen(&sa, policy, 2, NULL, 0);
	assert_false(suite_offered(&sa, &policy[0]));
	/* no group at all, then the value "none" */
	memset(&sa, 0, sizeof(sa));
	offer(&sa, "aes128-sha256");
	assert_chosen(&sa, policy, 2, NULL, 0);
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_DH, DH_NONE, 0));
	assert_chosen(&sa, policy, 2, NULL, 0);
	/* AEAD with an integrity algorithm, then with NONE beside it */
	memset(&sa, 0, sizeof(sa));
	offer(&sa, "aes128gcm16-prfsha256-x25519");
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0));
	assert_chosen(&sa, policy, 2, NULL, 0);
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_INTEG, INTEG_NONE, 0));
	assert_chosen(&sa, policy, 2, "aes128gcm16-prfsha256-x25519", 1);
	/* a transform with an attribute that nobody knows */
	memset(&sa, 0, sizeof(sa));
	offer(&sa, "aes128-sha256-x25519");
	sa.transforms[0].unknown_attribute = true;
	assert_chosen(&sa, policy, 2, NULL, 0);
	sa.transforms[0].unknown_attribute = false;
	assert_chosen(&sa, policy, 2, "aes128-sha256-x25519", 1);
	sa.proposals[0].protocol = PROTOCOL_ESP;
	assert_chosen(&sa, policy, 2, NULL, 0);
	sa.proposals[0].protocol = PROTOCOL_IKE;
	sa.proposals[0].spi_size = 4;
	assert_chosen(&sa, policy, 2, NULL, 0);
	sa.proposals[0].spi_size = 8; /* rekey */
	assert_chosen(&sa, policy, 2, "aes128-sha256-x25519", 1);
}

static void esp(void **state)
{
	static const char *const texts[] = { "aes128gcm16", "aes256-sha256-modp2048-esn",
					     "null-sha256", "chacha20poly1305-x25519" };
	static const size_t keymat[][2] = { { 20, 0 }, { 32, 32 }, { 0, 32 }, { 36, 0 } };
	struct suite_esp s[4], out, bad;
	struct ike_sa sa = { 0 };
	uint8_t number;
	uint32_t spi;
	char text[80];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t encr, integ;

		assert_ok(suite_esp_from_text(texts[i], &s[i]));
		assert_string_equal(suite_esp_text(&s[i], text, sizeof(text)), texts[i]);
		assert_ok(suite_esp_keymat(&s[i], &encr, &integ));
		assert_int_equal(encr, keymat[i][0]);
		assert_int_equal(integ, keymat[i][1]);
	}
	assert_err(suite_esp_from_text("aes128gcm16-prfsha256", &bad), ERR_VALUE);
	assert_err(suite_esp_from_text("aes128", &bad), ERR_VALUE);
	assert_err(suite_esp_from_text("null", &bad), ERR_VALUE);
	assert_true(suite_esp_add_proposal(&sa, &s[3], 0xa0b0c0d0));
	assert_true(suite_esp_add_proposal(&sa, &s[1], 0x01020304));
	assert_true(suite_esp_add_proposal(&sa, &s[0], 0xfffffffe));
	assert_ok(suite_esp_choose(&sa, s, 2, &out, &number, &spi));
	assert_int_equal(number, 2);
	assert_int_equal(spi, 0x01020304);
	assert_true(out.esn);
	assert_ok(suite_esp_choose(&sa, s, 1, &out, &number, &spi));
	assert_int_equal(number, 3);
	assert_int_equal(spi, 0xfffffffe);
	assert_err(suite_esp_choose(&sa, &s[2], 1, &out, &number, &spi), ERR_NO_MATCH);
	/* ESN is mandatory in an ESP proposal (RFC 7296 section 3.3.3). */
	memset(&sa, 0, sizeof(sa));
	assert_true(ike_sa_add_proposal(&sa, PROTOCOL_ESP, span_of("abcd", 4)));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_AES_GCM_16, 128));
	assert_err(suite_esp_choose(&sa, s, 1, &out, &number, &spi), ERR_NO_MATCH);
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_ESN, ESN_NO, 0));
	assert_ok(suite_esp_choose(&sa, s, 1, &out, &number, &spi));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_round_trip), cmocka_unit_test(sizes),
		cmocka_unit_test(choosing),        cmocka_unit_test(choosing_by_group),
		cmocka_unit_test(passed_over),     cmocka_unit_test(esp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
