/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration payload, RFC 7296 section 3.15. */
#ifndef IKESYNC_WIRE_IKE_CP_H
#define IKESYNC_WIRE_IKE_CP_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_CP_MAX 32
enum ike_cp_type { IKE_CP_REQUEST = 1, IKE_CP_REPLY = 2, IKE_CP_SET = 3, IKE_CP_ACK = 4 };
enum ike_cp_attribute_type {
	IKE_CP_INTERNAL_IP4_ADDRESS = 1,
	IKE_CP_INTERNAL_IP4_NETMASK = 2,
	IKE_CP_INTERNAL_IP4_DNS = 3,
	IKE_CP_INTERNAL_IP6_ADDRESS = 8,
};

struct ike_cp_attribute {
	uint16_t type;     /* without the reserved top bit */
	struct span value; /* borrowed */
};

struct ike_cp {
	uint8_t type; /* enum ike_cp_type */
	unsigned n;
	struct ike_cp_attribute at[IKE_CP_MAX];
};

/* ERR_TRUNCATED, ERR_LENGTH, ERR_TOO_MANY. */
IKESYNC_MUST_USE enum err ike_cp_parse(const struct chain_payload *p, struct ike_cp *out,
				       struct fault *fault);
void ike_cp_write(struct chain_writer *w, const struct ike_cp *cp);

#endif
