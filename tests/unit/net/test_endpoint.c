/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endpoints: from text, to text, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "net/endpoint.h"

static void good(const char *text, const char *expected)
{
	char out[ENDPOINT_TEXT_MAX];
	struct endpoint e;

	if (endpoint_from_text(text, 500, &e) != ERR_OK)
		fail_msg("%s refused", text);
	assert_string_equal(endpoint_text(&e, out), expected);
}

static void texts(void **state)
{
	static const char *const bad[] = { "",
					   ":",
					   ":500",
					   "[",
					   "[]",
					   "[::1",
					   "[::1]500",
					   "[::1]:",
					   "[::1]:x",
					   "192.0.2.1:",
					   "192.0.2.1:65536",
					   "192.0.2.1:-1",
					   "192.0.2.1:+1",
					   "192.0.2.1: 1",
					   "192.0.2.1:000500",
					   "[192.0.2.1]:500",
					   "192.0.2:500",
					   "example:500",
					   "192.0.2.1:500 ",
					   "1:2:3",
					   "192.0.2.1:5:5" };
	struct endpoint e;

	(void)state;
	good("192.0.2.1:4500", "192.0.2.1:4500");
	good("192.0.2.1", "192.0.2.1:500");
	good("192.0.2.1:0", "192.0.2.1:0");
	good("0.0.0.0:65535", "0.0.0.0:65535");
	good("[2001:db8::1]:4500", "[2001:db8::1]:4500");
	good("[2001:DB8:0::1]", "[2001:db8::1]:500");
	good("2001:db8::1", "[2001:db8::1]:500");
	good("::", "[::]:500");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (endpoint_from_text(bad[i], 500, &e) == ERR_OK)
			fail_msg("'%s' was taken", bad[i]);
}

static void sockaddrs(void **state)
{
	static const char *const list[] = { "192.0.2.1:4500", "[2001:db8::1]:1" };
	struct sockaddr_storage sa;
	struct sockaddr_in6 *mapped = (struct sockaddr_in6 *)&sa;
	struct endpoint a, b;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(endpoint_from_text(list[i], 0, &a), ERR_OK);
		assert_int_equal(endpoint_to_sockaddr(&a, &sa),
				 i ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
		assert_true(endpoint_from_sockaddr(&sa, &b));
		assert_true(endpoint_equal(&a, &b));
		b.port++;
		assert_false(endpoint_equal(&a, &b));
	}
	assert_int_equal(endpoint_from_text("[2001:db8::1]:80", 0, &a), ERR_OK);
	endpoint_to_sockaddr(&a, &sa);
	memset(&mapped->sin6_addr, 0, 10);
	memset(&mapped->sin6_addr.s6_addr[10], 0xff, 2);
	memcpy(&mapped->sin6_addr.s6_addr[12], "\xc0\x00\x02\x09", 4);
	assert_true(endpoint_from_sockaddr(&sa, &b));
	assert_int_equal(endpoint_from_text("192.0.2.9:80", 0, &a), ERR_OK);
	assert_true(endpoint_equal(&a, &b));
	sa.ss_family = AF_UNIX;
	assert_false(endpoint_from_sockaddr(&sa, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts), cmocka_unit_test(sockaddrs) };

	return cmocka_run_group_tests_name("net/endpoint", tests, NULL, NULL);
}
