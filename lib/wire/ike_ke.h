/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key Exchange payload, RFC 7296 section 3.4. */
#ifndef IKESYNC_WIRE_IKE_KE_H
#define IKESYNC_WIRE_IKE_KE_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_ke {
	uint16_t group;
	struct span data; /* borrowed; its size against the group is checked by keys/dh */
};

/* ERR_TRUNCATED. */
IKESYNC_MUST_USE enum err ike_ke_parse(const struct chain_payload *p, struct ike_ke *out,
				       struct fault *fault);
void ike_ke_write(struct chain_writer *w, uint16_t group, struct span data);

/* The data of INVALID_KE_PAYLOAD: the group that is wanted (section 1.2). ERR_LENGTH on reading others than 2 octets. */
struct ike_ke_wanted {
	uint8_t octets[2];
};
struct ike_ke_wanted ike_ke_wanted(uint16_t group);
IKESYNC_MUST_USE enum err ike_ke_wanted_parse(struct span data, uint16_t *group);

#endif
