/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a subcommand, read in one and the same way. */
#ifndef IKESYNC_PROBE_CLI_CMD_OPTIONS_H
#define IKESYNC_PROBE_CLI_CMD_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

struct cmd_options {
	const char *command;     /* "run": for messages */
	const char *summary;     /* "- run test cases against a target": behind the usage line */
	const char *description; /* below the options of --help */
	const GOptionEntry *entries;
};

/*
 * Read `argv` into what the entries point at; --help ends the process. false: told on stderr what is
 * wrong. Words that no entry takes are wrong. What was read so far is the caller's to free in either case.
 */
bool cmd_options_parse(const struct cmd_options *o, int argc, char **argv);

#endif
