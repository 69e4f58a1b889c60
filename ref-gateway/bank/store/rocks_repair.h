/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A damaged store that nobody has open: is it whole, and if not, what is left of it in a new one. */
#ifndef IKESYNC_BANK_STORE_ROCKS_REPAIR_H
#define IKESYNC_BANK_STORE_ROCKS_REPAIR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Has somebody opened it for writing? */
bool rocks_in_use(const char *directory);
/*
 * Keep every other program from opening it for writing, until the descriptor is closed. -1 and a GError: somebody has it open, or there is
 * no store.
 */
int rocks_lock(const char *directory, GError **error);
/* Can all of it be read, with all checks? *records counts it. false: *why, to be freed. */
bool rocks_whole(const char *directory, uint64_t *records, char **why);
/* A directory and the files in it: to whom `owner` belongs, and with its mode. false: errno. */
bool rocks_give(const char *directory, const struct stat *owner);
/*
 * Copy what can be read into a new store, and put that in the place of the old one, which is kept beside it:
 * *aside, to be freed. false and a GError: nothing is changed, unless it says so.
 */
bool rocks_repair(const char *directory, uint64_t *records, char **aside, GError **error);

#endif
