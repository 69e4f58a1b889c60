/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What octets are that should be others: a nonce, an SPI or address of an INDEX, a cookie. */
#ifndef IKESYNC_PROBE_DIAGNOSIS_OCTETS_GUESS_H
#define IKESYNC_PROBE_DIAGNOSIS_OCTETS_GUESS_H

#include <glib.h>

#include "wire/span.h"

/* What a confused peer may have taken; borrowed. */
struct known_octets {
	const char *name; /* "the old SA's SPIr" */
	struct span octets;
};

/*
 * All that fits `got`, called `what` (char *): it is one of the `n` known ones, one of them reversed, cut,
 * counted up or with a flipped bit, or zeros, or one octet again and again. Empty: nothing does. Free with
 * g_ptr_array_unref().
 */
GPtrArray *octets_guess(const char *what, struct span got, const struct known_octets *known,
			unsigned n);

#endif
