/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window, against the plainest one there is: a list of all numbers that came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ipsec/esp_replay.h"

static void one_by_one(void **state)
{
	struct esp_replay r = { 0 };

	(void)state;
	assert_true(ESP_REPLAY_WINDOW >= 64); /* RFC 4303 section 3.4.3 */
	assert_false(esp_replay_fresh(&r, 0));
	assert_true(esp_replay_fresh(&r, 1));
	assert_true(esp_replay_mark(&r, 5));
	assert_false(esp_replay_fresh(&r, 5));
	assert_true(esp_replay_fresh(&r, 4));
	assert_false(esp_replay_mark(&r, 4)); /* older than another */
	assert_false(esp_replay_fresh(&r, 4));
	assert_true(esp_replay_mark(&r, 5 + ESP_REPLAY_WINDOW));
	assert_false(esp_replay_fresh(&r, 5)); /* too old by one */
	assert_true(esp_replay_fresh(&r, 6));
	assert_true(esp_replay_mark(&r, UINT64_C(1) << 40));
	for (uint64_t i = 0; i < ESP_REPLAY_WINDOW; i++)
		assert_int_equal(esp_replay_fresh(&r, (UINT64_C(1) << 40) - i), i > 0);
}

static void against_a_list(void **state)
{
	enum { NUMBERS = 60000 };
	static uint8_t came[NUMBERS];
	struct esp_replay r = { 0 };
	uint64_t top = 0;
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t n, back;
		int fresh;

		seed = seed * 1103515245 + 12345;
		back = (seed >> 16) % (3 * ESP_REPLAY_WINDOW / 2);
		n = top + (seed >> 8) % 7 * ((seed >> 12) % 40 == 0 ? 300 : 1);
		n = n > back ? n - (seed >> 4) % 3 * back / 2 : 1;
		if (n == 0 || n >= NUMBERS)
			continue;
		fresh = !came[n] && n + ESP_REPLAY_WINDOW > top;
		assert_int_equal(esp_replay_fresh(&r, n), fresh);
		if (!fresh)
			continue;
		came[n] = 1;
		assert_int_equal(esp_replay_mark(&r, n), n > top);
		top = n > top ? n : top;
	}
	assert_true(top > NUMBERS / 2);
}

/* RFC 4303 appendix A2.2: the number nearest to the window. */
static void extended(void **state)
{
	const uint64_t big = UINT64_C(5) << 32;
	struct esp_replay r = { .top = big + 100000 };

	(void)state;
	assert_int_equal(esp_replay_infer(&r, true, 100001), big + 100001);
	assert_int_equal(esp_replay_infer(&r, true, 99999), big + 99999);
	assert_int_equal(esp_replay_infer(&r, true, UINT32_MAX), big + UINT32_MAX);
	/* below the window: of the next subspace */
	assert_int_equal(esp_replay_infer(&r, true, 7), big + (UINT64_C(1) << 32) + 7);
	r.top = big + 10; /* the window reaches into the subspace before */
	assert_int_equal(esp_replay_infer(&r, true, 9), big + 9);
	assert_int_equal(esp_replay_infer(&r, true, 11), big + 11);
	assert_int_equal(esp_replay_infer(&r, true, UINT32_MAX), big - 1);
	assert_int_equal(esp_replay_infer(&r, true, 0), big);
	r.top = 10; /* before the first there is none */
	assert_int_equal(esp_replay_infer(&r, true, UINT32_MAX), 0);
	assert_int_equal(esp_replay_infer(&r, true, 70000), 70000);
	r.top = UINT64_MAX;
	assert_int_equal(esp_replay_infer(&r, true, 3), 0);
	assert_int_equal(esp_replay_infer(&r, false, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_by_one),
		cmocka_unit_test(against_a_list),
		cmocka_unit_test(extended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
