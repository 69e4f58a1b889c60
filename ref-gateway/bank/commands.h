/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank fsck, ctl and their like: everything that is not the bank itself. */
#ifndef IKESYNC_BANK_COMMANDS_H
#define IKESYNC_BANK_COMMANDS_H

#include <stdbool.h>

#define COMMANDS_CONFIG "/etc/ikesync/bank.conf"

/* Is argv[1] the name of a command? Then it is done, and *status an enum daemon_exit. */
bool commands_main(int argc, char **argv, int *status);

#endif
