/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that follow from an IKE_SA_INIT exchange: of a full handshake, of a resumption. */
#ifndef IKESYNC_IKE_DERIVE_H
#define IKESYNC_IKE_DERIVE_H

#include "ike/ike_attempt.h"
#include "keys/dh.h"

/* g^ir of a full handshake: only a tester keeps it. Wipe it. */
struct ike_shared {
	size_t n;
	uint8_t octets[DH_PUBLIC_MAX];
};

/* What was offered, with the key pair of the KE that went out last. All borrowed. */
struct ike_offer {
	unsigned n_suites;
	const struct suite *suites;
	uint16_t group;
	const struct dh *dh;
};

/*
 * The offered suite that the answer's SA payload names; it must be one of ours, unchanged (RFC 7296
 * section 2.7). false: `broken` (SA, PROPOSALS, PROPOSAL).
 */
bool ike_derive_suite(const struct ike_answer *a, const struct ike_offer *offer, struct suite *out,
		      struct ike_broken *broken);

/*
 * Keys of a full handshake from an ordinary answer that `t` has taken over (RFC 7296 section 2.14).
 * `shared` may be NULL. false: `broken` (those of ike_derive_suite(), KE_GROUP, KE, KEYS), nothing
 * is left in `out`.
 */
bool ike_derive_full(struct ike_keys *out, const struct ike_attempt *t, const struct ike_answer *a,
		     const struct ike_offer *offer, struct ike_shared *shared,
		     struct ike_broken *broken);

/* Keys of a resumption, rule 9: `suite` is the old SA's. ERR_UNSUPPORTED, ERR_CRYPTO. */
IKESYNC_MUST_USE enum err ike_derive_resumed(struct ike_keys *out, const struct ike_attempt *t,
					     const struct suite *suite, const struct secret *sk_d);

#endif
