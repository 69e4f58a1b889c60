/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To whom a store belongs that is made by somebody else than the bank. */
#ifndef IKESYNC_BANK_STORE_OWNER_H
#define IKESYNC_BANK_STORE_OWNER_H

#include <sys/stat.h>

#include "bank_config.h"

/*
 * User, group and mode of the store (RocksDB) of the settings: those of `user`, else of the directory that is there, else of the one around
 * it. false and a GError.
 */
bool store_owner(const struct bank_settings *settings, struct stat *owner, GError **error);

#endif
