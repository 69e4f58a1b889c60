/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA with a new key exchange (RFC 7296 sections 1.3.2 and 2.18). */
#ifndef IKESYNC_IKE_REKEY_H
#define IKESYNC_IKE_REKEY_H

#include "ike/ike_client.h"
#include "ike/ike_derive.h"

#define IKE_REKEY_NONCE 32

struct ike_rekey {
	uint64_t spi_i, spi_r; /* of the new SA */
	struct suite suite;
	const struct dh *dh; /* of suite.dh; borrowed */
	uint8_t ni[IKE_REKEY_NONCE];
	struct span nr; /* borrowed from the answer */
};

/* Draw SPIi and Ni; add SA, Ni, KE to `in`. The caller has set `suite` and `dh`. An error sticks in
 * in->c. */
void ike_rekey_write(struct ike_inner *in, struct ike_rekey *k, const struct rng *rng);
/*
 * The new SA's keys from a verified answer on `old`. `shared` (may be NULL): g^ir, to be wiped.
 * false: `broken` (SA_MISSING, SA, PROPOSAL, NONCE, KE, SPI_R_ZERO, KEYS), nothing is left in `out`.
 */
bool ike_rekey_read(const struct chain *inner, struct ike_rekey *k, const struct ike_client *old,
		    struct ike_keys *out, struct ike_shared *shared, struct ike_broken *broken);
/* `c` goes on as the new SA, its message IDs from 0 (section 2.2); `keys` are moved. The index is
 * the answer's, where it told one. */
void ike_rekey_switch(struct ike_client *c, const struct ike_rekey *k, struct ike_keys *keys,
		      const struct chain *inner);

#endif
