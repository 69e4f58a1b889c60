/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers chose, as text that neither forges a line nor drives a terminal. */
#ifndef IKESYNC_TOOL_PRINTABLE_H
#define IKESYNC_TOOL_PRINTABLE_H

#include <stddef.h>

/*
 * `in` as valid UTF-8 without control and format characters: their octets, and those that are no UTF-8, become \xNN. What does not
 * fit `cap` octets, NUL included, is left out. Returns `out`.
 */
const char *printable(const char *in, char *out, size_t cap);

#endif
