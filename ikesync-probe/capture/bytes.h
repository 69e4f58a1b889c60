/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's octets as the span that lib/ takes. */
#ifndef IKESYNC_PROBE_CAPTURE_BYTES_H
#define IKESYNC_PROBE_CAPTURE_BYTES_H

#include <glib.h>

#include "wire/span.h"

/* Borrowed from `b`. */
static inline struct span bytes_span(GBytes *b)
{
	size_t n;
	const void *p = g_bytes_get_data(b, &n);

	return span_of(p, n);
}

#endif
