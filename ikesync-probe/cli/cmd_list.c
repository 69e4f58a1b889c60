/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "cli/cmd.h"
#include "report/layout.h"
#include "report/report_json.h"
#include "catalogue/selector.h"
#include "run/verdict.h"
#include "target/requirement.h"

#define INDENT 5

static void table(const GPtrArray *cases)
{
	char group = 0;

	for (unsigned i = 0; i < cases->len; i++) {
		const struct probe_case *c = g_ptr_array_index(cases, i);
		char *requires = requirement_text(c->requires);
		char *needs = g_strdup_printf("%s, %s; needs %s", level_name(c->level),
					      provenance_name(c->provenance), requires);

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
	gboolean json = FALSE;
	char **selectors = NULL;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &selectors, NULL,
		  "[SELECTOR...]" },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new("- list the test cases");
	GError *error = NULL;
	GPtrArray *cases;
	const char *bad = NULL;
	char *text;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "Examples:\n"
						  "  ikesync-probe list\n"
						  "  ikesync-probe list G '!G19'\n"
						  "  ikesync-probe list --json | jq -r '.[].id'\n");
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ikesync-probe list: %s\n", error->message);
		g_error_free(error);
		g_option_context_free(context);
		return RUN_USAGE;
	}
	g_option_context_free(context);
	cases = selector_choose(selectors, &bad);
	if (!cases) {
		fprintf(stderr, "ikesync-probe list: \"%s\" matches no case\n", bad);
		g_strfreev(selectors);
		return RUN_USAGE;
	}
	if (json) {
		text = report_json_catalogue(cases);
		puts(text);
		free(text);
	} else {
		table(cases);
	}
	g_ptr_array_unref(cases);
	g_strfreev(selectors);
	return 0;
}
