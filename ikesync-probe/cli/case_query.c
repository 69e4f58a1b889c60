/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The common part of the commands that look cases up. */
#include "cli/case_query.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalogue/selector.h"
#include "report/report_json.h"
#include "run/run.h"

static bool parse(const struct case_query *q, int argc, char **argv, gboolean *json,
		  char ***selectors)
{
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, json, "as JSON", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, selectors, NULL,
		  q->argument },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new(q->summary);
	GError *error = NULL;
	bool ok;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, q->description);
	ok = g_option_context_parse(context, &argc, &argv, &error);
	g_option_context_free(context);
	if (!ok) {
		fprintf(stderr, "ikesync-probe %s: %s\n", q->name, error->message);
		g_error_free(error);
	}
	return ok;
}

static void print_json(const GPtrArray *cases)
{
	char *text = report_json_catalogue(cases);

	puts(text);
	free(text);
}

int case_query_run(const struct case_query *q, int argc, char **argv)
{
	gboolean json = FALSE;
	char **selectors = NULL;
	const char *bad = NULL;
	GPtrArray *cases;

	if (!parse(q, argc, argv, &json, &selectors))
		return RUN_USAGE;
	if (q->wanted && !selectors) {
		fprintf(stderr,
			"ikesync-probe %s: which case? \"ikesync-probe list\" has them all\n",
			q->name);
		return RUN_USAGE;
	}
	cases = selector_choose(selectors, &bad);
	if (!cases)
		fprintf(stderr, "ikesync-probe %s: \"%s\" matches no case\n", q->name, bad);
	else if (json)
		print_json(cases);
	else
		q->print(cases);
	g_strfreev(selectors);
	if (!cases)
		return RUN_USAGE;
	g_ptr_array_unref(cases);
	return 0;
}
