/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAT detection in IKE_SA_INIT, RFC 7296 section 2.23. */
#ifndef IKESYNC_KEYS_NAT_DETECTION_H
#define IKESYNC_KEYS_NAT_DETECTION_H

#include "wire/chain.h"
#include "wire/index.h"

#define NAT_DETECTION_SIZE 20

/* Where a message comes from and goes to, as its sender or its receiver sees it; ports in host order. */
struct nat_ends {
	struct address source, destination;
	uint16_t source_port, destination_port;
};

/* SHA-1(SPIi | SPIr | address | port). ERR_VALUE: no address; ERR_CRYPTO. */
IKESYNC_MUST_USE enum err nat_detection_hash(uint64_t spi_i, uint64_t spi_r,
					     const struct address *address, uint16_t port,
					     uint8_t out[static NAT_DETECTION_SIZE]);

/* Write both notifies of a message that its sender sends along `ends`; one that fails is left out. */
void nat_detection_write(struct chain_writer *w, uint64_t spi_i, uint64_t spi_r,
			 const struct nat_ends *ends);

/*
 * Does the message in `chain`, seen by its receiver as coming along `ends`, show a NAT on the way? Of several
 * notifies of a type one that fits is enough; a message without them shows none.
 */
bool nat_detection_differs(const struct chain *chain, uint64_t spi_i, uint64_t spi_r,
			   const struct nat_ends *ends);

#endif
