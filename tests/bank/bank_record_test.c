/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a store is made of: records, keys, encryption at rest, the count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "made.h"
#include "store/atrest.h"
#include "store/census.h"
#include "store/record.h"

/* A stored record is input like any other: no cut and no flipped bit may be more than an error. */
static void records_are_checked(void **state)
{
	struct index to = made_index("2001:db8::1", 9);
	struct record out,
	    moved = { .state = RECORD_MOVED, .expiry = 77, .pool = span_text("p"), .moved_to = to };
	struct record live = { .state = RECORD_LIVE,
			       .expiry = 78,
			       .pool = span_text("pool"),
			       .container = span_text("octets") };
	const struct record *records[] = { &moved, &live };
	struct fault fault;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t buf[256];
		struct wcursor c = wcursor_init(buf, sizeof(buf));

		record_write(&c, records[i]);
		assert_int_equal(record_parse(span_of(buf, wcursor_size(&c)), &out, &fault),
				 ERR_OK);
		assert_int_equal(out.expiry, records[i]->expiry);
		assert_true(span_equal(out.pool, records[i]->pool));
		assert_true(span_equal(out.container, records[i]->container));
		assert_true(i != 0 || index_equal(&out.moved_to, &to));
		for (size_t n = 0; n < wcursor_size(&c); n++) {
			uint8_t *cut =
			    g_memdup2(buf, n + 1); /* one more than used: 0 is no allocation */
			enum err err = record_parse(span_of(cut, n), &out, &fault);

			assert_int_not_equal(err, ERR_OK);
			g_free(cut);
		}
		for (size_t bit = 0; bit < 8 * wcursor_size(&c); bit++) {
			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
			(void)!record_parse(span_of(buf, wcursor_size(&c)), &out, &fault);
			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void keys_sort_by_gateway_then_spi(void **state)
{
	struct index a = made_index("192.0.2.1", 0x00ff), b = made_index("192.0.2.1", 0x0100),
		     c = made_index("192.0.2.2", 1), back;
	struct record_key ka = record_key(&a), kb = record_key(&b), kc = record_key(&c);

	(void)state;
	assert_int_equal(ka.n, 13);
	assert_true(memcmp(ka.octets, kb.octets, 13) < 0);
	assert_true(memcmp(kb.octets, kc.octets, 13) < 0);
	assert_int_equal(record_key_parse(span_of(kb.octets, kb.n), &back), ERR_OK);
	assert_true(index_equal(&back, &b));
	assert_int_not_equal(record_key_parse(span_of(kb.octets, kb.n - 1), &back), ERR_OK);
}

static void at_rest_is_bound_to_its_key(void **state)
{
	uint8_t key[ATREST_KEY_SIZE], sealed[5 + ATREST_OVERHEAD], plain[sizeof(sealed)];
	size_t n;

	(void)state;
	assert_int_equal(atrest_key_parse(span_text("00112233445566778899aabbccddeeff"
						    "00112233445566778899AABBCCDDEEFF\n"),
					  key),
			 ERR_OK);
	assert_int_equal(key[31], 0xff);
	assert_int_equal(atrest_key_parse(span_text("0011"), key), ERR_LENGTH);
	assert_int_equal(atrest_key_parse(span_text("xx"), key), ERR_VALUE);
	assert_int_equal(atrest_encrypt(key, span_text("here"), span_text("clear"), sealed),
			 ERR_OK);
	assert_int_equal(atrest_decrypt(key, span_text("here"), SPAN_OF(sealed), plain, &n),
			 ERR_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(plain, "clear", 5);
	assert_int_equal(atrest_decrypt(key, span_text("there"), SPAN_OF(sealed), plain, &n),
			 ERR_INTEGRITY);
	sealed[14] ^= 1;
	assert_int_equal(atrest_decrypt(key, span_text("here"), SPAN_OF(sealed), plain, &n),
			 ERR_INTEGRITY);
	assert_int_equal(atrest_decrypt(key, span_text("here"), span_of(sealed, 27), plain, &n),
			 ERR_TRUNCATED);
}

static void census_forgets_by_the_minute(void **state)
{
	static struct census c;

	(void)state;
	census_init(&c, 6000);
	census_add(&c, 6010);
	census_add(&c, 6100);
	census_add(&c, 6000 + 86400);
	census_add(&c, UINT64_MAX); /* the clock was set back */
	assert_int_equal(atomic_load(&c.total), 4);
	census_advance(&c, 6059);
	assert_int_equal(atomic_load(&c.total), 4);
	census_advance(&c, 6060);
	assert_int_equal(atomic_load(&c.total), 3);
	census_remove(&c, 6010); /* gone already */
	assert_int_equal(atomic_load(&c.total), 3);
	census_remove(&c, 6100);
	assert_int_equal(atomic_load(&c.total), 2);
	census_advance(&c, 6000000);
	assert_int_equal(atomic_load(&c.total), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_checked),
		cmocka_unit_test(keys_sort_by_gateway_then_spi),
		cmocka_unit_test(at_rest_is_bound_to_its_key),
		cmocka_unit_test(census_forgets_by_the_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
