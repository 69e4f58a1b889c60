/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The diff command: what got worse or better between two runs. */
#include "cli/cmd_diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd_options.h"
#include "report/json_text.h"
#include "report/layout.h"
#include "report/results_read.h"
#include "report/run_diff.h"
#include "run/verdict.h"

static json_t *verdict_of(const struct result *r)
{
	return r ? json_string(verdict_name(r->verdict)) : json_null();
}

static void print_json(const GPtrArray *all)
{
	json_t *array = json_array();
	char *text;

	for (unsigned i = 0; i < all->len; i++) {
		const struct run_difference *d = g_ptr_array_index(all, i);
		const struct result *r = d->after ? d->after : d->before;
		json_t *o = json_object();

		json_object_set_new(o, "case", json_string(r->c->id));
		json_object_set_new(o, "change", json_string(run_change_name(d->change)));
		json_object_set_new(o, "before", verdict_of(d->before));
		json_object_set_new(o, "after", verdict_of(d->after));
		json_object_set_new(o, "reason", json_text(r->reason ? r->reason : ""));
		json_array_append_new(array, o);
	}
	text = json_dumps(array, JSON_INDENT(2));
	puts(text ? text : "");
	free(text);
	json_decref(array);
}

static struct results *load(const char *path)
{
	GError *error = NULL;
	struct results *r = results_read(path, &error);

	if (!r) {
		fprintf(stderr, "ikesync-probe diff: %s\n", error->message);
		g_error_free(error);
	}
	return r;
}

static int diff(const char *old, const char *new, bool json)
{
	struct results *before = load(old), *after = before ? load(new) : NULL;
	int code = RUN_USAGE;

	if (after) {
		GPtrArray *all = run_diff(results_run(before), results_run(after));

		if (json)
			print_json(all);
		else
			run_diff_text(all, layout_colour(stdout), stdout);
		code = run_diff_count(all, CHANGE_WORSE) ? RUN_DOES_NOT_CONFORM : RUN_CONFORMS;
		g_ptr_array_unref(all);
	}
	results_free(before);
	results_free(after);
	return code;
}

int cmd_diff(int argc, char **argv)
{
	gboolean json = FALSE;
	char **rest = NULL;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "print an array of changes", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "OLD NEW" },
		G_OPTION_ENTRY_NULL
	};
	const struct cmd_options o = {
		.command = "diff",
		.summary = "- what got worse, what better, between two runs",
		.description =
		    "OLD, NEW: run folders or results.json files.\n\n"
		    "A case is worse when it fails, is inconclusive or warns and did less of that "
		    "before,\nor was not there.\n\n"
		    "Exit codes: 0 nothing is worse, 1 something is, 2 usage or no results.\n\n"
		    "Examples:\n"
		    "  ikesync-probe diff ikesync-runs/20261121-214011 ikesync-runs/latest\n"
		    "  ikesync-probe diff --json old new | jq -r '.[] | select(.change == "
		    "\"worse\").case'\n",
		.entries = entries,
	};
	int code = RUN_USAGE;

	if (cmd_options_parse(&o, argc, argv)) {
		if (rest && rest[0] && rest[1] && !rest[2])
			code = diff(rest[0], rest[1], json);
		else
			fputs("ikesync-probe diff: name two runs, the older one first\n", stderr);
	}
	g_strfreev(rest);
	return code;
}
