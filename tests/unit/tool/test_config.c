/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every complaint names file, line, group and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/config.h"
#include "tool/config_near.h"

static struct config *load(const char *text, GError **error)
{
	return config_parse("test.conf", text, strlen(text), error);
}

static void refused(const char *text, const char *message)
{
	GError *error = NULL;
	struct config *c = load(text, &error);

	if (c)
		fail_msg("taken: %s", text);
	assert_string_equal(error->message, message);
	g_clear_error(&error);
}

static void syntax(void **state)
{
	(void)state;
	refused("# x\n[a]\nk=1\nk=2\n", "test.conf:4: [a] k: stands here again, first at line 3");
	refused("[a]\n\n[b]\n[a]\n", "test.conf:4: [a] stands here again, first at line 1");
	refused("k=1\n", "test.conf:1: k: stands before the first [group]");
	refused("[a]\nnonsense\n",
		"test.conf:2: neither a comment (#), a [group], nor key=value: nonsense");
	refused("[a\n", "test.conf:1: a group is written [name], alone on its line");
	refused("[]\n", "test.conf:1: a group is written [name], alone on its line");
	refused("[a] x\n", "test.conf:1: a group is written [name], alone on its line");
	refused("[a]\n = 5\n", "test.conf:2: no key before '='");
	refused("[a]\nk=\\q\n",
		"test.conf:2: [a] k: unknown escape; \\s \\n \\t \\r and \\\\ are allowed");
	refused("[a]\nk=\\",
		"test.conf:2: [a] k: unknown escape; \\s \\n \\t \\r and \\\\ are allowed");
	refused("[a]\nk=\xff\n", "test.conf:1: the file is not UTF-8");
	assert_null(config_parse("test.conf", "[a]\0\n", 5, NULL));
}

static void values(void **state)
{
	static const char text[] = "# a comment\r\n[gateway]\r\n"
				   "  listen = 127.0.0.1:0 \n"
				   "v6=[2001:db8::1]:4500\naddr=2001:db8::5\n"
				   "syn=yes\noff=no\nmax=17\nt1=250ms\nt2=5s\nt3=2m\nt4=1h\nt5=7\n"
				   "list= a , b,c\nesc=\\stab\\there\\\\\nempty=\n"
				   "psk = with = sign # and hash\n";
	GError *error = NULL;
	struct config *c = load(text, &error);
	struct endpoint e;
	struct address a;
	char out[ENDPOINT_TEXT_MAX], **list;

	(void)state;
	assert_non_null(c);
	assert_true(config_endpoint(c, "gateway", "listen", 1, &e, &error));
	assert_string_equal(endpoint_text(&e, out), "127.0.0.1:0");
	assert_true(config_endpoint(c, "gateway", "v6", 1, &e, &error));
	assert_string_equal(endpoint_text(&e, out), "[2001:db8::1]:4500");
	assert_true(config_address(c, "gateway", "addr", &a, &error));
	assert_true(config_bool(c, "gateway", "syn", false, &error));
	assert_false(config_bool(c, "gateway", "off", true, &error));
	assert_true(config_bool(c, "gateway", "missing", true, &error));
	assert_int_equal(config_uint(c, "gateway", "max", 1, 0, 17, &error), 17);
	assert_int_equal(config_uint(c, "gateway", "missing", 42, 0, 1, &error), 42);
	assert_int_equal(config_duration_ms(c, "gateway", "t1", 1, 0, 1000, &error), 250);
	assert_int_equal(config_duration_ms(c, "gateway", "t2", 1, 0, 5000, &error), 5000);
	assert_int_equal(config_duration_ms(c, "gateway", "t3", 1, 0, 120000, &error), 120000);
	assert_int_equal(config_duration_ms(c, "gateway", "t4", 1, 0, 3600000, &error), 3600000);
	assert_int_equal(config_duration_ms(c, "gateway", "t5", 1, 0, 10000, &error), 7000);
	list = config_list(c, "gateway", "list", &error);
	assert_string_equal(list[0], "a");
	assert_string_equal(list[1], "b");
	assert_string_equal(list[2], "c");
	assert_null(list[3]);
	assert_null(config_list(c, "gateway", "missing", &error));
	assert_string_equal(config_string(c, "gateway", "esc", NULL, &error), " tab\there\\");
	assert_string_equal(config_string(c, "gateway", "psk", NULL, &error),
			    "with = sign # and hash");
	assert_null(config_string(c, "nowhere", "missing", NULL, &error));
	assert_null(error);
	assert_false(config_has(c, "gateway", "missing"));
	assert_true(config_has(c, "gateway", "empty"));
	assert_true(config_check_unknown(c, &error));
	assert_string_equal(config_string(c, "gateway", "empty", "fallback", &error), "fallback");
	assert_string_equal(
	    error->message,
	    "test.conf:16: [gateway] empty: is empty; leave the line out for the default");
	g_clear_error(&error);
	config_free(c);
}

static const char bad_values[] =
    "[g]\nn=x\nbig=11\nb=maybe\nd=5 s\nlong=2h\ne=1.2.3\na=host\nl=a,,b\n"
    "neg=-1\nhuge=99999999999999999999\nunit=5d\n";

static void complains(struct config *c, GError **error, const char *message)
{
	assert_non_null(*error);
	assert_string_equal((*error)->message, message);
	g_clear_error(error);
	(void)c;
}

