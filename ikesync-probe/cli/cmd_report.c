/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report command: an earlier run in another form. */
#include "cli/cmd_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_options.h"
#include "report/layout.h"
#include "report/report_html.h"
#include "report/report_json.h"
#include "report/report_junit.h"
#include "report/report_sarif.h"
#include "report/report_tap.h"
#include "report/report_text.h"
#include "report/results_read.h"

static bool write_text(const struct run *run, FILE *out)
{
	const struct report_text_style style = {
		.colour = layout_colour(out), .list = true, .steps = true, .in_folder = true
	};

	report_text(run, &style, out);
	return !ferror(out);
}

static bool write_json(const struct run *run, FILE *out)
{
	char *text = report_json(run);
	bool ok = text && fputs(text, out) >= 0 && fputc('\n', out) != EOF;

	free(text);
	return ok;
}

static const struct {
	const char *name;
	bool (*write)(const struct run *run, FILE *out);
} formats[] = {
	{ "html", report_html },   { "text", write_text }, { "json", write_json },
	{ "junit", report_junit }, { "tap", report_tap },  { "sarif", report_sarif },
};

static int find_format(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int write_to(const struct run *run, int format, const char *path)
{
	FILE *out = path ? fopen(path, "we") : stdout;
	bool ok = out && formats[format].write(run, out);
	int why = errno;

	if (path && out && fclose(out) != 0) {
		why = errno;
		ok = false;
	}
	/* of stdout main() tells */
	if (ok || (out && !path))
		return RUN_CONFORMS;
	fprintf(stderr, "ikesync-probe report: cannot write %s: %s\n", path, g_strerror(why));
	if (out && g_file_test(path, G_FILE_TEST_IS_REGULAR))
		(void)unlink(path);
	return RUN_INTERNAL;
}

static int report(const char *from, const char *format, const char *to)
{
	const int f = find_format(format);
	struct results *r;
	GError *error = NULL;
	int code;

	if (f < 0) {
		fprintf(stderr,
			"ikesync-probe report: --format \"%s\" is none of html, text, json, "
			"junit, tap, sarif\n",
			format);
		return RUN_USAGE;
	}
	r = results_read(from, &error);
	if (!r) {
		fprintf(stderr, "ikesync-probe report: %s\n", error->message);
		g_error_free(error);
		return RUN_USAGE;
	}
	code = write_to(results_run(r), f, to);
	results_free(r);
	return code;
}

int cmd_report(int argc, char **argv)
{
	char *format = NULL, *out = NULL, **rest = NULL;
	const GOptionEntry entries[] = {
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &format,
		  "html, text, json, junit, tap or sarif (default: html)", "FORMAT" },
		{ "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "write there and not to stdout",
		  "FILE" },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "RUN" },
		G_OPTION_ENTRY_NULL
	};
	const struct cmd_options o = {
		.command = "report",
		.summary = "- an earlier run in another form",
		.description =
		    "RUN: a run folder, a results.json, or - for stdin.\n\n"
		    "Exit codes: 0 written, 2 usage or no results, 4 could not be written.\n\n"
		    "Examples:\n"
		    "  ikesync-probe report ikesync-runs/latest --out report.html\n"
		    "  ikesync-probe report --format tap results.json\n",
		.entries = entries,
	};
	int code = RUN_USAGE;

	if (cmd_options_parse(&o, argc, argv)) {
		if (rest && rest[0] && !rest[1])
			code = report(rest[0], format ? format : "html", out);
		else
			fputs("ikesync-probe report: name one run folder or results.json\n",
			      stderr);
	}
	g_strfreev(rest);
	g_free(format);
	g_free(out);
	return code;
}
