/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "ikesync-probe load": many sessions at once. */
#ifndef IKESYNC_PROBE_CLI_CMD_LOAD_H
#define IKESYNC_PROBE_CLI_CMD_LOAD_H

int cmd_load(int argc, char **argv);

#endif
