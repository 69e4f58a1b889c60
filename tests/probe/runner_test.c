/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cases a run asks, by cases made for the purpose: one cause, one failure. */
#include "cmocka_all.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

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

static unsigned jobs = 1, retry;
static const struct waivers *waivers;
static bool strict;

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
	probe.options.jobs = jobs;
	probe.options.retry = retry;
	probe.options.waivers = waivers;
	probe.options.strict = strict;
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

static void dies(struct probe *p, struct evidence *e)
{
	(void)p;
	(void)e;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void says_much(struct probe *p, struct evidence *e)
{
	uint8_t octets[100000];

	p->gateway_announced = true;
	memset(octets, 7, sizeof(octets));
	for (unsigned i = 0; i < 4; i++)
		evidence_octets(e, "many", span_of(octets, sizeof(octets)));
	evidence_note(e, "no UTF-8: \xff");
	evidence_check_as(e, PROVENANCE_BASE, "source", false, "what", "this", "that %u", 7);
	evidence_clause(e, "12.4", true, "a", "b", "c");
	evidence_diagnosis(e, "because");
}

static const struct probe_case c6_dies = CASE("C06", NULL, dies);
static const struct probe_case c7_says = CASE("C07", NULL, says_much);
static const struct probe_case c8 = CASE("C08", "C06", holds);
static struct probe_case c9_alone = CASE("C09", NULL, holds);

/* In processes of their own, the cases end as they do in turn, and one that crashes harms no other. */
static void side_by_side_is_the_same(void **state)
{
	const struct probe_case *const cases[] = { &c1_breaks, &c2, &c6_dies,
						   &c7_says,   &c8, &c9_alone };
	static const enum verdict expected[] = { VERDICT_FAIL,         VERDICT_INCONCLUSIVE,
						 VERDICT_INCONCLUSIVE, VERDICT_FAIL,
						 VERDICT_INCONCLUSIVE, VERDICT_PASS };
	const struct evidence_step *step;
	const struct result *r;
	struct run *run;

	(void)state;
	jobs = 4;
	c9_alone.alone = true;
	run = run_of(cases, 6);
	jobs = 1;
	assert_int_equal(run->results->len, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(result(run, i)->c->id, cases[i]->id);
		assert_int_equal(result(run, i)->verdict, expected[i]);
	}
	/* alone means here */
	assert_int_equal(asked, 1U << 9);
	assert_ptr_equal(result(run, 1)->see, result(run, 0));
	assert_non_null(strstr(result(run, 2)->reason, "ended by signal 6"));
	assert_ptr_equal(result(run, 4)->see, result(run, 2));
	r = result(run, 3);
	assert_string_equal(r->reason, "what: expected this, observed that 7");
	assert_int_equal(r->evidence->attachments->len, 4);
	assert_int_equal(g_bytes_get_size(((struct evidence_attachment *)g_ptr_array_index(
					       r->evidence->attachments, 3))
					      ->octets),
			 100000);
	step = g_ptr_array_index(r->evidence->steps, 0);
	assert_string_equal(step->text, "no UTF-8: \xff");
	step = g_ptr_array_index(r->evidence->steps, 1);
	assert_false(step->ok);
	assert_int_equal(step->provenance, PROVENANCE_BASE);
	assert_string_equal(step->source, "source");
	step = g_ptr_array_index(r->evidence->steps, 2);
	assert_string_equal(step->clause, "12.4");
	assert_string_equal(g_ptr_array_index(r->evidence->diagnoses, 0), "because");
	assert_true(run->probe->gateway_announced);
	run_free(run);
}

static bool any_case(const char *pattern)
{
	return pattern[0] == 'C';
}

/* A waiver for C01 until that day. */
static struct waivers *waived_until(const char *day)
{
	char *path, *text = g_strdup_printf("[waive C01]\nreason=ticket 7\nuntil=%s\n", day);
	struct waivers *w;
	GError *error = NULL;
	const int fd = g_file_open_tmp("waiver-XXXXXX", &path, &error);

	assert_true(fd >= 0);
	assert_true(g_file_set_contents(path, text, -1, &error));
	close(fd);
	w = waivers_load(path, any_case, &error);
	assert_null(error);
	unlink(path);
	g_free(path);
	g_free(text);
	return w;
}

static void a_waived_failure_does_not_count(void **state)
{
	const struct probe_case *const cases[] = { &c1_breaks, &c2, &c5 };
	struct waivers *w = waived_until("9999-12-31");
	struct run *run;

	(void)state;
	waivers = w;
	run = run_of(cases, 3);
	/* the verdict stays what it is; what hangs on it is waived with it */
	assert_int_equal(result(run, 0)->verdict, VERDICT_FAIL);
	assert_int_equal(result(run, 0)->waived, WAIVED);
	assert_int_equal(result(run, 1)->waived, WAIVED);
	assert_int_equal(result(run, 2)->waived, WAIVED_NOT);
	assert_int_equal(run->exit, RUN_CONFORMS);
	assert_string_equal(run->conclusion, "CONFORMS in 1 of 3 cases asked; the others are "
					     "waived. Waived: C01, C02.");
	run_free(run);
	/* nothing else was asked: nothing is shown */
	run = run_of(cases, 1);
	assert_int_equal(run->exit, RUN_DOES_NOT_CONFORM);
	run_free(run);
	waivers = NULL;
	waivers_free(w);
}

static void after_its_last_day_a_waiver_is_none(void **state)
{
	const struct probe_case *const cases[] = { &c1_breaks, &c5 };
	struct waivers *w = waived_until("2026-01-31");
	struct run *run;

	(void)state;
	waivers = w;
	run = run_of(cases, 2);
	assert_int_equal(result(run, 0)->waived, WAIVED_OVER);
	assert_int_equal(run->exit, RUN_DOES_NOT_CONFORM);
	assert_non_null(strstr(run->conclusion, "1 of 2 cases failed: C01"));
	run_free(run);
	waivers = NULL;
	waivers_free(w);
}

static void a_needless_waiver_is_told(void **state)
{
	const struct probe_case *const cases[] = { &c1_holds, &c5 };
	struct waivers *w = waived_until("9999-12-31");
	struct run *run;

	(void)state;
	waivers = w;
	run = run_of(cases, 2);
	assert_int_equal(result(run, 0)->waived, WAIVED_NEEDLESS);
	assert_int_equal(run->exit, RUN_CONFORMS);
	assert_non_null(strstr(run->conclusion, "Passed although waived: C01"));
	run_free(run);
	strict = true;
	run = run_of(cases, 2);
	assert_int_equal(run->exit, RUN_DOES_NOT_CONFORM);
	run_free(run);
	strict = false;
	waivers = NULL;
	waivers_free(w);
}

static unsigned rounds;

static void breaks_once(struct probe *p, struct evidence *e)
{
	(void)p;
	evidence_check(e, rounds++ > 0, "a", "b", "c");
}

static void stops_once(struct probe *p, struct evidence *e)
{
	(void)p;
	if (rounds++ > 0)
		evidence_check(e, true, "a", "b", "c");
	else
		evidence_inconclusive(e, "no way");
}

static void stops_then_breaks(struct probe *p, struct evidence *e)
{
	(void)p;
	if (rounds++ > 0)
		evidence_check(e, false, "a", "b", "c");
	else
		evidence_inconclusive(e, "no way");
}

static const struct probe_case c1_once = CASE("C01", NULL, breaks_once);
static const struct probe_case c2_once = CASE("C02", NULL, stops_once);
static const struct probe_case c3_worse = CASE("C03", NULL, stops_then_breaks);

static enum verdict asked_again(const struct probe_case *c, unsigned times, char **reason)
{
	const struct probe_case *const cases[] = { c };
	struct run *run;
	enum verdict v;

	rounds = 0;
	retry = times;
	run = run_of(cases, 1);
	retry = 0;
	v = result(run, 0)->verdict;
	assert_string_equal(result(run, 0)->label, c->id);
	*reason = g_strdup(result(run, 0)->reason);
	run_free(run);
	return v;
}

static void what_does_not_pass_is_asked_again(void **state)
{
	char *reason;

	(void)state;
	/* a failure is not forgotten */
	assert_int_equal(asked_again(&c1_once, 2, &reason), VERDICT_WARN);
	assert_non_null(strstr(reason, "unsteady"));
	assert_int_equal(rounds, 2);
	g_free(reason);
	assert_int_equal(asked_again(&c2_once, 2, &reason), VERDICT_PASS);
	assert_int_equal(rounds, 2);
	g_free(reason);
	assert_int_equal(asked_again(&c3_worse, 2, &reason), VERDICT_FAIL);
	assert_int_equal(rounds, 3);
	g_free(reason);
	assert_int_equal(asked_again(&c1_once, 0, &reason), VERDICT_FAIL);
	assert_int_equal(rounds, 1);
	g_free(reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waived_failure_does_not_count),
		cmocka_unit_test(after_its_last_day_a_waiver_is_none),
		cmocka_unit_test(a_needless_waiver_is_told),
		cmocka_unit_test(what_does_not_pass_is_asked_again),
		cmocka_unit_test(without_its_ground_a_case_is_inconclusive_and_not_run),
		cmocka_unit_test(an_inconclusive_ground_is_none),
		cmocka_unit_test(on_firm_ground_and_alone_a_case_is_run),
		cmocka_unit_test(side_by_side_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
