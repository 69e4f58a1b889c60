/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The show command: all that is known of a case before it runs. */
#include "cli/cmd_show.h"

#include <stdio.h>

#include "cli/case_query.h"
#include "report/layout.h"
#include "run/clause.h"
#include "run/verdict.h"
#include "target/requirement.h"

#define INDENT 13

/* The clauses of the profile that the case asks, with their text. */
static void show_clauses(const struct probe_case *c)
{
	char **ids = g_strsplit(c->clauses ? c->clauses : "", " ", -1);

	for (char **id = ids; *id; id++) {
		const struct clause *clause = **id ? clause_find(*id) : NULL;
		char *line;

		if (!clause)
			continue;
		line = g_strdup_printf("%s (%s) %s", clause->id, clause->provenance, clause->text);
		layout_wrapped(stdout, INDENT, id == ids ? "clauses" : "", line);
		g_free(line);
	}
	g_strfreev(ids);
}

static void show(const struct probe_case *c)
{
	char *requires = requirement_text(c->requires);
	char **causes = g_strsplit(c->causes ? c->causes : "", "\n", -1);

	layout_wrapped(stdout, 5, c->id, c->title);
	putchar('\n');
	layout_wrapped(stdout, INDENT, "required", c->required);
	layout_wrapped(stdout, INDENT, "source", c->source);
	printf("%-*s%s\n%-*s%s\n", INDENT, "level", level_name(c->level), INDENT, "provenance",
	       provenance_name(c->provenance));
	if (c->provenance == PROVENANCE_RULE)
		layout_wrapped(stdout, INDENT, "",
			       "(a failure is a warning where the target is no profile 1 peer)");
	layout_wrapped(stdout, INDENT, "needs", *requires ? requires : "nothing");
	if (c->needs)
		layout_wrapped(stdout, INDENT, "stands on", c->needs);
	show_clauses(c);
	for (char **s = causes; *s; s++) {
		char *item = g_strdup_printf("- %s", *s);

		layout_wrapped(stdout, INDENT, s == causes ? "may fail as" : "", item);
		g_free(item);
	}
	g_strfreev(causes);
	g_free(requires);
}

static void show_all(const GPtrArray *cases)
{
	for (unsigned i = 0; i < cases->len; i++) {
		if (i)
			putchar('\n');
		show(g_ptr_array_index(cases, i));
	}
}

int cmd_show(int argc, char **argv)
{
	static const struct case_query query = {
		.name = "show",
		.summary = "- show everything about test cases",
		.argument = "ID...",
		.description = "ID: as for run, for example C03, C01-C08, G or 'N1*'.\n\n"
			       "Examples:\n"
			       "  ikesync-probe show C03\n"
			       "  ikesync-probe show --json G27 | jq -r '.[0].required'\n",
		.wanted = true,
		.print = show_all,
	};

	return case_query_run(&query, argc, argv);
}
