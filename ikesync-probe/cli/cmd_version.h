/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Print the version. */
#ifndef IKESYNC_PROBE_CLI_CMD_VERSION_H
#define IKESYNC_PROBE_CLI_CMD_VERSION_H

/* A subcommand; argv[0] is its name. Returns the exit code. */
int cmd_version(int argc, char **argv);

#endif
