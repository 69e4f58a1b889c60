/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The common part of the commands that look cases up. */
#include "cli/case_query.h"

#include <stdio.h>
#include <stdlib.h>

#include "catalogue/selector.h"
#include "cli/cmd_options.h"
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
	const struct cmd_options options = { q->name, q->summary, q->description, entries };

	return cmd_options_parse(&options, argc, argv);
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
