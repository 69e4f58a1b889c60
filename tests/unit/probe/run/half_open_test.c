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

static const struct address me = { 4, { 198, 51, 100, 1 } }, other = { 4, { 198, 51, 100, 2 } };
static const struct endpoint here = { { 4, { 192, 0, 2, 1 } }, 500 },
			     there = { { 4, { 192, 0, 2, 2 } }, 500 },
			     port = { { 4, { 192, 0, 2, 1 } }, 501 };

static void counts_each_endpoint(void **state)
{
	struct probe p = { 0 };
	unsigned first, second;

	(void)state;
	assert_int_equal(half_open_count(&p, &me, &here), 0);
	first = half_open_begin(&p, &me, &here);
	second = half_open_begin(&p, &me, &here);
	assert_int_not_equal(first, second);
	(void)half_open_begin(&p, &me, &there);
	assert_int_equal(half_open_count(&p, &me, &here), 2);
	assert_int_equal(half_open_count(&p, &me, &there), 1);
	assert_int_equal(half_open_count(&p, &me, &port), 0);
	assert_int_equal(half_open_count(&p, &other, &here), 0);
	(void)half_open_begin(&p, &other, &here);
	assert_int_equal(half_open_count(&p, &other, &here), 1);
	assert_int_equal(half_open_count(&p, &me, &here), 2);
	half_open_end(&p, first);
	half_open_end(&p, 0);
	assert_int_equal(half_open_count(&p, &me, &here), 1);
	assert_int_equal(half_open_count(&p, &me, &there), 1);
	half_open_free(&p);
	assert_int_equal(half_open_count(&p, &me, &here), 0);
}

static void a_full_table_is_borne(void **state)
{
	struct probe p = { 0 };
	unsigned n = 0;

	(void)state;
	while (n < 100000 && half_open_begin(&p, &me, &here))
		n++;
	assert_in_range(n, HALF_OPEN_FEW, 99999);
	assert_int_equal(half_open_count(&p, &me, &here), n);
	half_open_end(&p, 1);
	assert_int_equal(half_open_begin(&p, &me, &here), 1);
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
		_exit(half_open_begin(&p, &me, &here) ? 0 : 1);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(half_open_count(&p, &me, &here), 1);
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
