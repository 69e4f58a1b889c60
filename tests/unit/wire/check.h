/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what it wants before it, and checks that the tests of lib/wire share. */
#ifndef IKESYNC_TESTS_CHECK_H
#define IKESYNC_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "known.h"
#include "reparse.h"

#define assert_err(expected, actual) assert_string_equal(err_name(actual), err_name(expected))

static inline void assert_octets(struct span actual, const char *hex)
{
	struct octets expected = octets_hex(hex);

	assert_int_equal(actual.n, expected.n);
	if (expected.n)
		assert_memory_equal(actual.p, expected.p, expected.n);
	octets_free(&expected);
}

/* Every prefix of `whole`, in memory of exactly its size. */
typedef void check_fn(struct span s, size_t whole, const void *data);

static inline void for_each_prefix(struct span whole, check_fn *check, const void *data)
{
	for (size_t n = 0; n < whole.n; n++) {
		struct octets cut = octets_copy(span_of(whole.p, n));

		check(octets_span(&cut), whole.n, data);
		octets_free(&cut);
	}
}

static inline void for_each_flip(struct span whole, check_fn *check, const void *data)
{
	struct octets flipped = octets_copy(whole);

	for (size_t bit = 0; bit < 8 * whole.n; bit++) {
		flipped.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		check(octets_span(&flipped), whole.n, data);
		flipped.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	octets_free(&flipped);
}

#endif
