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

#endif
