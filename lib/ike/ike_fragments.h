/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE fragmentation (RFC 7383): a request cut into pieces, an answer put together again. */
#ifndef IKESYNC_IKE_FRAGMENTS_H
#define IKESYNC_IKE_FRAGMENTS_H

#include "ike/ike_protected.h"

#define IKE_FRAGMENTS_MAX 64

/* How many pieces of at most `size` octets of plaintext `in` makes; 0: size is 0, or more than
 * IKE_FRAGMENTS_MAX. */
unsigned ike_fragments_count(const struct ike_inner *in, size_t size);
/* Append piece `number` (from 1) to `out`, a message of its own. ERR_VALUE, and those of
 * ike_protected_seal(). */
IKESYNC_MUST_USE enum err ike_fragments_seal(struct wcursor *out, const struct ike_header *h,
					     const struct ike_keys *keys, enum sk_sender sender,
					     struct sk_iv *iv, const struct rng *rng,
					     const struct ike_inner *in, size_t size,
					     unsigned number);

/* The pieces of one message so far. Their plaintext stands in the caller's `store` in the order in
 * which they came. */
struct ike_fragments {
	uint8_t *store;
	size_t cap, used;
	uint16_t total, got; /* 0: none yet */
	uint8_t first;       /* type of the first inner payload, from piece 1 */
	uint32_t message_id;
	struct {
		size_t at, n;
		bool there;
	} piece[IKE_FRAGMENTS_MAX];
};

/* `store` must outlive it; wipe it at the end. */
void ike_fragments_init(struct ike_fragments *f, uint8_t *store, size_t cap);

enum ike_fragments_state {
	IKE_FRAGMENTS_MORE,   /* verified, or a piece once more: wait for the others */
	IKE_FRAGMENTS_WHOLE,  /* the last one came: `out` is filled */
	IKE_FRAGMENTS_REFUSED /* out->broken says why; what was there stays */
};
/*
 * Take a message with an SKF payload. A larger total begins anew, a smaller one is refused (section
 * 2.6). `plain` takes the whole plaintext (`cap` octets) and, before, each piece's; out->inner
 * borrows from it.
 */
enum ike_fragments_state ike_fragments_take(struct ike_fragments *f, struct span message,
					    const struct ike_keys *keys, enum sk_sender sender,
					    uint8_t *plain, size_t cap, struct ike_protected *out);

#endif
