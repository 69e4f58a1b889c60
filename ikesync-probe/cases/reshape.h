/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rewriting a message that the client engine built: for what no client sends. */
#ifndef IKESYNC_PROBE_CASES_RESHAPE_H
#define IKESYNC_PROBE_CASES_RESHAPE_H

#include <glib.h>

#include "wire/chain.h"

/* A copy of a whole message whose payload of `type` has another body. Free with g_byte_array_unref(). */
GByteArray *reshape_body(const GByteArray *message, uint8_t type, struct span body);
/* A copy without the payloads of `type`. */
GByteArray *reshape_without(const GByteArray *message, uint8_t type);
/* A copy with another header; Length and first payload are kept right. */
GByteArray *reshape_header(const GByteArray *message, const struct ike_header *h);
/* The header of a message that the engine built. */
struct ike_header reshape_read_header(const GByteArray *message);

#endif
