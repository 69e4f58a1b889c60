/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH with signatures and certificates (RFC 7296 sections 2.15, 3.6 and 3.7, RFC 7427). */
#ifndef IKESYNC_IKE_SIGNATURE_H
#define IKESYNC_IKE_SIGNATURE_H

#include "ike/ike_attempt.h"
#include "ike/ike_inner.h"
#include "keys/credential.h"
#include "keys/signature.h"
#include "keys/trust.h"
#include "wire/ike_id.h"

/* N(SIGNATURE_HASH_ALGORITHMS) with these hashes. */
void ike_signature_announce(struct chain_writer *w, signature_hashes hashes);
/* What the gateway's IKE_SA_INIT response announced. */
signature_hashes ike_signature_announced(const struct ike_attempt *t);

/* Add our ID, our certificates and AUTH to `in`. An error sticks in in->c. */
void ike_signature_write(struct ike_inner *in, const struct ike_attempt *t,
			 const struct ike_keys *keys, const struct ike_id *id,
			 const struct credential *own, const struct signature_wish *wish);

/*
 * Verify the gateway's ID, certificates and AUTH in a verified IKE_AUTH response. `expected` NULL: any identity that its
 * certificate has; `utc`: seconds, for the chain. What was read goes to *id and *method (0: none) as far as it came; the ID borrows
 * from `inner`. false: `broken` (IDR, IDENTITY, AUTH_MISSING, AUTH_METHOD, CERT, AUTH, KEYS), and for CERT `why`.
 */
bool ike_signature_verify(const struct chain *inner, const struct ike_attempt *t,
			  const struct ike_keys *keys, const struct ike_id *expected,
			  const struct trust *trust, uint64_t utc, struct ike_id *id,
			  uint8_t *method, char why[static TRUST_WHY_MAX],
			  struct ike_broken *broken);

#endif
