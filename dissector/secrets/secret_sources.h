/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that tells secrets before the first frame is read. */
#ifndef IKESYNC_SECRET_SOURCES_H
#define IKESYNC_SECRET_SOURCES_H

#include "base/ws_compat.h"

/* Once, in the registration of `ikesync`; adds the preferences to its module. */
void secret_sources_register(module_t *module);

#endif
