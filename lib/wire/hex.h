/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hexadecimal digits, in identities and key files. */
#ifndef IKESYNC_WIRE_HEX_H
#define IKESYNC_WIRE_HEX_H

#include <stdint.h>

/* The value of one digit of either case; -1: `c` is none. Not in constant time. */
static inline int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
