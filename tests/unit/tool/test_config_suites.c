/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of suites: appended, bounded, complained about by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tool/config_suites.h"
#include "wire/iana.h"

#define SUITES 3

struct lists {
	unsigned n, n_esp;
	struct suite ike[SUITES];
	struct suite_esp esp[SUITES];
};

static struct lists read_lists(const char *text, GError **error)
{
	struct config *c = config_parse("test.conf", text, strlen(text), NULL);
	struct lists l = { 0 };

	assert_non_null(c);
	config_ike_suites(c, "g", "ike", "aes128-sha256-x25519", l.ike, &l.n, SUITES, error);
	config_ike_suites(c, "g", "more", NULL, l.ike, &l.n, SUITES, error);
	config_esp_suites(c, "g", "esp", "aes128gcm16, aes128-sha256", l.esp, &l.n_esp, SUITES,
			  error);
	config_free(c);
	return l;
}

static void lists(void **state)
{
	GError *error = NULL;
	struct lists l = read_lists("[g]\n", &error);

	(void)state;
	assert_null(error);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.ike[0].dh, DH_X25519);
	assert_int_equal(l.n_esp, 2);
	assert_int_equal(l.esp[1].integ, INTEG_HMAC_SHA2_256_128);
	l = read_lists("[g]\nike=aes256-sha384-ecp256, aes256gcm16-prfsha384-ecp256\n"
		       "more=chacha20poly1305-prfsha256-x25519\nesp=aes256gcm16\n",
		       &error);
	assert_null(error);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.ike[0].dh, DH_ECP256);
	assert_int_equal(l.ike[2].encr, ENCR_CHACHA20_POLY1305);
	assert_int_equal(l.n_esp, 1);
}

static void complaints(void **state)
{
	static const struct {
		const char *text, *complaint;
	} bad[] = {
		{ "[g]\nike=aes128-sha256-x25519,rot13\n",
		  "test.conf:2: [g] ike: \"rot13\" is no suite" },
		{ "[g]\nmore=aes128-sha256\n",
		  "test.conf:2: [g] more: \"aes128-sha256\" has no Diffie-Hellman group" },
		{ "[g]\nmore=aes128-sha256-x25519,aes128-sha256-x25519,aes128-sha256-x25519\n",
		  "test.conf:2: [g] more: more than 3 suites" },
		{ "[g]\nesp=rot13\n", "test.conf:2: [g] esp: \"rot13\" is no ESP suite" },
		{ "[g]\nesp=null-sha256,null-sha1,null-sha384,null-sha512\n",
		  "test.conf:2: [g] esp: more than 3 suites" },
		{ "[g]\nike=\n", "test.conf:2: [g] ike: " },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		GError *error = NULL;

		read_lists(bad[i].text, &error);
		if (!error)
			fail_msg("taken: %s", bad[i].text);
		if (!g_str_has_prefix(error->message, bad[i].complaint))
			fail_msg("\"%s\", not \"%s\"", error->message, bad[i].complaint);
		g_error_free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
