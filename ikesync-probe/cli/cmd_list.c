/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list command: one or two lines a case. */
#include "cli/cmd_list.h"

#include <stdio.h>

#include "catalogue/catalogue.h"
#include "cli/case_query.h"
#include "report/layout.h"
#include "run/verdict.h"
#include "target/requirement.h"

#define INDENT 5

static void table(const GPtrArray *cases)
{
	char group = 0;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		char *requires = requirement_text(c->requires);
		char *needs = g_strdup_printf(
		    "%s, %s; %s%s", level_name(c->level), provenance_name(c->provenance),
		    c->asks == ASKS_CAPTURE ? "" : "needs ",
		    c->asks == ASKS_CAPTURE ? "reads a capture (check)" : requires);

		if (c->id[0] != group) {
			group = c->id[0];
			printf("%s%c: %s\n", i ? "\n" : "", group, catalogue_group_title(group));
		}
		layout_wrapped(stdout, INDENT, c->id, c->title);
		layout_wrapped(stdout, INDENT, "", needs);
		g_free(needs);
		g_free(requires);
	}
	printf("\n%u case%s; ikesync-probe show ID tells more\n", cases->len,
	       cases->len == 1 ? "" : "s");
}

int cmd_list(int argc, char **argv)
{
	static const struct case_query query = {
		.name = "list",
		.summary = "- list the test cases",
		.argument = "[SELECTOR...]",
		.description = "Examples:\n"
			       "  ikesync-probe list\n"
			       "  ikesync-probe list G '!G19'\n"
			       "  ikesync-probe list --json | jq -r '.[].id'\n",
		.wanted = false,
		.print = table,
	};

	return case_query_run(&query, argc, argv);
}
