/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structured logging (g_log_structured) to stderr or the journal. Never give it a secret. */
#ifndef IKESYNC_TOOL_LOG_H
#define IKESYNC_TOOL_LOG_H

#include <glib.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Install the writer: "PROGRAM: level: text" on stderr, colour only on a terminal without NO_COLOR; journal fields when under systemd. */
void log_init(const char *program, enum log_level max);
void log_set_level(enum log_level max);
bool log_level_from_text(const char *text, enum log_level *out);
/* The word for the level that is in force. */
const char *log_level_name(void);
/* Cheap test before costly arguments. */
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)                                           \
	do {                                                    \
		if (log_enabled(LOG_LEVEL_INFO))                \
			log_write(LOG_LEVEL_INFO, __VA_ARGS__); \
	} while (0)
#define log_debug(...)                                           \
	do {                                                     \
		if (log_enabled(LOG_LEVEL_DEBUG))                \
			log_write(LOG_LEVEL_DEBUG, __VA_ARGS__); \
	} while (0)

#endif