static void wrong_values(void **state)
{
	GError *error = NULL;
	struct config *c = load(bad_values, &error);
	struct endpoint e;
	struct address a;

	(void)state;
	assert_non_null(c);
	assert_int_equal(config_uint(c, "g", "n", 3, 0, 10, &error), 3);
	complains(c, &error, "test.conf:2: [g] n: x: a whole number from 0 to 10 is allowed");
	config_uint(c, "g", "big", 3, 0, 10, &error);
	complains(c, &error, "test.conf:3: [g] big: 11: a whole number from 0 to 10 is allowed");
	config_uint(c, "g", "neg", 3, 0, 10, &error);
	complains(c, &error, "test.conf:10: [g] neg: -1: a whole number from 0 to 10 is allowed");
	config_uint(c, "g", "huge", 3, 0, UINT64_MAX, &error);
	assert_non_null(error);
	g_clear_error(&error);
	assert_true(config_bool(c, "g", "b", true, &error));
	complains(c, &error, "test.conf:4: [g] b: maybe: yes or no is allowed");
	config_duration_ms(c, "g", "d", 1, 0, 10000, &error);
	complains(c, &error,
		  "test.conf:5: [g] d: 5 s: a time from 0s to 10s is allowed, as 250ms, 5s, 2m, 1h "
		  "or bare seconds");
	config_duration_ms(c, "g", "long", 1, 250, 3600000, &error);
	complains(c, &error,
		  "test.conf:6: [g] long: 2h: a time from 250ms to 3600s is allowed, as 250ms, 5s, "
		  "2m, 1h or bare seconds");
	assert_int_equal(config_duration_ms(c, "g", "unit", 1, 0, 10000, NULL), 1);
	assert_int_equal(config_duration_ms(c, "g", "huge", 1, 0, UINT64_MAX, NULL), 1);
	assert_false(config_endpoint(c, "g", "e", 1, &e, &error));
	complains(c, &error,
		  "test.conf:7: [g] e: 1.2.3: an address with port is allowed, as 192.0.2.1:500 or "
		  "[2001:db8::1]:500");
	assert_false(config_address(c, "g", "a", &a, &error));
	complains(c, &error,
		  "test.conf:8: [g] a: host: an address is allowed, as 192.0.2.1 or 2001:db8::1");
	config_list(c, "g", "l", &error);
	complains(c, &error, "test.conf:9: [g] l: an element of the list is empty");
	/* only the first sticks */
	config_uint(c, "g", "n", 3, 0, 10, &error);
	config_bool(c, "g", "b", true, &error);
	complains(c, &error, "test.conf:2: [g] n: x: a whole number from 0 to 10 is allowed");
	config_complain(c, "g", "n", &error, "is %s", "odd");
	complains(c, &error, "test.conf:2: [g] n: is odd");
	config_complain(c, "g", "absent", &error, "is missing");
	complains(c, &error, "test.conf:1: [g] absent: is missing");
	config_complain(c, "nogroup", "absent", &error, "is missing");
	complains(c, &error, "test.conf: [nogroup] absent: is missing");
	config_free(c);
}

static void unknown_names(void **state)
{
	GError *error = NULL;
	struct config *c = load(
	    "[gateway]\nlisten=1\nlsiten-nat=2\n[banc]\nx=1\n[peer alice]\nid=a\npks=b\n", &error);
	char **peers;

	(void)state;
	config_string(c, "gateway", "listen", NULL, &error);
	config_string(c, "gateway", "listen-nat", NULL, &error);
	config_string(c, "bank", "address", NULL, &error);
	assert_false(config_check_unknown(c, &error));
	complains(c, &error,
		  "test.conf:3: [gateway] lsiten-nat: no such key; did you mean listen-nat?");
	config_string(c, "gateway", "lsiten-nat", NULL, &error);
	assert_false(config_check_unknown(c, &error));
	complains(c, &error, "test.conf:4: [banc]: no such group; did you mean [bank]?");
	config_string(c, "banc", "x", NULL, &error);
	assert_false(config_check_unknown(c, &error));
	complains(c, &error, "test.conf:6: [peer alice]: no such group");
	peers = config_groups(c, "peer");
	assert_string_equal(peers[0], "peer alice");
	assert_null(peers[1]);
	config_string(c, peers[0], "id", NULL, &error);
	config_string(c, peers[0], "psk", NULL, &error);
	assert_false(config_check_unknown(c, &error));
	complains(c, &error, "test.conf:8: [peer alice] pks: no such key; did you mean psk?");
	config_string(c, peers[0], "pks", NULL, &error);
	assert_true(config_check_unknown(c, &error));
	config_free(c);
}

static void group_order(void **state)
{
	struct config *c = load("[peer b]\n[other]\n[peer a]\n[peer]\n[peer ]\n[peers x]\n", NULL);
	char **list = config_groups(c, "peer");

	(void)state;
	assert_string_equal(list[0], "peer b");
	assert_string_equal(list[1], "peer a");
	assert_null(list[2]);
	config_free(c);
}

static void missing_file(void **state)
{
	GError *error = NULL;

	(void)state;
	assert_null(config_load("/nonexistent/x.conf", &error));
	assert_non_null(strstr(error->message, "/nonexistent/x.conf"));
	g_clear_error(&error);
	assert_null(config_load("/", &error));
	g_clear_error(&error);
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(config_distance("", ""), 0);
	assert_int_equal(config_distance("listen", "listen"), 0);
	assert_int_equal(config_distance("lsiten", "listen"), 1);
	assert_int_equal(config_distance("kitten", "sitting"), 3);
	assert_int_equal(config_distance("", "abc"), 3);
	assert_int_equal(config_distance("abc", ""), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax),       cmocka_unit_test(values),
		cmocka_unit_test(wrong_values), cmocka_unit_test(unknown_names),
		cmocka_unit_test(group_order),  cmocka_unit_test(missing_file),
		cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests_name("tool/config", tests, NULL, NULL);
}
