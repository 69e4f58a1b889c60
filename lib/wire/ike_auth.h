/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Authentication payload, RFC 7296 section 3.8. */
#ifndef IKESYNC_WIRE_IKE_AUTH_H
#define IKESYNC_WIRE_IKE_AUTH_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_auth {
	uint8_t method;   /* enum iana_auth_method */
	struct span data; /* borrowed */
};

/* ERR_TRUNCATED. */
IKESYNC_MUST_USE enum err ike_auth_parse(const struct chain_payload *p, struct ike_auth *out,
					 struct fault *fault);
void ike_auth_write(struct chain_writer *w, const struct ike_auth *auth);

#endif
