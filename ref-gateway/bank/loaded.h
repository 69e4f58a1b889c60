/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file that has been read: what it says, and the file that owns the strings. */
#ifndef IKESYNC_BANK_LOADED_H
#define IKESYNC_BANK_LOADED_H

#include "bank_config.h"

struct loaded {
	char *path;
	struct config *file;
	struct bank_settings settings;
};

/* NULL and a GError that names the file. */
struct loaded *loaded_new(const char *path, GError **error);
/* Wipes the keys. NULL is none. */
void loaded_free(struct loaded *l);

#endif
