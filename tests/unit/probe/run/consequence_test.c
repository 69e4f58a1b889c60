/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cause, one failure; and a second cause stays one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "run/consequence.h"

#define REFUSED "verified answer: N(AUTHENTICATION_FAILED)"

static const struct probe_case c03 = { .id = "C03" }, c34 = { .id = "C34" }, c16 = { .id = "C16" },
			       g01 = { .id = "G01", .asks = ASKS_BANK };

static struct result *add(struct run *run, const struct probe_case *c)
{
	struct result *r = g_new0(struct result, 1);

	r->c = c;
	r->label = g_strdup(c->id);
	r->verdict = VERDICT_FAIL;
	r->reason = g_strdup("because");
	r->evidence = evidence_new(c, NULL);
	g_ptr_array_add(run->results, r);
	return r;
}

static void saw(struct result *r, const char *clause, const char *observed)
{
	evidence_clause(r->evidence, clause, false, "it", "that", "%s", observed);
}

static struct run new_run(void)
{
	return (struct run){ .results = g_ptr_array_new_with_free_func(run_result_free) };
}

static void follows(void **state)
{
	struct run run = new_run();
	struct result *cause = add(&run, &c34), *r = add(&run, &c16), *bank = add(&run, &g01);

	(void)state;
	saw(cause, "10.1", REFUSED);
	saw(r, "9.7", REFUSED);
	saw(bank, "9.7", REFUSED);
	consequence_judge(&run);
	assert_int_equal(cause->verdict, VERDICT_FAIL);
	assert_int_equal(r->verdict, VERDICT_INCONCLUSIVE);
	assert_ptr_equal(r->see, cause);
	assert_non_null(strstr(r->reason, "see C34"));
	assert_int_equal(bank->verdict, VERDICT_FAIL);
	g_ptr_array_unref(run.results);
}

/* What it saw besides is a failure of its own. */
static void another_cause(void **state)
{
	struct run run = new_run();
	struct result *cause = add(&run, &c34), *r = add(&run, &c16);

	(void)state;
	saw(cause, "10.1", REFUSED);
	saw(r, "9.7", REFUSED);
	saw(r, "9.8", "the old index still resumes");
	consequence_judge(&run);
	assert_int_equal(r->verdict, VERDICT_FAIL);
	g_ptr_array_unref(run.results);
}

/* Who asks the same clause says it of himself. */
static void same_clause(void **state)
{
	struct run run = new_run();
	struct result *cause = add(&run, &c34), *r = add(&run, &c16);

	(void)state;
	saw(cause, "10.1", REFUSED);
	saw(r, "10.1", REFUSED);
	consequence_judge(&run);
	assert_int_equal(r->verdict, VERDICT_FAIL);
	g_ptr_array_unref(run.results);
}

static void no_ground(void **state)
{
	struct run run = new_run();
	struct result *cause = add(&run, &c34), *r = add(&run, &c16);

	(void)state;
	cause->verdict = VERDICT_PASS;
	saw(r, "9.7", REFUSED);
	consequence_judge(&run);
	assert_int_equal(r->verdict, VERDICT_FAIL);
	g_ptr_array_unref(run.results);
}

/* Wrong keys look like silence, and silence of another kind is none of theirs. */
static void silence(void **state)
{
	struct run run = new_run();
	struct result *cause = add(&run, &c03), *r = add(&run, &c16), *dead = add(&run, &c34);

	(void)state;
	saw(cause, "9.1", "no answer (it answered 0 ms before: it drops this message)");
	saw(r, "9.7", "no answer (it answered 1 ms before: it drops this message)");
	saw(dead, "10.1", "no answer: the network says port unreachable (ICMP)");
	consequence_judge(&run);
	assert_int_equal(r->verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(dead->verdict, VERDICT_FAIL);
	g_ptr_array_unref(run.results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows),     cmocka_unit_test(another_cause),
		cmocka_unit_test(same_clause), cmocka_unit_test(no_ground),
		cmocka_unit_test(silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
