/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report command. */
#ifndef IKESYNC_PROBE_CLI_CMD_REPORT_H
#define IKESYNC_PROBE_CLI_CMD_REPORT_H

/* argv[0] is the command's name. The exit code. */
int cmd_report(int argc, char **argv);

#endif
