/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selectors, and a catalogue that is complete and in order. */
#include "cmocka_all.h"

#include "cases/stage.h"
#include "catalogue/catalogue.h"
#include "catalogue/selector.h"
#include "target/case_pattern.h"

static void matches_as_documented(void **state)
{
	static const struct {
		const char *selector, *id;
		bool expected;
	} t[] = {
		{ "C03", "C03", true },      { "c03", "C03", true },
		{ "C3", "C03", true },       { "C03", "C04", false },
		{ "C03", "G03", false },     { "G", "G27", true },
		{ "g", "G01", true },        { "G", "C01", false },
		{ "C01-C08", "C01", true },  { "C01-C08", "C08", true },
		{ "C01-C08", "C09", false }, { "C01-C08", "G03", false },
		{ "C01-08", "C05", true },   { "C08-C01", "C05", false },
		{ "C01-G08", "C05", false }, { "N1*", "N13", true },
		{ "N1*", "N01", false },     { "?01", "S01", true },
		{ "*", "N25", true },        { "C", "C", true },
		{ "C0x", "C01", false },     { "", "C01", false },
		{ "-", "C01", false },       { "C-", "C01", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(t); i++)
		if (case_pattern_matches(t[i].selector, t[i].id) != t[i].expected)
			fail_msg("selector \"%s\" on %s", t[i].selector, t[i].id);
}

static unsigned count(const char **selectors)
{
	const char *bad = NULL;
	GPtrArray *a = selector_choose((char **)(uintptr_t)selectors, &bad);
	unsigned n;

	assert_non_null(a);
	n = a->len;
	g_ptr_array_unref(a);
	return n;
}

static void chooses(void **state)
{
	const char *some[] = { "G01-G04", "!G02", NULL }, *late[] = { "!G02", "G01-G04", NULL };
	const char *all_but[] = { "!G26", NULL }, *wrong[] = { "G01", "Z*", NULL },
		   *wrong_not[] = { "!X01", NULL };
	const char *bad = NULL;
	size_t n;

	(void)state;
	catalogue(&n);
	assert_int_equal(count(NULL), n);
	assert_int_equal(count(some), 3);
	/* an exclusion wins wherever it stands */
	assert_int_equal(count(late), 3);
	assert_int_equal(count(all_but), n - 1);
	assert_null(selector_choose((char **)(uintptr_t)wrong, &bad));
	assert_string_equal(bad, "Z*");
	assert_null(selector_choose((char **)(uintptr_t)wrong_not, &bad));
	assert_string_equal(bad, "!X01");
}

/* Every case must tell what it asks, whose rule it is and why it may fail; that a defect proves it
 * is asked by tests/defects/patches.sh. */
static bool in_order(const char *a, const char *b)
{
	static const char groups[] = "SCGBNKP";
	const char *x = strchr(groups, a[0]), *y = strchr(groups, b[0]);

	assert_true(x && y);
	return x < y || (x == y && strcmp(a, b) < 0);
}

static void catalogue_is_complete(void **state)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	(void)state;
	assert_true(n > 40);
	for (size_t i = 0; i < n; i++) {
		const struct probe_case *c = all[i];

		if (!c->title || !c->source || !c->required || !c->causes || !c->run ||
		    (!c->requires && c->asks != ASKS_CAPTURE))
			fail_msg("%s is incomplete", c->id);
		if (i && !in_order(all[i - 1]->id, c->id))
			fail_msg("%s stands behind %s", c->id, all[i - 1]->id);
		/* what sets the stage needs somebody to call */
		assert_true((c->run == stage_desk || c->run == stage_two_desks) ==
			    (c->at_desk != NULL));
		assert_true((c->run == stage_resumption) == (c->resuming != NULL));
		assert_true((c->run == stage_roaming) == (c->roaming != NULL));
		assert_int_equal(c->id[0] == 'K', c->asks == ASKS_CLIENT);
		if (c->id[0] == 'G')
			assert_int_equal(c->asks, ASKS_BANK);
		assert_int_equal(c->id[0] == 'P', c->asks == ASKS_CAPTURE);
		assert_ptr_equal(catalogue_find(c->id), c);
	}
	assert_null(catalogue_find("C99"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_as_documented),
		cmocka_unit_test(chooses),
		cmocka_unit_test(catalogue_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
