/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child SAs that a resumed IKE SA made: which SPIs and algorithms they have, and their keys, which
 * follow from SK_d and the two nonces of CREATE_CHILD_SA (RFC 7296 section 2.17).
 */
#ifndef IKESYNC_RESUME_CHILD_H
#define IKESYNC_RESUME_CHILD_H

#include "crypto/resume_keys.h"

#include <stdint.h>

struct ike_message;

#define CHILD_KEYS_MAX 64   /* of one IKE SA that are kept; whoever made the capture chooses */
#define CHILD_NONCE_MAX 256 /* RFC 7296 section 3.9 */

/* One way: from whoever sends to whoever chose the SPI. */
struct child_way {
	uint32_t spi; /* the receiver's */
	struct resume_key encr, integ;
};

/* One pair of ESP SAs; file scope, overwritten at its end. */
struct resume_child {
	address from, to; /* who began the exchange, and who answered it; octets in file scope */
	struct resume_suite suite;
	bool known;        /* there are keys: all algorithms are known, and no g^ir takes part */
	bool own_exchange; /* a key exchange of its own takes part, so there are none */
	struct child_way there, back;
};

/* Requests under way, and how many pairs there were. */
struct child_requests {
	struct child_request *first;
	unsigned n;
};

/*
 * First pass: what the CREATE_CHILD_SA message `m`, opened as `clear`, adds. The response that
 * completes a pair returns it; NULL: this message does not, or CHILD_KEYS_MAX were there.
 */
const struct resume_child *resume_child_add(packet_info *pinfo, const struct ike_message *m,
					    tvbuff_t *clear, const struct resume_keys *keys,
					    struct child_requests *requests);

#endif
