/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash to tell same octets from others. */
#ifndef IKESYNC_OCTETS_HASH_H
#define IKESYNC_OCTETS_HASH_H

#include <stdint.h>

/* Where nobody gains from a forged match. */
uint64_t octets_hash(const uint8_t *p, unsigned n);

#endif
