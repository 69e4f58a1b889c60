/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines IKESYNC_SA and IKESYNC_SEAL: the key file, and the capture's own secrets block. */
#ifndef IKESYNC_SECRET_LINES_H
#define IKESYNC_SECRET_LINES_H

#include "base/ws_compat.h"

/* The preference's file, if there is one; what is wrong with it is reported once. */
void secret_lines_read_file(void);

/*
 * What was written to it since: call on the first pass before a message that may need it. One
 * stat() while nothing changes, and nothing at all without a key file.
 */
void secret_lines_follow_file(void);

/* Once; adds the preference to the module of `ikesync`. */
void secret_lines_register(module_t *module);

#endif
