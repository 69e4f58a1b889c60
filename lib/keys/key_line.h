/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of an IKE SA as Wireshark's ikev2_decryption_table reads them. Only for key logs that somebody asked for. */
#ifndef IKESYNC_KEYS_KEY_LINE_H
#define IKESYNC_KEYS_KEY_LINE_H

#include "keys/schedule.h"

/* Two SPIs, four keys of SECRET_MAX octets and two names, with NUL. */
#define KEY_LINE_MAX 1024

/* Wireshark 4.0's own names; NULL: it has none. */
const char *key_line_encr_name(const struct suite *s);
const char *key_line_integ_name(uint16_t integ);

/*
 * One line without newline. An AEAD's key includes its salt, its integrity is NONE. false where Wireshark has no name for an algorithm
 * or `cap` (at best KEY_LINE_MAX) is too small. The caller wipes `out`.
 */
bool key_line(const struct ike_keys *keys, uint64_t spi_i, uint64_t spi_r, char *out, size_t cap);

#endif
