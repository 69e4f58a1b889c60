/* SPDX-License-Identifier: GPL-2.0-or-later */
/* List the cases of the catalogue. */
#ifndef IKESYNC_PROBE_CLI_CMD_LIST_H
#define IKESYNC_PROBE_CLI_CMD_LIST_H

/* A subcommand; argv[0] is its name. Returns the exit code. */
int cmd_list(int argc, char **argv);

#endif
