/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32C, eight octets at a time, and the search for a flipped bit. */
#include "crc32c.h"

#include <glib.h>

#define POLYNOMIAL 0x82f63b78u
#define MASK_DELTA 0xa282ead8u

/* [k][v]: octet v, followed by k octets of zero. */
static uint32_t table[8][256];

static void make_table(void)
{
	for (unsigned v = 0; v < 256; v++) {
		uint32_t crc = v;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][v] = crc;
	}
	for (unsigned v = 0; v < 256; v++) {
		for (unsigned k = 1; k < 8; k++)
			table[k][v] = table[k - 1][v] >> 8 ^ table[0][table[k - 1][v] & 0xff];
	}
}

static void need_table(void)
{
	static gsize made;

	if (g_once_init_enter(&made)) {
		make_table();
		g_once_init_leave(&made, 1);
	}
}

static uint32_t octet(uint32_t crc, uint8_t v)
{
	return crc >> 8 ^ table[0][(crc ^ v) & 0xff];
}

uint32_t crc32c(const uint8_t *octets, size_t n)
{
	const uint8_t *p = octets;
	uint32_t crc = 0xffffffff;

	need_table();
	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				      (uint32_t)p[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^ table[3][p[4]] ^
		      table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	}
	for (; n > 0; p++, n--)
		crc = octet(crc, *p);
	return ~crc;
}

uint32_t crc32c_mask(uint32_t crc)
{
	return (crc >> 15 | crc << 17) + MASK_DELTA;
}

uint32_t crc32c_unmask(uint32_t masked)
{
	uint32_t rotated = masked - MASK_DELTA;

	return rotated >> 17 | rotated << 15;
}

bool crc32c_find_bit(const uint8_t *octets, size_t n, uint32_t crc, size_t *at, unsigned *bit)
{
	/* A CRC is linear: what a bit does to it depends on its distance from the end alone. */
	uint32_t difference = crc32c(octets, n) ^ crc, does[8];

	for (unsigned b = 0; b < 8; b++)
		does[b] = table[0][1u << b];
	for (size_t i = n; i-- > 0;) {
		for (unsigned b = 0; b < 8; b++) {
			if (does[b] == difference) {
				*at = i;
				*bit = b;
				return true;
			}
			does[b] = octet(does[b], 0);
		}
	}
	return false;
}
