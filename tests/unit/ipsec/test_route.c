/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "ipsec/esp_route.h"

static bool any(const void *owner, const void *what)
{
	return !what || strcmp(owner, what) == 0;
}

static const char *who(const struct esp_routes *r, const char *address, const char *wanted)
{
	struct address a;

	assert_int_equal(address_from_text(address, &a), ERR_OK);
	return esp_routes_find(r, &a, any, wanted);
}

static void add(struct esp_routes *r, struct esp_route *route, const char *network, unsigned length,
		char *owner)
{
	struct address a;

	assert_int_equal(address_from_text(network, &a), ERR_OK);
	esp_routes_add(r, route, &a, length, owner);
}

static void longest_first(void **state)
{
	char names[6][8] = { "all", "net", "host", "twin", "six", "sixnet" };
	struct esp_route at[6] = { 0 };
	struct esp_routes *r = esp_routes_new(&rng_system);

	(void)state;
	assert_null(who(r, "10.0.0.1", NULL));
	add(r, &at[0], "0.0.0.0", 0, names[0]);
	add(r, &at[1], "10.0.0.77", 24, names[1]); /* the host's part does not count */
	add(r, &at[2], "10.0.0.5", 32, names[2]);
	add(r, &at[3], "10.0.0.5", 32, names[3]);
	add(r, &at[4], "2001:db8::5", 128, names[4]);
	add(r, &at[5], "2001:db8::", 80, names[5]);
	assert_string_equal(who(r, "10.0.0.5", NULL), "host");
	assert_string_equal(who(r, "10.0.0.5", "twin"), "twin");
	assert_string_equal(who(r, "10.0.0.5", "net"), "net");
	assert_string_equal(who(r, "10.0.0.6", NULL), "net");
	assert_string_equal(who(r, "10.0.1.5", NULL), "all");
	assert_string_equal(who(r, "2001:db8::5", NULL), "six");
	assert_string_equal(who(r, "2001:db8::ffff:6", NULL), "sixnet");
	assert_null(who(r, "2001:db8:0:0:1::6", NULL));
	esp_routes_prefer(&at[3]);
	assert_string_equal(who(r, "10.0.0.5", NULL), "twin");
	esp_routes_remove(r, &at[2]); /* the last one goes, and one comes behind */
	add(r, &at[2], "10.0.0.5", 32, names[2]);
	assert_string_equal(who(r, "10.0.0.5", NULL), "twin");
	assert_string_equal(who(r, "10.0.0.5", "host"), "host");
	esp_routes_remove(r, &at[3]);
	esp_routes_remove(r, &at[3]);
	assert_string_equal(who(r, "10.0.0.5", NULL), "host");
	for (unsigned i = 0; i < 6; i++)
		esp_routes_remove(r, &at[i]);
	assert_null(who(r, "10.0.0.5", NULL));
	assert_null(who(r, "2001:db8::5", NULL));
	esp_routes_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(longest_first) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
