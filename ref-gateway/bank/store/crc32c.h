/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32C (RFC 3720 appendix B.4) as RocksDB's files use it, and what it is good for beyond telling that
 * something is wrong: of one flipped bit it says which.
 */
#ifndef IKESYNC_BANK_STORE_CRC32C_H
#define IKESYNC_BANK_STORE_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const uint8_t *octets, size_t n);
/* A checksum is stored masked, so that one over data that holds checksums is as good as any. */
uint32_t crc32c_mask(uint32_t crc);
uint32_t crc32c_unmask(uint32_t masked);

/*
 * `octets` should have this checksum and have not: the one bit whose change makes them have it. *at is its
 * octet and *bit its place there. false: no single bit does.
 */
bool crc32c_find_bit(const uint8_t *octets, size_t n, uint32_t crc, size_t *at, unsigned *bit);

#endif
