/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client command: the reference client. */
#ifndef IKESYNC_PROBE_CLI_CMD_CLIENT_H
#define IKESYNC_PROBE_CLI_CMD_CLIENT_H

/* argv[0] is the command's name; the exit code. */
int cmd_client(int argc, char **argv);

#endif
