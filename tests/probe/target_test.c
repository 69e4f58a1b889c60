/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Target files: what is read, what is refused, what is missing. */
#include "cmocka_all.h"

#include <glib/gstdio.h>

#include "catalogue/selector.h"
#include "target/requirement.h"
#include "target/target.h"
#include "wire/iana.h"

static char *path;

static struct target *load(const char *text, GError **error)
{
	assert_true(
	    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
	return target_load(path, selector_matches_any, error);
}

static void reads_everything(void **state)
{
	GError *error = NULL;
	struct target *t =
	    load("[target]\nname=lab\nprofile=draft\nunsupported=C21, G01-G03\n"
		 "syn-payload-type=220\n"
		 "[gateway]\nike=192.0.2.1:10500\nnat=192.0.2.1:14500\nid=fqdn:gw-b.example\n"
		 "[old-gateway]\nike=[2001:db8::1]\nindex-address=2001:db8::2\n"
		 "[client]\nid=email:a@example\npsk=secret\nike=aes128-sha256-x25519\n"
		 "more-ike=aes256-sha384-ecp256,aes256gcm16-prfsha384-ecp256\n"
		 "source=192.0.2.9\n"
		 "[timers]\nprovisional=3s\nretransmit=250ms\n"
		 "[variant relay]\nike=192.0.2.3\nlisten=127.0.0.1:4\nbank=192.0.2.4\n"
		 "[host]\nlisten=192.0.2.5:500\npatience=7s\nid=fqdn:pool.example\n"
		 "[hooks]\nbank-restart=true\nold-gateway-fail=false\n"
		 "client-start=run {gateway}\nclient-resume=kill {pid}\n",
		 &error);

	(void)state;
	if (!t)
		fail_msg("%s", error->message);
	assert_string_equal(t->name, "lab");
	assert_int_equal(t->profile, TARGET_PROFILE_DRAFT);
	assert_int_equal(t->syn_payload_type, 220);
	assert_int_equal(t->gateway.ike.port, 10500);
	assert_true(t->gateway.has_nat);
	assert_int_equal(t->gateway.id.id.type, ID_FQDN);
	assert_memory_equal(t->gateway.id.id.data.p, "gw-b.example", 12);
	/* without index-address: the address of ike */
	assert_true(address_equal(&t->gateway.index_address, &t->gateway.ike.address));
	assert_true(t->old_gateway.given);
	assert_int_equal(t->old_gateway.ike.port, 500);
	assert_int_equal(t->old_gateway.index_address.octets[15], 2);
	assert_int_equal(t->client.psk.n, 6);
	assert_int_equal(t->client.n_suites, 3);
	assert_int_equal(t->client.suites[2].encr, ENCR_AES_GCM_16);
	assert_int_equal(t->client.second_source.family, 0);
	assert_int_equal(t->timers.provisional, 3000);
	assert_int_equal(t->timers.retransmit, 250);
	assert_int_equal(t->timers.commit, 5000);
	assert_int_equal(t->relay_bank.port, 49500);
	assert_int_equal(t->host.listen.port, 500);
	assert_int_equal(t->host.next.address.octets[3], 2);
	assert_int_equal(t->host.patience, 7000);
	assert_memory_equal(t->host.id.id.data.p, "pool.example", 12);
	assert_string_equal(t->host.start, "run {gateway}");
	assert_string_equal(t->host.resume, "kill {pid}");
	assert_false(t->cookie.given);
	assert_string_equal(t->old_gateway_fail, "false");
	assert_true(target_declares_unsupported(t, "G02"));
	assert_true(target_declares_unsupported(t, "C21"));
	assert_false(target_declares_unsupported(t, "G04"));
	target_free(t);
}

static void old_gateway_defaults_to_gateway(void **state)
{
	GError *error = NULL;
	struct target *t = load(
	    "[gateway]\nike=192.0.2.1\nid=keyid:0a0B\n[client]\nid=ip:192.0.2.7\npsk-hex=00ff\n",
	    &error);

	(void)state;
	assert_non_null(t);
	assert_false(t->old_gateway.given);
	assert_true(endpoint_equal(&t->gateway.ike, &t->old_gateway.ike));
	/* a copy whose identity does not point into the original */
	assert_ptr_equal(t->old_gateway.id.id.data.p, t->old_gateway.id.octets);
	assert_int_equal(t->old_gateway.id.octets[1], 0x0b);
	assert_int_equal(t->client.id.id.type, ID_IPV4_ADDR);
	assert_int_equal(t->client.psk.n, 2);
	assert_int_equal(t->client.psk.octets[1], 0xff);
	target_free(t);
}

/* Each is refused with a message that has these words in it. */
static void refuses(void **state)
{
	static const struct {
		const char *text, *word;
	} t[] = {
		{ "[client]\nid=fqdn:x\n", "nothing to test" },
		{ "[gateway]\nike=192.0.2.1\n[target]\nprofile=2\n", "[target] profile" },
		{ "[gateway]\nike=192.0.2.1\n[target]\nsyn-payload-type=130\n",
		  "syn-payload-type" },
		{ "[gateway]\nike=192.0.2.1\n[target]\nunsupported=Z9\n", "Z9" },
		{ "[gateway]\nike=nowhere\n", "[gateway] ike" },
		{ "[gateway]\nnat=192.0.2.1\n", "[gateway] ike" },
		{ "[gateway]\nike=192.0.2.1\n[client]\nid=x.example\n", "[client] id" },
		{ "[gateway]\nike=192.0.2.1\n[client]\npsk-hex=0\n", "psk-hex" },
		{ "[gateway]\nike=192.0.2.1\n[client]\nike=rot13\n", "rot13" },
		{ "[gateway]\nike=192.0.2.1\n[bank]\naddress=192.0.2.2\nca=/nonexistent/ca.pem\n",
		  "/nonexistent/ca.pem" },
		{ "[gateway]\nike=192.0.2.1\n[variant relay]\nike=192.0.2.2\n", "listen" },
		{ "[gateway]\nike=192.0.2.1\nprot=4\n", "prot" },
		{ "[gatewy]\nike=192.0.2.1\n", "gatewy" },
		{ "[gateway]\nike=192.0.2.1\n[timers]\nanswer=fast\n", "answer" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(t); i++) {
		GError *error = NULL;

		if (load(t[i].text, &error))
			fail_msg("accepted: %s", t[i].text);
		if (!strstr(error->message, t[i].word) || !strstr(error->message, path))
			fail_msg("\"%s\" does not name %s and %s", error->message, t[i].word, path);
		g_error_free(error);
	}
}

static void names_what_is_missing(void **state)
{
	GError *error = NULL;
	struct target *t = load("[gateway]\nike=192.0.2.1\n[client]\nid=fqdn:x\npsk=y\n", &error);
	char *missing;

	(void)state;
	assert_non_null(t);
	assert_null(requirement_missing(t, REQUIRES_GATEWAY));
	missing = requirement_missing(t, REQUIRES_OLD_GATEWAY | REQUIRES_VARIANT_COOKIE);
	assert_string_equal(missing, "[old-gateway] ike, [variant cookie] ike");
	g_free(missing);
	missing = requirement_missing(t, REQUIRES_BANK);
	assert_string_equal(missing, "[bank] address, ca, certificate, key, owns");
	g_free(missing);
	missing = requirement_missing(t, REQUIRES_CLIENT);
	assert_string_equal(missing, "[hooks] client-start");
	g_free(missing);
	missing = requirement_missing(t, REQUIRES_BANK_RESTART | REQUIRES_SECOND_PRF);
	assert_string_equal(missing, "[client] more-ike with another prf, [hooks] bank-restart");
	g_free(missing);
	target_free(t);
}

static int make_path(void **state)
{
	char *folder = g_dir_make_tmp("ikesync-target-XXXXXX", NULL);

	(void)state;
	path = g_build_filename(folder, "target.ini", NULL);
	g_free(folder);
	return 0;
}

static int remove_path(void **state)
{
	char *folder = g_path_get_dirname(path);

	(void)state;
	g_unlink(path);
	g_rmdir(folder);
	g_free(folder);
	g_free(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(old_gateway_defaults_to_gateway),
		cmocka_unit_test(refuses),
		cmocka_unit_test(names_what_is_missing),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
