/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "cli/cmd.h"
#include "report/report_json.h"
#include "report/layout.h"
#include "catalogue/selector.h"
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

int cmd_show(int argc, char **argv)
{
	gboolean json = FALSE;
	char **selectors = NULL;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &selectors, NULL, "ID..." },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new("- show everything about test cases");
	GError *error = NULL;
	GPtrArray *cases;
	const char *bad = NULL;
	char *text;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(
	    context, "ID: as for run, for example C03, C01-C08, G or 'N1*'.\n\n"
		     "Examples:\n"
		     "  ikesync-probe show C03\n"
		     "  ikesync-probe show --json G27 | jq -r '.[0].required'\n");
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ikesync-probe show: %s\n", error->message);
		g_error_free(error);
		g_option_context_free(context);
		return RUN_USAGE;
	}
	g_option_context_free(context);
	if (!selectors) {
		fputs("ikesync-probe show: which case? \"ikesync-probe list\" has them all\n",
		      stderr);
		return RUN_USAGE;
	}
	cases = selector_choose(selectors, &bad);
	if (!cases) {
		fprintf(stderr, "ikesync-probe show: \"%s\" matches no case\n", bad);
		g_strfreev(selectors);
		return RUN_USAGE;
	}
	if (json) {
		text = report_json_catalogue(cases);
		puts(text);
		free(text);
	} else {
		for (unsigned i = 0; i < cases->len; i++) {
			if (i)
				putchar('\n');
			show(g_ptr_array_index(cases, i));
		}
	}
	g_ptr_array_unref(cases);
	g_strfreev(selectors);
	return 0;
}
