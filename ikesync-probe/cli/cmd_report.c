/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report command: an earlier run in another form. */
#include "cli/cmd_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/cmd_options.h"
#include "report/report_badge.h"
#include "report/report_file.h"
#include "report/report_html.h"
#include "report/report_junit.h"
#include "report/report_sarif.h"
#include "report/report_tap.h"
#include "report/results_read.h"

static const struct {
	const char *name;
	report_writer *write;
} formats[] = {
	{ "html", report_html },   { "text", report_file_text }, { "json", report_file_json },
	{ "junit", report_junit }, { "tap", report_tap },        { "sarif", report_sarif },
	{ "badge", report_badge },
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
	int why;

	/* of stdout main() tells what went wrong */
	if (!path) {
		(void)formats[format].write(run, stdout);
		return RUN_CONFORMS;
	}
	if (report_file_write(run, path, formats[format].write, &why))
		return RUN_CONFORMS;
	fprintf(stderr, "ikesync-probe report: cannot write %s: %s\n", path, g_strerror(why));
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
			"junit, tap, sarif, badge\n",
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
		  "html, text, json, junit, tap, sarif or badge (an SVG; default: html)",
		  "FORMAT" },
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
