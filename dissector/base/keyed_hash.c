/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hashes whose buckets nobody who makes a capture can choose. */
#include "base/keyed_hash.h"

static uint64_t factor[KEYED_HASH_WORDS];

void keyed_hash_init(void)
{
	for (unsigned i = 0; i < KEYED_HASH_WORDS; i++)
		factor[i] = ((uint64_t)g_random_int() << 32 | g_random_int()) | 1;
}

unsigned keyed_hash(const void *p, unsigned n)
{
	const uint8_t *octets = p;
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t word;

		memcpy(&word, octets + 8 * (size_t)i, sizeof(word));
		sum += word * factor[i];
	}
	/* The high half depends on every octet of each word. */
	return (unsigned)(sum >> 32);
}
