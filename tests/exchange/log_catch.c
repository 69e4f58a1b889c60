/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A writer of the log that keeps. */
#include "log_catch.h"

#include <glib.h>
#include <string.h>

static GString *lines;

static GLogWriterOutput keep(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user)
{
	(void)level;
	(void)user;
	for (gsize i = 0; i < n; i++)
		if (g_str_equal(fields[i].key, "MESSAGE"))
			g_string_append_printf(lines, "%s\n", (const char *)fields[i].value);
	return G_LOG_WRITER_HANDLED;
}

void log_catch_begin(void)
{
	lines = g_string_new(NULL);
	g_log_set_writer_func(keep, NULL, NULL);
}

void log_catch_clear(void)
{
	g_string_truncate(lines, 0);
}

unsigned log_catch_count(const char *text)
{
	g_auto(GStrv) all = g_strsplit(lines->str, "\n", -1);
	unsigned n = 0;

	for (char **line = all; *line; line++)
		n += strstr(*line, text) != NULL;
	return n;
}

const char *log_catch_all(void)
{
	return lines->str;
}
