/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Show everything about cases. */
#ifndef IKESYNC_PROBE_CLI_CMD_SHOW_H
#define IKESYNC_PROBE_CLI_CMD_SHOW_H

/* A subcommand; argv[0] is its name. Returns the exit code. */
int cmd_show(int argc, char **argv);

#endif
