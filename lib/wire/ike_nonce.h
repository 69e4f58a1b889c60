/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nonce payload, RFC 7296 section 3.9. */
#ifndef IKESYNC_WIRE_IKE_NONCE_H
#define IKESYNC_WIRE_IKE_NONCE_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_NONCE_MIN 16
#define IKE_NONCE_MAX 256

/* ERR_LENGTH unless 16 to 256 octets. `out` is borrowed. */
IKESYNC_MUST_USE enum err ike_nonce_parse(const struct chain_payload *p, struct span *out,
					  struct fault *fault);
void ike_nonce_write(struct chain_writer *w, struct span nonce);

#endif
