/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diffie-Hellman groups 14, 15, 16, 19, 20, 21, 31 (RFC 3526, 5903, 8031), by OpenSSL. */
#ifndef IKESYNC_KEYS_DH_H
#define IKESYNC_KEYS_DH_H

#include "keys/secret.h"

#define DH_PUBLIC_MAX 512 /* modp4096 */

struct dh; /* a private key */

/* Size in octets of the KE data of a group; 0 = not supported. */
size_t dh_public_size(uint16_t group);
/* What one of its two operations costs, in microseconds of CPU: roughly, for budgets. 0: not supported. */
unsigned dh_cost(uint16_t group);
/* Make a key pair. NULL: not supported or OpenSSL failed. Free with dh_free(). */
struct dh *dh_new(uint16_t group);
/*
 * For tests and worked examples: a key pair with this private value (MODP, ECP: big-endian number;
 * x25519: the 32 octets of RFC 7748 section 5). NULL when it is not possible.
 */
struct dh *dh_from_private(uint16_t group, struct span private);
/* KE data: `out` takes dh_public_size() octets. */
IKESYNC_MUST_USE enum err dh_public(const struct dh *dh, uint8_t *out);
/*
 * Compute g^ir from the peer's KE data: `out` takes dh_public_size() octets at most, *n how many
 * (ECP: the x coordinate; MODP: left-padded to the group size). ERR_LENGTH, ERR_VALUE (not on the curve, 0, 1,
 * p-1, all-zero result), ERR_CRYPTO. Wipe `out` after use.
 */
IKESYNC_MUST_USE enum err dh_shared(const struct dh *dh, struct span peer, uint8_t *out, size_t *n);
void dh_free(struct dh *dh);

#endif
