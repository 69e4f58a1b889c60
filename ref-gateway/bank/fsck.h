/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank fsck: what is wrong with a store, and what can be saved of it. */
#ifndef IKESYNC_BANK_FSCK_H
#define IKESYNC_BANK_FSCK_H

#include "bank_config.h"

/*
 * Look through the store, which no bank may have open; `repair`: put right what can be, and what cannot is
 * left out of a new store in its place. Prints what it found. An enum daemon_exit: 0 when it is whole now.
 */
int fsck(const struct bank_settings *settings, bool repair);

#endif
