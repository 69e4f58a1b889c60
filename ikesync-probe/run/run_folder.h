/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fresh folder for each run: nothing is ever overwritten. */
#ifndef IKESYNC_PROBE_RUN_RUN_FOLDER_H
#define IKESYNC_PROBE_RUN_RUN_FOLDER_H

#include <glib.h>

/*
 * Make `wanted` (or take it, when it is an empty folder); NULL: ikesync-runs/YYYYmmdd-HHMMSS, with
 * -2, -3, ... behind it when that is taken. Mode 0700, for it holds keys. The path (g_free), or
 * NULL and a GError.
 */
char *run_folder_make(const char *wanted, GError **error);

/* Let the symbolic link "latest" beside `path` name it. That it cannot be made is no error; what is
 * there and no link stays. */
void run_folder_latest(const char *path);

#endif
