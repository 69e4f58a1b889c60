/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank migrate: from one engine to another. */
#ifndef IKESYNC_BANK_MIGRATE_H
#define IKESYNC_BANK_MIGRATE_H

#include "bank_config.h"

/*
 * Copy all that the store of `from` has into that of `to` (transfer.h), with progress on standard error, and say how much it was. `from` is
 * not changed. No bank may be at work on either. An enum daemon_exit.
 */
int migrate(struct bank_settings *from, struct bank_settings *to, bool overwrite);

#endif
