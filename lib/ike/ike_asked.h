/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway asks of a client: to rekey the IKE SA, or a child of it (RFC 7296 sections 1.3.2, 1.3.3, 2.8). */
#ifndef IKESYNC_IKE_ASKED_H
#define IKESYNC_IKE_ASKED_H

#include "ike/ike_client.h"
#include "keys/schedule.h"
#include "wire/ike_ts.h"

#define IKE_ASKED_NONCE 32

enum ike_asked_kind {
	IKE_ASKED_REKEY,       /* of the IKE SA */
	IKE_ASKED_CHILD_REKEY, /* of a child */
	IKE_ASKED_OTHER,       /* a new child, or what cannot be read */
};
/* Which of them is the CREATE_CHILD_SA with these payloads? */
enum ike_asked_kind ike_asked_kind(const struct chain *inner);

/* The new IKE SA, as answered. */
struct ike_asked_rekey {
	uint64_t spi_i, spi_r; /* the gateway's, ours */
	struct span ni;        /* borrowed from the request */
	uint8_t nr[IKE_ASKED_NONCE];
	struct ike_keys keys; /* wipe, or ike_asked_switch() */
	bool has_index;
	struct index index; /* as N(IKESYNC_INDEX) told it */
};
/*
 * Accept one of the proposals that has `suite` and its group: SA, Nr, KEr go to `in`. false: it cannot be accepted, nothing has
 * been written, and nothing is left in `k`.
 */
bool ike_asked_rekey(const struct chain *inner, const struct ike_client *old,
		     const struct suite *suite, const struct rng *rng, struct ike_inner *in,
		     struct ike_asked_rekey *k);
/* `c` goes on as that SA, as its responder, message IDs from 0 on both sides; the keys are moved. */
void ike_asked_switch(struct ike_client *c, struct ike_asked_rekey *k);

/* The new child, as answered. */
struct ike_asked_child {
	uint32_t old_out, spi_out; /* the gateway's: of the old one, of the new one */
	uint32_t spi_in;           /* ours */
	struct span ni;            /* borrowed from the request */
	uint8_t nr[IKE_ASKED_NONCE];
	struct suite_esp suite;
	struct child_keys keys; /* the gateway is the initiator; clear with child_keys_clear() */
	struct ike_ts_list ts_i, ts_r;
};
/* Accept it with one of these suites and all its selectors: SA, Nr, {KEr}, TSi, TSr go to `in`. false: as above. */
bool ike_asked_child(const struct chain *inner, const struct ike_client *c,
		     const struct suite_esp *suites, unsigned n, const struct rng *rng,
		     struct ike_inner *in, struct ike_asked_child *k);

#endif
