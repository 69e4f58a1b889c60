/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The init command: a target file by a few questions. */
#ifndef IKESYNC_PROBE_CLI_CMD_INIT_H
#define IKESYNC_PROBE_CLI_CMD_INIT_H

/* argv[0] is the command's name. The exit code. */
int cmd_init(int argc, char **argv);

#endif
