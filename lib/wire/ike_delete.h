/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delete payload, RFC 7296 section 3.11. */
#ifndef IKESYNC_WIRE_IKE_DELETE_H
#define IKESYNC_WIRE_IKE_DELETE_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_DELETE_SPIS_MAX 64

struct ike_delete {
	uint8_t protocol; /* enum iana_protocol */
	unsigned n;       /* 0 for IKE */
	uint32_t spis[IKE_DELETE_SPIS_MAX];
};

/*
 * ERR_TRUNCATED, ERR_LENGTH (SPI size against protocol, count against octets), ERR_VALUE (protocol),
 * ERR_TOO_MANY.
 */
IKESYNC_MUST_USE enum err ike_delete_parse(const struct chain_payload *p, struct ike_delete *out,
					   struct fault *fault);
void ike_delete_write(struct chain_writer *w, const struct ike_delete *d);

#endif
