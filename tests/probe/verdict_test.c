/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of the test catalogue: which statements make which verdict. */
#include "cmocka_all.h"

#include "run/probe.h"
#include "run/verdict.h"

#define OK(e) evidence_check(e, true, "a", "b", "c")
#define NOT_OK(e) evidence_check(e, false, "what", "this", "that")

static enum verdict judge(struct evidence *e, bool rules_bind, const char *reason)
{
	char *why;
	enum verdict v = verdict_judge(e, rules_bind, false, &why);

	if (g_strcmp0(why, reason) != 0)
		fail_msg("reason \"%s\", expected \"%s\"", why ? why : "none",
			 reason ? reason : "none");
	g_free(why);
	evidence_free(e);
	return v;
}

static struct probe_case of(enum level level, enum provenance p)
{
	return (struct probe_case){ .id = "X01", .level = level, .provenance = p };
}

#define REASON "what: expected this, observed that"

static void nothing_stated_is_inconclusive(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_DRAFT);
	struct evidence *e = evidence_new(&c, NULL);

	(void)state;
	evidence_note(e, "a note is no statement");
	assert_int_equal(judge(e, true, "the case stated nothing"), VERDICT_INCONCLUSIVE);
}

static void draft_base_and_problem_rules_fail_whatever_the_peer(void **state)
{
	static const enum provenance p[] = { PROVENANCE_DRAFT, PROVENANCE_BASE,
					     PROVENANCE_PROBLEM };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(p); i++) {
		struct probe_case c = of(LEVEL_MUST, p[i]);
		struct evidence *e = evidence_new(&c, NULL);

		OK(e);
		NOT_OK(e);
		assert_int_equal(judge(e, false, REASON), VERDICT_FAIL);
	}
}

/* Who is late accuses nobody: a failed check after a wait that ended far too late is doubtful, an earlier one is not. */
static void own_lateness_fails_nobody(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_DRAFT);
	struct evidence *e = evidence_new(&c, NULL);
	char *why;

	(void)state;
	lateness_waited(probe_now(), probe_now() + 1000);
	NOT_OK(e);
	assert_true(evidence_failed(e));
	assert_int_equal(verdict_judge(e, true, false, &why), VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(why, "kept waiting for 1000 ms"));
	assert_non_null(strstr(why, REASON));
	assert_true(verdict_is_doubtful(e, VERDICT_INCONCLUSIVE));
	g_free(why);
	/* what is found afterwards is no matter of it */
	NOT_OK(e);
	assert_int_equal(verdict_judge(e, true, false, &why), VERDICT_FAIL);
	assert_string_equal(why, REASON);
	assert_false(verdict_is_doubtful(e, VERDICT_FAIL));
	g_free(why);
	evidence_free(e);
}

static void profile_rules_fail_only_profile_1_peers(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_RULE);
	struct evidence *e = evidence_new(&c, NULL);

	(void)state;
	NOT_OK(e);
	assert_int_equal(judge(e, true, REASON), VERDICT_FAIL);
	e = evidence_new(&c, NULL);
	NOT_OK(e);
	assert_int_equal(judge(e, false, REASON), VERDICT_WARN);
}

static void mixed_cases(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_DRAFT);
	struct evidence *e = evidence_new(&c, NULL);

	(void)state;
	OK(e);
	evidence_check_as(e, PROVENANCE_RULE, "rule 9", false, "what", "this", "that");
	assert_int_equal(judge(e, false, REASON), VERDICT_WARN);
	e = evidence_new(&c, NULL);
	evidence_check_as(e, PROVENANCE_RULE, "rule 9", false, "rule", "x", "y");
	NOT_OK(e);
	assert_int_equal(judge(e, false, REASON), VERDICT_FAIL);
}

static void levels(void **state)
{
	struct probe_case should = of(LEVEL_SHOULD, PROVENANCE_DRAFT);
	struct probe_case may = of(LEVEL_MAY, PROVENANCE_DRAFT);
	struct probe_case info = of(LEVEL_INFO, PROVENANCE_DRAFT);
	struct evidence *e = evidence_new(&should, NULL);

	(void)state;
	NOT_OK(e);
	assert_int_equal(judge(e, true, REASON), VERDICT_WARN);
	e = evidence_new(&may, NULL);
	NOT_OK(e);
	assert_int_equal(judge(e, true, REASON), VERDICT_FAIL);
	e = evidence_new(&info, NULL);
	NOT_OK(e);
	assert_int_equal(judge(e, true, NULL), VERDICT_INFO);
	e = evidence_new(&info, NULL);
	evidence_info(e, "measured 3 ms");
	assert_int_equal(judge(e, true, NULL), VERDICT_INFO);
}

static void inconclusive_wins_over_pass_and_warn_but_not_over_fail(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_RULE);
	struct evidence *e = evidence_new(&c, NULL);

	(void)state;
	OK(e);
	evidence_inconclusive(e, "no way");
	assert_int_equal(judge(e, true, "no way"), VERDICT_INCONCLUSIVE);
	e = evidence_new(&c, NULL);
	NOT_OK(e);
	evidence_inconclusive(e, "no way");
	assert_int_equal(judge(e, false, "no way"), VERDICT_INCONCLUSIVE);
	e = evidence_new(&c, NULL);
	evidence_inconclusive(e, "no way");
	NOT_OK(e);
	assert_int_equal(judge(e, true, REASON), VERDICT_FAIL);
}

static void interruption_spares_only_failures(void **state)
{
	struct probe_case c = of(LEVEL_MUST, PROVENANCE_DRAFT);
	struct evidence *e = evidence_new(&c, NULL);
	char *why;

	(void)state;
	OK(e);
	assert_int_equal(verdict_judge(e, true, true, &why), VERDICT_INCONCLUSIVE);
	assert_string_equal(why, "interrupted");
	g_free(why);
	NOT_OK(e);
	assert_int_equal(verdict_judge(e, true, true, &why), VERDICT_FAIL);
	g_free(why);
	assert_true(evidence_failed(e));
	evidence_free(e);
	/* what is stated once waits are cut short is no failure of the target; the flag stays: last
	 * test */
	probe_interrupt();
	e = evidence_new(&c, NULL);
	NOT_OK(e);
	assert_int_equal(verdict_judge(e, true, true, &why), VERDICT_INCONCLUSIVE);
	g_free(why);
	evidence_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stated_is_inconclusive),
		cmocka_unit_test(draft_base_and_problem_rules_fail_whatever_the_peer),
		cmocka_unit_test(own_lateness_fails_nobody),
		cmocka_unit_test(profile_rules_fail_only_profile_1_peers),
		cmocka_unit_test(mixed_cases),
		cmocka_unit_test(levels),
		cmocka_unit_test(inconclusive_wins_over_pass_and_warn_but_not_over_fail),
		cmocka_unit_test(interruption_spares_only_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
