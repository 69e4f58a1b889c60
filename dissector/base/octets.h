/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A span of octets that belongs to somebody else. */
#ifndef IKESYNC_OCTETS_H
#define IKESYNC_OCTETS_H

#include <stdint.h>

struct octets {
	const uint8_t *p;
	unsigned n;
};

static inline unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

#endif
