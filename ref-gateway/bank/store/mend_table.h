/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables: RocksDB's sorted files. */
#ifndef IKESYNC_BANK_STORE_MEND_TABLE_H
#define IKESYNC_BANK_STORE_MEND_TABLE_H

#include "mend_file.h"

void mend_table(struct mend_file *f);
/* Each key in its sound blocks; nothing is written, said or counted. */
void mend_table_keys(struct mend_file *f, void (*each)(struct span key, void *user), void *user);

#endif
