/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening an Encrypted payload: SK (RFC 7296 section 3.14, RFC 5282, RFC 7634) and SKF (RFC 7383).
 */
#ifndef IKESYNC_SK_OPEN_H
#define IKESYNC_SK_OPEN_H

#include "crypto/resume_keys.h"

enum sk_verdict {
	SK_OPENED,
	SK_BAD_ICV,
	SK_BAD_SHAPE, /* lengths that cannot be, or padding that does not fit */
};

/*
 * `message` from the first octet of its header to the last of the payload; `body`: where the IV
 * stands in it. The plaintext, without padding, goes to `scope`.
 */
enum sk_verdict sk_open(struct octets message, unsigned body, const struct resume_keys *keys,
			bool from_initiator, wmem_allocator_t *scope, struct octets *out);

/* HKDF-SHA-256 with AES-256-GCM of sealed stubs is in seal_open.h; this is what both share. */
bool sk_aead_open(int cipher, int mode, struct octets key, struct octets nonce,
		  const struct octets *aad, unsigned n_aad, struct octets sealed, struct octets tag,
		  uint8_t *out);

#endif
