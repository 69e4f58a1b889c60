/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificate and Certificate Request payloads, RFC 7296 sections 3.6 and 3.7. */
#ifndef IKESYNC_WIRE_IKE_CERT_H
#define IKESYNC_WIRE_IKE_CERT_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_cert {
	uint8_t encoding; /* 4 = X.509 signature */
	struct span data; /* borrowed */
};

/* Serves CERT and CERTREQ. ERR_TRUNCATED. */
IKESYNC_MUST_USE enum err ike_cert_parse(const struct chain_payload *p, struct ike_cert *out,
					 struct fault *fault);
/* `payload_type` is PAYLOAD_CERT or PAYLOAD_CERTREQ. */
void ike_cert_write(struct chain_writer *w, uint8_t payload_type, const struct ike_cert *cert);

#endif
