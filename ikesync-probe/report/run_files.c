/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which reports are written where, and what is said of those that cannot be. */
#include "report/run_files.h"

#include <stdio.h>

#include "report/layout.h"
#include "report/report_file.h"
#include "report/report_html.h"
#include "report/report_text.h"
#include "report/report_junit.h"

static void write_file(const struct run *run, const char *path, report_writer *writer,
		       GString *problems)
{
	int why;

	if (!report_file_write(run, path, writer, &why))
		g_string_append_printf(problems, "ikesync-probe: cannot write %s: %s\n", path,
				       g_strerror(why));
}

static void captures(const struct run *run, GString *problems)
{
	unsigned lost = 0;
	const char *why = NULL;

	for (unsigned i = 0; i < run->results->len; i++) {
		const struct result *r = g_ptr_array_index(run->results, i);

		if (r->capture.how && !r->capture.file) {
			lost++;
			why = r->capture.how;
		}
	}
	if (lost)
		g_string_append_printf(problems, "ikesync-probe: %u captures %s\n", lost, why);
}

bool run_files_write(const struct probe *p, const struct run *run, bool listed)
{
	static const struct {
		const char *name;
		report_writer *writer;
	} files[] = { { "report.txt", report_file_text },
		      { "results.json", report_file_json },
		      { "report.html", report_html },
		      { "junit.xml", report_junit } };
	const struct report_text_style style = { .colour = layout_colour(stdout), .list = !listed };
	GString *problems = g_string_new(NULL);
	char *counts = report_text_counts(run), *text = NULL;
	bool ok;

	captures(run, problems);
	/* a capture may be judged without leaving anything behind */
	for (size_t i = 0; p->folder && i < G_N_ELEMENTS(files); i++) {
		char *path = g_build_filename(p->folder, files[i].name, NULL);

		write_file(run, path, files[i].writer, problems);
		if (i == 0)
			text = g_strdup(path);
		g_free(path);
	}
	if (p->options.junit)
		write_file(run, p->options.junit, report_junit, problems);
	if (p->options.json)
		(void)report_file_json(run, stdout);
	else if (g_strcmp0(p->options.ndjson, "-") != 0)
		report_text(run, &style, stdout);
	/* so that stderr comes behind it; main() tells of errors */
	(void)fflush(stdout);
	ok = !problems->len;
	fputs(problems->str, stderr);
	if (p->folder)
		fprintf(stderr, "%s in %.1f s; report: %s\n", counts,
			(double)run->duration_ms / 1000, ok ? text : "not complete, see above");
	g_string_free(problems, TRUE);
	g_free(counts);
	g_free(text);
	return ok;
}
