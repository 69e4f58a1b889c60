/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `PROGRAM ctl`: the other end of a daemon's door. */
#ifndef IKESYNC_TOOL_CTL_MAIN_H
#define IKESYNC_TOOL_CTL_MAIN_H

#include "tool/ctl.h"

struct ctl_program {
	const char *name; /* "ikesync-bank" */
	const char *default_config;
	const struct ctl_command *commands;
	/* The path of the socket that this configuration names, to be freed; NULL and a GError. */
	char *(*control)(const char *config, GError **error);
};

/*
 * --config FILE, --socket PATH, --json, --help, and a command: say it, and print what is answered. Returns an enum
 * daemon_exit.
 */
int ctl_main(const struct ctl_program *p, int argc, char **argv);

#endif
