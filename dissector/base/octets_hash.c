/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash to tell same octets from others. */
#include "base/octets_hash.h"

#include <string.h>

uint64_t octets_hash(const uint8_t *p, unsigned n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, eight octets at a time and folded */

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		h = (h ^ v) * 0x100000001b3u;
		h ^= h >> 32;
	}
	for (unsigned i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}
