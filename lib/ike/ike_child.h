/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child SAs as far as the exchange goes: offered in IKE_AUTH or CREATE_CHILD_SA, read from the
 * answer. */
#ifndef IKESYNC_IKE_CHILD_H
#define IKESYNC_IKE_CHILD_H

#include "ike/ike_clause.h"
#include "ike/ike_inner.h"
#include "keys/rng.h"
#include "keys/schedule.h"
#include "wire/ike_ts.h"

#define IKE_CHILD_NONCE 32

struct ike_child {
	uint32_t spi_in, spi_out; /* ours, the gateway's */
	struct suite_esp suite;   /* that was chosen */
	uint8_t ni[IKE_CHILD_NONCE];
	struct span nr; /* borrowed from the answer; both nonces of CREATE_CHILD_SA only */
};

/* What is asked for. Borrowed. */
struct ike_child_offer {
	unsigned n_suites;
	const struct suite_esp *suites;        /* in order of preference, without PFS */
	const struct ike_ts_list *ts_i, *ts_r; /* NULL: everything of IPv4 */
	bool nonce;                            /* CREATE_CHILD_SA: Ni as well */
	uint32_t rekey_of; /* our SPI of the child that this one replaces; 0: none */
};

/* Draw an SPI (and Ni) into `child`, add [N(REKEY_SA)], SA, [Ni], TSi, TSr to `in`. */
void ike_child_write(struct ike_inner *in, const struct ike_child_offer *offer,
		     const struct rng *rng, struct ike_child *child);
/* The answer's SA, [Nr], TSi and TSr. false: `broken` (SA_MISSING, SA, PROPOSAL, NONCE, TSI, TSR, TS_WIDER). */
bool ike_child_read(const struct chain *inner, const struct ike_child_offer *offer,
		    struct ike_child *child, struct ike_broken *broken);

#endif
