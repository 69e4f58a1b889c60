/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The diff command. */
#ifndef IKESYNC_PROBE_CLI_CMD_DIFF_H
#define IKESYNC_PROBE_CLI_CMD_DIFF_H

/* argv[0] is the command's name. The exit code. */
int cmd_diff(int argc, char **argv);

#endif
