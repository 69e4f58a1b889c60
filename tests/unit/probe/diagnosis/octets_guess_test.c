/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What octets are that should be others, and what is wrong with a list of statuses: all by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "diagnosis/octets_guess.h"
#include "diagnosis/status_guess.h"

static const uint8_t spi_r[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 };
static const uint8_t ni[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
};

/* Every text of `fits`, which is freed, joined by " + ". */
static void expect(GPtrArray *fits, const char *wanted)
{
	GString *s = g_string_new(NULL);

	for (unsigned i = 0; i < fits->len; i++)
		g_string_append_printf(s, "%s%s", i ? " + " : "",
				       (const char *)g_ptr_array_index(fits, i));
	assert_string_equal(s->str, wanted);
	g_string_free(s, TRUE);
	g_ptr_array_unref(fits);
}

static void guess(const uint8_t *got, size_t n, const char *wanted)
{
	const struct known_octets known[] = { { "SPIr", SPAN_OF(spi_r) }, { "Ni", SPAN_OF(ni) } };

	expect(octets_guess("it", span_of(got, n), known, 2), wanted);
}

static void octets(void **state)
{
	(void)state;
	guess(spi_r, 8, "it is SPIr");
	guess((const uint8_t[]){ 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 }, 8,
	      "it is SPIr in the other order of octets");
	guess((const uint8_t[]){ 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x8b }, 8,
	      "it is SPIr counted up by 3");
	guess((const uint8_t[]){ 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x78, 0x02 }, 8,
	      "it is SPIr counted up by 122");
	guess((const uint8_t[]){ 0x91, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 }, 8,
	      "it is SPIr with 1 bits flipped");
	guess(ni, 16, "it is Ni cut to 16 octets");
	guess((const uint8_t[]){ 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 9, 9 }, 10,
	      "it begins with SPIr");
	guess((const uint8_t[8]){ 0 }, 8, "it is zero");
	guess((const uint8_t[]){ 7, 7, 7, 7 }, 4, "it is the octet 0x07 4 times");
	guess((const uint8_t[]){ 0x88, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x11 }, 8, "");
	guess(ni, 3, "");
	guess(NULL, 0, "");
	/* two that are the same are both told */
	expect(octets_guess("it", SPAN_OF(spi_r),
			    (const struct known_octets[]){ { "A", SPAN_OF(spi_r) },
							   { "none", SPAN_NONE },
							   { "B", SPAN_OF(spi_r) } },
			    3),
	       "it is A + it is B");
}

#define ITEMS(asked, wanted, ...)                                                           \
	expect(status_guess((const uint16_t[]){ __VA_ARGS__ },                              \
			    sizeof((uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t), asked), \
	       wanted)

static void statuses(void **state)
{
	(void)state;
	ITEMS(4, "", 0, 1, 2, 3);
	ITEMS(1, "", 0);
	ITEMS(3, "the statuses come in reverse order", 2, 1, 0);
	ITEMS(3, "the items are counted from 1, not from 0", 1, 2, 3);
	ITEMS(3, "all statuses speak of item 0", 0, 0, 0);
	ITEMS(3, "one status for the whole request, and none for its items", 0xffff);
	ITEMS(4, "missing: the status of item 3", 0, 1, 2);
	ITEMS(4, "the statuses come in another order than was asked", 0, 2, 1, 3);
	ITEMS(4, "missing: the status of item 3 + more than one status of item 1", 0, 1, 1, 2);
	ITEMS(9, "missing: the status of item 1, 2, 3, 4, 5 and 3 more", 0);
	expect(status_guess(NULL, 0, 2), "missing: the status of item 0, 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets),
		cmocka_unit_test(statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
