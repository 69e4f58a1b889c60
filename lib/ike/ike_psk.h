/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH by shared key (RFC 7296 sections 1.2 and 2.15). */
#ifndef IKESYNC_IKE_PSK_H
#define IKESYNC_IKE_PSK_H

#include "ike/ike_attempt.h"
#include "ike/ike_inner.h"
#include "wire/ike_id.h"

/* Add our ID and AUTH to `in`; what follows (child SA, CP, notifies) is the caller's. An error
 * sticks in in->c. */
void ike_psk_write(struct ike_inner *in, const struct ike_attempt *t, const struct ike_keys *keys,
		   const struct ike_id *id, struct span psk);

/*
 * Verify the gateway's ID and AUTH in a verified IKE_AUTH response. `expected` NULL: any identity.
 * What was read goes to *id and *method (0: none) as far as it came; the ID borrows from `inner`.
 * false: `broken` (IDR, IDENTITY, AUTH_MISSING, AUTH_METHOD, AUTH, KEYS).
 */
bool ike_psk_verify(const struct chain *inner, const struct ike_attempt *t,
		    const struct ike_keys *keys, const struct ike_id *expected, struct span psk,
		    struct ike_id *id, uint8_t *method, struct ike_broken *broken);

#endif
