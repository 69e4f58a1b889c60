/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is half open where, and that processes count together. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/half_open.h"

static const struct endpoint here = { { 4, { 192, 0, 2, 1 } }, 500 },
			     there = { { 4, { 192, 0, 2, 2 } }, 500 },
			     port = { { 4, { 192, 0, 2, 1 } }, 501 };

static void counts_each_endpoint(void **state)
{
	struct probe p = { 0 };
	unsigned first, second;

	(void)state;
	assert_int_equal(half_open_count(&p, &here), 0);
	first = half_open_begin(&p, &here);
	second = half_open_begin(&p, &here);
	assert_int_not_equal(first, second);
	(void)half_open_begin(&p, &there);
	assert_int_equal(half_open_count(&p, &here), 2);
	assert_int_equal(half_open_count(&p, &there), 1);
	assert_int_equal(half_open_count(&p, &port), 0);
	half_open_end(&p, first);
	half_open_end(&p, 0);
	assert_int_equal(half_open_count(&p, &here), 1);
	assert_int_equal(half_open_count(&p, &there), 1);
	half_open_free(&p);
	assert_int_equal(half_open_count(&p, &here), 0);
}

static void a_full_table_is_borne(void **state)
{
	struct probe p = { 0 };
	unsigned n = 0;

	(void)state;
	while (n < 100000 && half_open_begin(&p, &here))
		n++;
	assert_in_range(n, HALF_OPEN_FEW, 99999);
	assert_int_equal(half_open_count(&p, &here), n);
	half_open_end(&p, 1);
	assert_int_equal(half_open_begin(&p, &here), 1);
	half_open_free(&p);
}

static void processes_count_together(void **state)
{
	struct probe p = { 0 };
	int status;
	pid_t child;

	(void)state;
	half_open_share(&p);
	child = fork();
	if (child == 0)
		_exit(half_open_begin(&p, &here) ? 0 : 1);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(half_open_count(&p, &here), 1);
	half_open_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_endpoint),
		cmocka_unit_test(a_full_table_is_borne),
		cmocka_unit_test(processes_count_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
