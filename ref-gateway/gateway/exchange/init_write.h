/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The octets of a positive IKE_SA_INIT response, in full or as a hit. */
#ifndef IKESYNC_GATEWAY_INIT_WRITE_H
#define IKESYNC_GATEWAY_INIT_WRITE_H

#include "keys/nat_detection.h"
#include "keys/suite.h"
#include "wire/cursor.h"

struct init_write {
	uint64_t spi_i, spi_r;
	const struct suite *suite; /* NULL: a hit, which has neither SA nor KE */
	uint8_t number;            /* of the proposal that was chosen */
	struct span ke, nr;
	const struct nat_ends *nat; /* NULL: the request did not ask */
	struct span authorities;    /* for CERTREQ (RFC 7296 section 3.7); empty: none */
	uint8_t hashes;             /* for SIGNATURE_HASH_ALGORITHMS (signature.h); 0: none */
	bool vendor_id, fragmentation;
};

/* ERR_NO_SPACE, and those of the NAT hashes. */
IKESYNC_MUST_USE enum err init_write(struct wcursor *c, const struct init_write *a);

#endif
