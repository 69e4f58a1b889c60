/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets from hexadecimal text and back. */
#include "wire/hex.h"

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err hex_read(struct span text, uint8_t *out, size_t cap, size_t *n)
{
	size_t at = text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x' ? 2 : 0;
	size_t size = (text.n - at) / 2;

	*n = 0;
	if (size == 0 || (text.n - at) % 2 != 0)
		return ERR_VALUE;
	for (size_t i = 0; i < size; i++) {
		int high = digit(text.p[at + 2 * i]), low = digit(text.p[at + 2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_VALUE;
		if (i < cap)
			out[i] = (uint8_t)(high << 4 | low);
	}
	if (size > cap)
		return ERR_NO_SPACE;
	*n = size;
	return ERR_OK;
}

char *hex_write(struct span octets, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < octets.n; i++) {
		out[2 * i] = digits[octets.p[i] >> 4];
		out[2 * i + 1] = digits[octets.p[i] & 15];
	}
	out[2 * octets.n] = '\0';
	return out;
}
