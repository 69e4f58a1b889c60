/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers to one SYN (wire profile rule 7): anybody can forge HDR, Nr, so the client goes on with
 * up to eight, each with keys of its own, and the first that verifies wins.
 */
#ifndef IKESYNC_IKE_CANDIDATES_H
#define IKESYNC_IKE_CANDIDATES_H

#include "ike/ike_attempt.h"
#include "ike/ike_client.h"

#define IKE_CANDIDATES_MAX 8

struct ike_candidate {
	struct ike_attempt attempt;
	struct ike_client client;
};

struct ike_candidates {
	unsigned n;
	struct ike_candidate at[IKE_CANDIDATES_MAX];
};

/*
 * Go on with one more answer, which a caller who wants no short nonces has asked for nr_fits. `t` is
 * the request's attempt (its spi_r, nr and response are not looked at); the answer's octets are
 * borrowed and must outlive the candidate. NULL: no room (the first eight stay), the same octets
 * once more, or no keys.
 */
struct ike_candidate *ike_candidates_add(struct ike_candidates *all, const struct ike_attempt *t,
					 const struct ike_answer *a, const struct suite *suite,
					 const struct secret *sk_d);
/*
 * Which candidate does `message` verify under? A forger may have copied SPIr, so every one with that
 * SPIr is tried. NULL: none; `out` then holds what became of the last that was tried (UNREAD: none
 * was). `plain` as ike_protected_open() wants it.
 */
struct ike_candidate *ike_candidates_open(struct ike_candidates *all, struct span message,
					  uint8_t *plain, size_t cap, struct ike_protected *out);
/* Wipes. */
void ike_candidates_clear(struct ike_candidates *all);

#endif
