/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judge a capture file: nothing is sent. */
#ifndef IKESYNC_PROBE_CLI_CMD_CHECK_H
#define IKESYNC_PROBE_CLI_CMD_CHECK_H

/* A subcommand; argv[0] is its name. Returns the exit code. */
int cmd_check(int argc, char **argv);

#endif
