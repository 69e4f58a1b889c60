/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The embedded engine, on one disk. */
#ifndef IKESYNC_BANK_STORE_ENGINE_ROCKSDB_H
#define IKESYNC_BANK_STORE_ENGINE_ROCKSDB_H

#include <glib.h>

#include "engine.h"

struct engine_rocksdb_settings {
	const char *directory; /* made when missing, mode 0700 */
	uint64_t cache;        /* octets */
	bool sync;             /* false only in tests that show what is lost then */
	bool only_read; /* nothing in it is changed, and damage is an error; it must be there */
};

/* NULL and a GError naming directory and reason. `now` is UTC seconds. The settings are copied. */
struct engine *engine_rocksdb_open(const struct engine_rocksdb_settings *settings, uint64_t now,
				   GError **error);

#endif
