/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of records in blocks of 32 KiB: RocksDB's log, and its MANIFEST. */
#ifndef IKESYNC_BANK_STORE_MEND_LOG_H
#define IKESYNC_BANK_STORE_MEND_LOG_H

#include "mend_file.h"

/* `batches`: the records are batches of changes, whose keys can be told when they are lost. */
void mend_log(struct mend_file *f, bool batches);
/* Each key in its sound batches; for a log that mend_log() has seen. */
void mend_log_keys(struct mend_file *f, void (*each)(struct span key, void *user), void *user);

#endif
