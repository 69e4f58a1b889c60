/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKE SA as a client keeps it, who as a rule has begun it: no clock, no socket, no memory of its own. */
#ifndef IKESYNC_IKE_CLIENT_H
#define IKESYNC_IKE_CLIENT_H

#include "ike/ike_protected.h"
#include "ike/ike_window.h"
#include "wire/index.h"

/* Some 550 octets. Until the SA stands a struct ike_attempt goes with it. */
struct ike_client {
	uint64_t spi_i, spi_r;
	bool responder; /* the gateway made it, by a rekey of its own: SPIi is the gateway's */
	struct ike_keys keys; /* and the suite; cleared: none yet */
	struct sk_iv iv;
	struct ike_window window;
	bool has_index;
	struct index index; /* as N(IKESYNC_INDEX) told it */
};

/* What is left of an SA that may be resumed elsewhere: a fifth of it. */
struct ike_resumable {
	struct suite suite;
	struct index index;
	struct secret sk_d;
};

/* Forget everything, wipe the keys. */
void ike_client_clear(struct ike_client *c);
/* Begin with these keys (moved: wiped in `keys`): a new IV counter, and our requests from ID
 * `next`. */
void ike_client_set_keys(struct ike_client *c, struct ike_keys *keys, uint32_t next);
/* What is kept for a resumption. false: no keys, or no index was told. */
bool ike_client_resumable(const struct ike_client *c, struct ike_resumable *out);

/* Append a request or a response of ours to `out`. Errors of ike_protected_seal(). */
IKESYNC_MUST_USE enum err ike_client_seal(struct ike_client *c, const struct rng *rng,
					  uint8_t exchange, bool response, uint32_t message_id,
					  const struct ike_inner *in, struct wcursor *out);
/* Open what the gateway sent. As ike_protected_open(). */
IKESYNC_MUST_USE enum err ike_client_open(const struct ike_client *c, struct span message,
					  uint8_t *plain, size_t cap, struct ike_protected *out);

#endif
