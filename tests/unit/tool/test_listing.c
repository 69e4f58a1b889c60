/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same fields for people and for programs, whatever stands in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

#include "tool/listing.h"

static void is(struct listing *l, const char *expected)
{
	g_autofree char *text = listing_take(l);

	assert_string_equal(text, expected);
	assert_int_equal(listing_size(l), 0);
}

static void line(struct listing *l)
{
	listing_begin(l, LISTING_LINE);
	listing_bare(l, "spi", "01");
	listing_word(l, "none", NULL);
	listing_text(l, "identity", "a \"b\" \\ \n c\xff");
	listing_count(l, "n", UINT64_MAX);
	listing_flag(l, "stub", true);
	listing_mark(l, "over", false);
	listing_mark(l, "in-use", true);
	listing_end(l);
}

static void lines(void **state)
{
	struct listing *text = listing_new(false), *json = listing_new(true);

	(void)state;
	line(text);
	is(text, "01 identity=\"a \\\"b\\\" \\\\ \\\\x0a c\\\\xff\" n=18446744073709551615 "
		 "stub=yes in-use\n");
	line(json);
	is(json, "{\"spi\":\"01\",\"identity\":\"a \\\"b\\\" \\\\ \\\\x0a "
		 "c\\\\xff\",\"n\":18446744073709551615,"
		 "\"stub\":true,\"over\":false,\"in_use\":true}\n");
	listing_begin(json, LISTING_LINE);
	listing_end(json);
	is(json, "{}\n");
	listing_free(text);
	listing_free(json);
	listing_free(NULL);
}

static void sheet(struct listing *l, unsigned children)
{
	listing_begin(l, LISTING_SHEET);
	listing_word(l, "peer spi", "02");
	listing_text(l, "name", "a b");
	listing_flag(l, "stub", false);
	listing_open(l, "child");
	for (unsigned i = 0; i < children; i++) {
		listing_begin(l, LISTING_LINE);
		listing_count(l, "in", i);
		listing_bare(l, "mode", "tunnel");
		listing_end(l);
	}
	listing_shut(l);
	listing_end(l);
}

static void sheets(void **state)
{
	struct listing *text = listing_new(false), *json = listing_new(true);

	(void)state;
	sheet(text, 2);
	is(text, "peer spi: 02\nname: a b\nstub: no\nchild: in=0 tunnel\nchild: in=1 tunnel\n");
	sheet(json, 2);
	is(json, "{\"peer_spi\":\"02\",\"name\":\"a b\",\"stub\":false,\"child\":"
		 "[{\"in\":0,\"mode\":\"tunnel\"},{\"in\":1,\"mode\":\"tunnel\"}]}\n");
	sheet(json, 0);
	is(json, "{\"peer_spi\":\"02\",\"name\":\"a b\",\"stub\":false,\"child\":[]}\n");
	listing_free(text);
	listing_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(sheets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
