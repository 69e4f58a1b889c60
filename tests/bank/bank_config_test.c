/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wrong configuration is told with file, line and key; a right one arrives whole. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bank_config.h"

#define GOOD "[bank]\nlisten=127.0.0.1:0\ncertificate=c.pem\nkey=k.pem\nca=ca.pem\nstore=/var/s\n"

#define REDIS "[bank]\nlisten=127.0.0.1:0\ncertificate=c.pem\nkey=k.pem\nca=ca.pem\nengine=redis\n"

static char *write_file(const char *text)
{
	GError *error = NULL;
	char *path;
	int fd = g_file_open_tmp("bank-XXXXXX.conf", &path, &error);

	if (fd < 0 || !g_file_set_contents(path, text, -1, &error))
		g_error("%s", error->message);
	g_chmod(path, 0600);
	g_close(fd, NULL);
	return path;
}

/* NULL, or what was complained about, without the file's name. */
static char *complaint(const char *text, struct bank_settings *out)
{
	char *path = write_file(text), *why = NULL;
	GError *error = NULL;
	struct config *c = config_load(path, &error);

	if (!c || !bank_config_read(c, out, &error)) {
		assert_non_null(error);
		assert_true(g_str_has_prefix(error->message, path));
		why = g_strdup(error->message + strlen(path));
		g_error_free(error);
	}
	config_free(c);
	g_unlink(path);
	g_free(path);
	return why;
}

