/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main() of a daemon: options, configuration, log; what is its own comes in as a table. */
#ifndef IKESYNC_TOOL_DAEMON_MAIN_H
#define IKESYNC_TOOL_DAEMON_MAIN_H

#include <glib.h>
#include <stdbool.h>

enum daemon_exit {
	DAEMON_EXIT_OK = 0, /* stopped by a signal; configuration fine; help or version shown */
	DAEMON_EXIT_FAILURE = 1, /* could not start, or not go on */
	DAEMON_EXIT_USAGE = 2,   /* an option, or the configuration */
};

struct daemon_program {
	const char *name;           /* "ikesync-bank" */
	const char *what;           /* one line for --help */
	const char *default_config; /* "/etc/ikesync/bank.conf" */
	const char *examples;       /* for --help, "  ikesync-bank ...\n" each */
	/* Read and check a configuration; NULL and a GError that names the file. Freed with free(). */
	void *(*load)(const char *path, GError **error);
	void (*free)(void *settings);
	/* For --check-config: what load() leaves to be tried. NULL: nothing. */
	bool (*check)(void *settings, GError **error);
	/* Serve until a signal; `ready_fd` is for daemon_ready(). false and a GError. */
	bool (*serve)(void *settings, int ready_fd, GError **error);
};

/*
 * --config FILE, --check-config, --ready-fd N, --log-level LEVEL, --version, --help; anything else is refused. Files made
 * afterwards are nobody else's (umask 077). Returns an enum daemon_exit.
 */
int daemon_main(const struct daemon_program *p, int argc, char **argv);

#endif
