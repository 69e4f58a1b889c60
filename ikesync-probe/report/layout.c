/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns, colours and wrapped lines. */
#include "report/layout.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLUMNS_MIN 40
#define COLUMNS_MAX 100
#define COLUMNS_FILE 80

unsigned layout_columns(FILE *out)
{
	struct winsize size = { 0 };
	int fd = fileno(out);

	if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return COLUMNS_FILE;
	return CLAMP(size.ws_col, COLUMNS_MIN, COLUMNS_MAX);
}

bool layout_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

bool layout_same(FILE *a, FILE *b)
{
	struct stat x, y;

	return fstat(fileno(a), &x) == 0 && fstat(fileno(b), &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

void layout_wrapped(FILE *out, unsigned indent, const char *label, const char *text)
{
	char **lines = g_strsplit(text, "\n", -1);
	unsigned columns = layout_columns(out);

	for (char **line = lines; *line; line++) {
		char **words = g_strsplit(*line, " ", -1);
		unsigned column = indent;

		fprintf(out, "%-*s", (int)indent, line == lines ? label : "");
		for (char **w = words; *w; w++) {
			unsigned n = (unsigned)g_utf8_strlen(*w, -1);

			if (column > indent && column + 1 + n > columns) {
				fprintf(out, "\n%*s", (int)indent, "");
				column = indent;
			}
			if (column > indent) {
				fputc(' ', out);
				column++;
			}
			fputs(*w, out);
			column += n;
		}
		fputc('\n', out);
		g_strfreev(words);
	}
	g_strfreev(lines);
}

char *layout_cut(const char *text, unsigned columns)
{
	char *start, *cut;

	if ((unsigned)g_utf8_strlen(text, -1) <= columns)
		return g_strdup(text);
	start = g_utf8_substring(text, 0, columns > 3 ? (glong)columns - 3 : 0);
	cut = g_strconcat(start, "...", NULL);
	g_free(start);
	return cut;
}

bool layout_finish_stdout(void)
{
	bool bad = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !bad)
		return true;
	if (errno == EPIPE)
		return true;
	fprintf(stderr, "ikesync-probe: cannot write to the standard output: %s\n",
		errno ? g_strerror(errno) : "an earlier write failed");
	return false;
}