static void wrong_values_are_named(void **state)
{
	static const struct {
		const char *text, *begins;
	} cases[] = {
		{ GOOD "stroe=x\n", ":7: [bank] stroe:" },
		{ GOOD "max-stubs=many\n", ":7: [bank] max-stubs:" },
		{ GOOD "cache=64Mb\n", ":7: [bank] cache:" },
		{ GOOD "max-stub-size=1MiB\n", ":7: [bank] max-stub-size:" },
		{ GOOD "audit-size=1KiB\n", ":7: [bank] audit-size:" },
		{ GOOD "audit-lines-per-second=-1\n", ":7: [bank] audit-lines-per-second:" },
		{ GOOD "lifetime-cap=2d\n", ":7: [bank] lifetime-cap:" },
		{ GOOD "lifetime-cap=86401s\n", ":7: [bank] lifetime-cap:" },
		{ GOOD "allow-unsealed=perhaps\n", ":7: [bank] allow-unsealed:" },
		{ GOOD "allow-unsealed=yes\n", ":7: [bank] allow-unsealed:" },
		{ GOOD "allow-unsealed=yes\nat-rest-key=/does/not/exist\n",
		  ":8: [bank] at-rest-key:" },
		{ GOOD "allow-unsealed=yes\nat-rest-key=/dev/null\n", ":8: [bank] at-rest-key:" },
		{ GOOD "prefetch-allow=192.0.2.1, gateway\n", ":7: [bank] prefetch-allow:" },
		{ GOOD "plain-addresses=1.2.3\n", ":7: [bank] plain-addresses:" },
		{ GOOD "plain-listen=somewhere\n", ":7: [bank] plain-listen:" },
		{ GOOD "sync=never\n", ":7: [bank] sync:" },
		{ GOOD "[banks]\n", ":7: [banks]" },
		{ GOOD "listen=127.0.0.1:1\n", ":7: " },
		{ "[bank]\nlisten=127.0.0.1:x\n", ":2: [bank] listen:" },
		{ "[bank]\nlisten=127.0.0.1:1\ncertificate=c\nkey=k\nca=c\n", ":1: [bank] store:" },
		{ "[bank]\nlisten\n", ":2: " },
		{ GOOD "engine=files\n", ":7: [bank] engine:" },
		{ GOOD "redis=127.0.0.1:6379\n", ":7: [bank] redis:" },
		{ GOOD "engine=redis\nredis=127.0.0.1\n", ":6: [bank] store:" },
		{ REDIS, ":1: [bank] redis:" },
		{ REDIS "redis=server\n", ":7: [bank] redis:" },
		{ REDIS "redis=/s\nredis-prefix=a b\n", ":8: [bank] redis-prefix:" },
		{ REDIS "redis=/s\nredis-user=u\n", ":8: [bank] redis-user:" },
		{ REDIS "redis=/s\nredis-password-file=/none\n",
		  ":8: [bank] redis-password-file:" },
		{ REDIS "redis=/s\nredis-password-file=/dev/null\n",
		  ":8: [bank] redis-password-file:" },
		{ REDIS "redis=/s\nredis-tls=yes\nredis-ca=c\n", ":8: [bank] redis-tls:" },
		{ REDIS "redis=/s\nredis-cluster=yes\n", ":8: [bank] redis-cluster:" },
		{ REDIS "redis=127.0.0.1\nredis-tls=yes\n", ":1: [bank] redis-ca:" },
		{ REDIS "redis=/s\nredis-timeout=1s\nredis-wait=1s\n", ":9: [bank] redis-wait:" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bank_settings s;
		char *why = complaint(cases[i].text, &s);

		if (!why || !g_str_has_prefix(why, cases[i].begins))
			fail_msg("\"%s\" for \"%s\", not %s", why, cases[i].text, cases[i].begins);
		g_free(why);
	}
}

static void right_values_arrive(void **state)
{
	static const char key[] =
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
	char *key_file = write_file(key),
	     *text = g_strdup_printf(
		 GOOD
		 "cache=128MiB\nmax-stubs=5\nlifetime-cap=1h\ngets-per-second=7\n"
		 "moves-per-second=8\nprefetch-allow=192.0.2.1,2001:db8::1\nallow-unsealed=yes\n"
		 "at-rest-key=%s\nplain-listen=127.0.0.1:4\nplain-pool=p\nplain-addresses=192.0.2."
		 "9\n",
		 key_file),
	     *why;
	struct bank_settings s;

	(void)state;
	why = complaint(text, &s);
	assert_null(why);
	assert_int_equal(s.rocksdb.cache, 128 << 20);
	assert_int_equal(s.max_stubs, 5);
	assert_int_equal(s.lifetime_cap, 3600);
	assert_int_equal(s.gets_per_second, 7);
	assert_int_equal(s.moves_per_second, 8);
	assert_int_equal(s.n_prefetch_allow, 2);
	assert_int_equal(s.prefetch_allow[1].family, 6);
	assert_true(s.allow_unsealed && s.has_rest_key && s.has_plain);
	assert_int_equal(s.rest_key[31], 0x1f);
	assert_int_equal(s.plain_listen.port, 4);
	assert_string_equal(s.plain_identity.pool, "p");
	assert_int_equal(s.plain_identity.n_addresses, 1);
	/* the same key, but for all to read */
	g_chmod(key_file, 0644);
	why = complaint(text, &s);
	assert_non_null(strstr(why, "[bank] at-rest-key:"));
	g_free(why);
	g_free(text);
	why = complaint(GOOD, &s);
	assert_null(why);
	assert_false(s.allow_unsealed || s.has_plain || s.has_rest_key);
	assert_int_equal(s.rocksdb.cache, 64 << 20);
	assert_int_equal(s.lifetime_cap, 86400);
	g_unlink(key_file);
	g_free(key_file);
}

static void a_redis_is_described(void **state)
{
	char *password = write_file("se cret\nnot this\n"),
	     *text =
		 g_strdup_printf(REDIS "redis=127.0.0.1,[::1]:7000,/run/r.sock\nredis-user=bank\n"
				       "redis-password-file=%s\nredis-replicas=2\n"
				       "redis-prefix=b1\nredis-timeout=2s\nredis-wait=300ms\n",
				 password),
	     *why;
	struct bank_settings s;

	(void)state;
	why = complaint(text, &s);
	assert_null(why);
	assert_true(s.on_redis);
	assert_int_equal(s.redis.n_places, 3);
	assert_int_equal(s.redis.places[0].at.port, 6379);
	assert_int_equal(s.redis.places[1].at.port, 7000);
	assert_int_equal(s.redis.places[1].at.address.family, 6);
	assert_int_equal(s.redis.replicas, 2);
	assert_int_equal(s.redis.wait_ms, 300);
	assert_int_equal(s.redis.access.timeout_ms, 2000);
	assert_false(s.redis.access.unchecked);
	assert_string_equal(s.redis.access.password, "se cret");
	bank_config_clear(&s);
	g_chmod(password, 0640);
	why = complaint(text, &s);
	assert_non_null(strstr(why, "[bank] redis-password-file:"));
	g_free(why);
	g_free(text);
	g_unlink(password);
	g_free(password);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redis_is_described),
		cmocka_unit_test(wrong_values_are_named),
		cmocka_unit_test(right_values_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
