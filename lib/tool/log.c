/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log writer: levels, colours, journal, and nothing a peer could forge. */
#include "tool/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/printable.h"

#define TEXT_MAX 2048

static struct {
	char program[64];
	enum log_level max;
	bool colour;
	bool journal;
	bool ready;
} state = { .max = LOG_LEVEL_NOTICE };

static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
static const char *const colours[] = { "\033[31m", "\033[33m", "\033[36m", "", "\033[2m" };
/* syslog priorities, for the journal */
static const char *const priorities[] = { "3", "4", "5", "6", "7" };
static const GLogLevelFlags flags[] = {
	/* not G_LOG_LEVEL_ERROR, which aborts the process */
	G_LOG_LEVEL_CRITICAL, G_LOG_LEVEL_WARNING, G_LOG_LEVEL_MESSAGE,
	G_LOG_LEVEL_INFO,     G_LOG_LEVEL_DEBUG,
};

static enum log_level level_of(GLogLevelFlags f)
{
	if (f & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
		return LOG_LEVEL_ERROR;
	if (f & G_LOG_LEVEL_WARNING)
		return LOG_LEVEL_WARNING;
	if (f & G_LOG_LEVEL_MESSAGE)
		return LOG_LEVEL_NOTICE;
	return f & G_LOG_LEVEL_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

static void write_stderr(enum log_level level, const char *text)
{
	char line[TEXT_MAX + 200];
	int n =
	    snprintf(line, sizeof(line), "%s%s%s: %s:%s %s\n", state.colour ? colours[level] : "",
		     state.program[0] ? state.program : "ikesync", "", names[level],
		     state.colour ? "\033[0m" : "", text);
	size_t left = n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;

	/* One write a line: several processes may share the terminal. */
	if (left && write(STDERR_FILENO, line, left) < 0)
		return;
}

/* Also what GLib itself has to say comes through here. */
static GLogWriterOutput writer(GLogLevelFlags f, const GLogField *fields, gsize n_fields,
			       gpointer user)
{
	enum log_level level = level_of(f);
	char raw[TEXT_MAX] = "", text[TEXT_MAX];

	(void)user;
	if (level > state.max)
		return G_LOG_WRITER_HANDLED;
	for (gsize i = 0; i < n_fields; i++) {
		if (strcmp(fields[i].key, "MESSAGE") != 0)
			continue;
		if (fields[i].length < 0)
			g_strlcpy(raw, fields[i].value, sizeof(raw));
		else
			snprintf(raw, sizeof(raw), "%.*s", (int)fields[i].length,
				 (const char *)fields[i].value);
	}
	(void)printable(raw, text, sizeof(text));
	if (state.journal) {
		const GLogField out[] = {
			{ "MESSAGE", text, -1 },
			{ "PRIORITY", priorities[level], -1 },
			{ "SYSLOG_IDENTIFIER", state.program, -1 },
		};

		if (g_log_writer_journald(f, out, G_N_ELEMENTS(out), NULL) == G_LOG_WRITER_HANDLED)
			return G_LOG_WRITER_HANDLED;
	}
	write_stderr(level, text);
	return G_LOG_WRITER_HANDLED;
}

void log_init(const char *program, enum log_level max)
{
	const char *no_colour = getenv("NO_COLOR");

	g_strlcpy(state.program, program, sizeof(state.program));
	state.max = max;
	state.colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour);
	state.journal = g_log_writer_is_journald(STDERR_FILENO);
	if (!state.ready)
		g_log_set_writer_func(writer, NULL, NULL);
	state.ready = true;
}

void log_set_level(enum log_level max)
{
	state.max = max;
}

bool log_level_from_text(const char *text, enum log_level *out)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

const char *log_level_name(void)
{
	return names[state.max];
}

bool log_enabled(enum log_level level)
{
	return level <= state.max;
}

void log_write(enum log_level level, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	if (level > state.max)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	g_log_structured("ikesync", flags[level], "MESSAGE", "%s", text);
}
