/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hexadecimal digits: in identities, key files and reports. Not in constant time. */
#ifndef IKESYNC_WIRE_HEX_H
#define IKESYNC_WIRE_HEX_H

#include "wire/err.h"
#include "wire/span.h"

/*
 * Read pairs of digits of either case, after an optional "0x", into `out`, of which *n octets are
 * then used. ERR_VALUE: no digits, an odd number of them, or something else; ERR_NO_SPACE: more than
 * `cap` octets. After an error *n is 0, and what `out` holds is worth nothing (wipe it for a key).
 */
IKESYNC_MUST_USE enum err hex_read(struct span text, uint8_t *out, size_t cap, size_t *n);

/* Lower-case digits of all octets with NUL: `out` takes 2 * octets.n + 1. Returns `out`. */
char *hex_write(struct span octets, char *out);

#endif
