/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encrypted payloads: the clear parts of SK (RFC 7296 section 3.14) and SKF (RFC 7383 section 2.5). Sealing and opening: keys/sk.h. */
#ifndef IKESYNC_WIRE_IKE_SK_H
#define IKESYNC_WIRE_IKE_SK_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_skf {
	uint16_t number; /* from 1 */
	uint16_t total;
	struct span rest; /* IV, ciphertext and ICV; borrowed */
};

/* ERR_TRUNCATED; ERR_VALUE unless 1 <= number <= total. */
IKESYNC_MUST_USE enum err ike_skf_parse(const struct chain_payload *p, struct ike_skf *out,
					struct fault *fault);

#endif
