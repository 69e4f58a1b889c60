/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets for keys that whoever makes a capture may choose. */
#ifndef IKESYNC_KEYED_HASH_H
#define IKESYNC_KEYED_HASH_H

#include "base/ws_compat.h"

#define KEYED_HASH_WORDS 3

/*
 * Of `n` <= KEYED_HASH_WORDS times 8 octets at `p`. A multilinear hash with random odd factors:
 * keys do not meet in one bucket more than by chance, at a tenth of the cost of wmem_strong_hash().
 */
unsigned keyed_hash(const void *p, unsigned n);

/* Call once, before the first hash. */
void keyed_hash_init(void);

#endif
