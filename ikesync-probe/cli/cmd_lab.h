/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab command: reference gateways and a bank on loopback. */
#ifndef IKESYNC_PROBE_CLI_CMD_LAB_H
#define IKESYNC_PROBE_CLI_CMD_LAB_H

/* argv[0] is the command's name. Becomes the lab's script; the exit code when it cannot. */
int cmd_lab(int argc, char **argv);

#endif
