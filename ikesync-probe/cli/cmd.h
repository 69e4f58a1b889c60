/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of ikesync-probe. */
#ifndef IKESYNC_PROBE_CLI_CMD_H
#define IKESYNC_PROBE_CLI_CMD_H

struct cmd {
	const char *name;
	const char *summary;
	/* argv[0] is the subcommand's name. Returns the exit code. */
	int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
