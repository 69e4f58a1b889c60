/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run cases against a target and write the report. */
#ifndef IKESYNC_PROBE_CLI_CMD_RUN_H
#define IKESYNC_PROBE_CLI_CMD_RUN_H

/* A subcommand; argv[0] is its name. Returns the exit code. */
int cmd_run(int argc, char **argv);

#endif
