/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a report and nothing less. */
#include "report/report_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/layout.h"
#include "report/report_json.h"
#include "report/report_text.h"

bool report_file_text(const struct run *run, FILE *out)
{
	const struct report_text_style style = {
		.colour = layout_colour(out), .list = true, .steps = true, .in_folder = true
	};

	report_text(run, &style, out);
	return !ferror(out);
}

bool report_file_json(const struct run *run, FILE *out)
{
	char *text = report_json(run);
	bool ok = text && fputs(text, out) >= 0 && fputc('\n', out) != EOF;

	free(text);
	return ok;
}

bool report_file_write(const struct run *run, const char *path, report_writer *writer, int *why)
{
	FILE *f;
	bool ok;

	errno = 0;
	f = fopen(path, "we");
	ok = f && writer(run, f);
	*why = errno;
	if (f && fclose(f) != 0) {
		*why = errno;
		ok = false;
	}
	if (!ok && f && g_file_test(path, G_FILE_TEST_IS_REGULAR))
		(void)unlink(path);
	return ok;
}
