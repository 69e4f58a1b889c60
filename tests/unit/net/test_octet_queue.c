/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue against a plain count of what went in and out, and that taken secrets are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/octet_queue.h"

/* The n-th octet ever put in. */
static uint8_t octet(size_t n)
{
	return (uint8_t)(n * 7 + n / 251 + 1);
}

static void in_order(void **state)
{
	struct octet_queue q = { .secret = true };
	size_t in = 0, out = 0, random = 1;
	uint8_t piece[9000];

	(void)state;
	for (unsigned turn = 0; turn < 3000; turn++) {
		struct span left;
		size_t n;

		random = random * 1103515245 + 12345;
		n = random / 65536 % sizeof(piece);
		if (random / 64 % 2) {
			for (size_t i = 0; i < n; i++)
				piece[i] = octet(in + i);
			octet_queue_add(&q, span_of(piece, n));
			in += n;
		} else {
			n = n < in - out ? n : in - out;
			octet_queue_take(&q, n);
			out += n;
		}
		left = octet_queue_peek(&q);
		assert_int_equal(left.n, in - out);
		assert_int_equal(octet_queue_left(&q), in - out);
		if (left.n) {
			assert_int_equal(left.p[0], octet(out));
			assert_int_equal(left.p[left.n - 1], octet(in - 1));
		}
		/* Outside of what is left nothing of what was there. */
		for (size_t i = 0; i < q.from; i++)
			assert_int_equal(q.octets[i], 0);
	}
	assert_true(in > 1000000);
	octet_queue_clear(&q);
	assert_int_equal(octet_queue_left(&q), 0);
	assert_true(q.secret);
	octet_queue_clear(&q);
}

static void memory_follows_the_backlog(void **state)
{
	struct octet_queue q = { 0 };
	static const uint8_t piece[1000];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		octet_queue_add(&q, SPAN_OF(piece));
		octet_queue_add(&q, SPAN_OF(piece));
		octet_queue_take(&q, 1000);
		octet_queue_take(&q, 1000);
		assert_true(q.size <= 4096);
	}
	octet_queue_take(&q, 5); /* more than there is */
	assert_int_equal(octet_queue_left(&q), 0);
	octet_queue_clear(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(memory_follows_the_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
