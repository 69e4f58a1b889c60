/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cases a run asks, by cases made for the purpose: one cause, one failure. */
#include "cmocka_all.h"

#include "run/runner.h"
#include "run/verdict.h"

static unsigned asked; /* a bit for each case that ran */

static void holds(struct probe *p, struct evidence *e)
{
	(void)p;
	asked |= 1U << (e->c->id[2] - '0');
	evidence_check(e, true, "a", "b", "c");
}

static void breaks(struct probe *p, struct evidence *e)
{
	(void)p;
	asked |= 1U << (e->c->id[2] - '0');
	evidence_check(e, false, "a", "b", "c");
}

static void stops(struct probe *p, struct evidence *e)
{
	(void)p;
	asked |= 1U << (e->c->id[2] - '0');
	evidence_inconclusive(e, "no way");
}

#define CASE(name, needed, how)                                                              \
	{                                                                                    \
		.id = name, .title = name, .asks = ASKS_GATEWAY, .needs = needed, .run = how \
	}

static const struct probe_case c1_breaks = CASE("C01", NULL, breaks);
static const struct probe_case c1_stops = CASE("C01", NULL, stops);
static const struct probe_case c1_holds = CASE("C01", NULL, holds);
static const struct probe_case c2 = CASE("C02", "C01", holds);
static const struct probe_case c3 = CASE("C03", "C04 C02", holds);
static const struct probe_case c5 = CASE("C05", NULL, holds);

static struct run *run_of(const struct probe_case *const *cases, unsigned n)
{
	static struct target target;
	static struct probe probe;
	struct runner runner = { .probe = &probe };
	GPtrArray *all = g_ptr_array_new();
	struct run *run;

	for (unsigned i = 0; i < n; i++)
		g_ptr_array_add(all, (gpointer)(uintptr_t)cases[i]);
	probe = (struct probe){ .target = &target, .context = g_main_context_new() };
	runner.capture = capture_run_new(&target, CAPTURE_OFF, "/nowhere", NULL);
	asked = 0;
	run = runner_run(&runner, all);
	capture_run_free(runner.capture);
	g_main_context_unref(probe.context);
	g_ptr_array_unref(all);
	return run;
}

static const struct result *result(const struct run *run, unsigned i)
{
	return g_ptr_array_index(run->results, i);
}

static void without_its_ground_a_case_is_inconclusive_and_not_run(void **state)
{
	const struct probe_case *const cases[] = { &c1_breaks, &c2, &c3, &c5 };
	struct run *run = run_of(cases, 4);

	(void)state;
	assert_int_equal(asked, 1U << 1 | 1U << 5);
	assert_int_equal(result(run, 1)->verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(result(run, 1)->reason, "see C01"));
	assert_ptr_equal(result(run, 1)->see, result(run, 0));
	/* by way of C02, the first cause is named */
	assert_int_equal(result(run, 2)->verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(result(run, 2)->reason, "see C01"));
	assert_int_equal(run->counts[VERDICT_FAIL], 1);
	assert_int_equal(run->counts[VERDICT_INCONCLUSIVE], 2);
	run_free(run);
}

static void an_inconclusive_ground_is_none(void **state)
{
	const struct probe_case *const cases[] = { &c1_stops, &c2 };
	struct run *run = run_of(cases, 2);

	(void)state;
	assert_int_equal(asked, 1U << 1);
	assert_int_equal(result(run, 1)->verdict, VERDICT_INCONCLUSIVE);
	run_free(run);
}

static void on_firm_ground_and_alone_a_case_is_run(void **state)
{
	const struct probe_case *const cases[] = { &c1_holds, &c2, &c3 };
	struct run *run = run_of(cases, 3);

	(void)state;
	assert_int_equal(asked, 1U << 1 | 1U << 2 | 1U << 3);
	run_free(run);
	run = run_of(&cases[1], 2);
	assert_int_equal(asked, 1U << 2 | 1U << 3);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_ground_a_case_is_inconclusive_and_not_run),
		cmocka_unit_test(an_inconclusive_ground_is_none),
		cmocka_unit_test(on_firm_ground_and_alone_a_case_is_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
