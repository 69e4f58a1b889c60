/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "ikesync-probe send": hand-made messages. */
#ifndef IKESYNC_PROBE_CLI_CMD_SEND_H
#define IKESYNC_PROBE_CLI_CMD_SEND_H

int cmd_send(int argc, char **argv);

#endif
