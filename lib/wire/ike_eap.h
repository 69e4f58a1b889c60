/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP payload, RFC 7296 section 3.16 and RFC 3748 section 4. */
#ifndef IKESYNC_WIRE_IKE_EAP_H
#define IKESYNC_WIRE_IKE_EAP_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_eap {
	uint8_t code; /* 1 request, 2 response, 3 success, 4 failure */
	uint8_t identifier;
	uint8_t type;     /* 0 for success and failure */
	struct span data; /* type data; borrowed */
};

/* ERR_TRUNCATED, ERR_LENGTH (EAP length against payload), ERR_VALUE (code). */
IKESYNC_MUST_USE enum err ike_eap_parse(const struct chain_payload *p, struct ike_eap *out,
					struct fault *fault);
void ike_eap_write(struct chain_writer *w, const struct ike_eap *eap);

#endif
