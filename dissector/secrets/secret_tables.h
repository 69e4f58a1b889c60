/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables "IKE SAs to resume" and "Seal keys of stubs" among the preferences. */
#ifndef IKESYNC_SECRET_TABLES_H
#define IKESYNC_SECRET_TABLES_H

#include "base/ws_compat.h"

/* At the start of each file: what stands in the tables is known. */
void secret_tables_load(void);

/* Once; adds them to the module of `ikesync`. */
void secret_tables_register(module_t *module);

#endif
