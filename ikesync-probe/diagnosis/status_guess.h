/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with the item numbers of a stub bank's statuses. */
#ifndef IKESYNC_PROBE_DIAGNOSIS_STATUS_GUESS_H
#define IKESYNC_PROBE_DIAGNOSIS_STATUS_GUESS_H

#include <glib.h>
#include <stdint.h>

/*
 * All that fits (char *) the `n` item numbers that came, in their order, for `asked` items: counted from
 * one, in reverse, one for all, doubled, missing. Empty: they are as they should be. Free with
 * g_ptr_array_unref().
 */
GPtrArray *status_guess(const uint16_t *items, unsigned n, unsigned asked);

#endif
