/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a target file names, tried before the run rather than in the middle of it. */
#ifndef IKESYNC_PROBE_TARGET_TARGET_FILES_H
#define IKESYNC_PROBE_TARGET_TARGET_FILES_H

#include "target/target.h"

/*
 * Are the certificates, keys and seal keys that it names what they should be? false and a GError.
 */
bool target_files_check(const struct target *t, GError **error);

#endif
