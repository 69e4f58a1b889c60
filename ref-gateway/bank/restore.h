/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank restore: a checkpoint becomes the store. */
#ifndef IKESYNC_BANK_RESTORE_H
#define IKESYNC_BANK_RESTORE_H

#include "bank_config.h"

/*
 * Copy `checkpoint` to where the settings say that the store is, look through the copy, and only then put it there. Refuses when
 * something is there already; the checkpoint is not changed. Says what it did. An enum daemon_exit.
 */
int restore(const struct bank_settings *settings, const char *checkpoint);

#endif
