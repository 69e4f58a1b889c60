/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of clauses is the document's, and cases cite clauses that exist. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"
#include "run/clause.h"

/* Counted in the document by another program: IKESYNC_CLAUSES is what grep says. */
static void the_table_is_whole(void **state)
{
	const char *expected = getenv("IKESYNC_CLAUSES");
	size_t n;

	(void)state;
	clauses(&n);
	assert_non_null(expected);
	assert_int_equal(n, strtoul(expected, NULL, 10));
}

static void no_id_twice_and_no_text_empty(void **state)
{
	size_t n;
	const struct clause *all = clauses(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(clause_find(all[i].id), &all[i]);
		assert_true(strlen(all[i].text) > 10);
		assert_non_null(strpbrk(all[i].provenance, "DBPR"));
	}
	assert_null(clause_find("0.1"));
	assert_null(clause_find(""));
}

static void a_mixed_clause_is_the_drafts(void **state)
{
	const struct clause mixed = { .provenance = "D, R" }, base = { .provenance = "B, R" },
			    problem = { .provenance = "P, R" }, rule = { .provenance = "R" };

	(void)state;
	assert_int_equal(clause_provenance(&mixed), PROVENANCE_DRAFT);
	assert_int_equal(clause_provenance(&base), PROVENANCE_BASE);
	assert_int_equal(clause_provenance(&problem), PROVENANCE_PROBLEM);
	assert_int_equal(clause_provenance(&rule), PROVENANCE_RULE);
}

static void cases_name_what_exists(void **state)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char **ids = g_strsplit(all[i]->clauses ? all[i]->clauses : "", " ", -1);
		char **needs = g_strsplit(all[i]->needs ? all[i]->needs : "", " ", -1);

		for (char **id = ids; *id; id++)
			if (!clause_find(*id))
				fail_msg("%s cites clause \"%s\"", all[i]->id, *id);
		for (char **id = needs; *id; id++)
			if (!catalogue_find(*id))
				fail_msg("%s needs case \"%s\"", all[i]->id, *id);
		g_strfreev(ids);
		g_strfreev(needs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(no_id_twice_and_no_text_empty),
		cmocka_unit_test(a_mixed_clause_is_the_drafts),
		cmocka_unit_test(cases_name_what_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
