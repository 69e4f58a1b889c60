/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IKE_SA_INIT request. ike_init_write() makes the one that a client of profile 1 sends; who
 * wants another order, or payloads that no client sends, writes the parts himself and whatever he
 * likes between them: ike_init_begin(), _offer(), _syn(), _announce(), chain_writer_finish().
 */
#ifndef IKESYNC_IKE_INIT_H
#define IKESYNC_IKE_INIT_H

#include "ike/ike_answer.h"
#include "keys/nat_detection.h"
#include "keys/suite.h"

/* Everything is borrowed until the message is written. */
struct ike_init {
	uint64_t spi_i;
	struct span cookie; /* empty: none (RFC 7296 section 2.6) */
	unsigned n_suites;
	const struct suite *suites; /* in order of preference */
	uint16_t group;             /* of `ke` */
	struct span ke, ni;
	const struct index *syn;    /* NULL: none */
	uint8_t syn_type;           /* payload type of SYN, rule 1 */
	bool vendor_id;             /* announce profile 1, rule 6 */
	bool fragmentation;         /* announce RFC 7383 */
	uint8_t hashes;             /* announce RFC 7427 with these (keys/signature.h); 0: not */
	bool redirect;              /* announce RFC 5685 */
	const struct nat_ends *nat; /* NULL: no NAT detection */
	struct span stub;           /* a client-held sealed stub, rule 37; empty: none */
};

/* Header and cookie. */
void ike_init_begin(struct chain_writer *w, struct wcursor *c, const struct ike_init *r);
/* SA, KE, Ni. */
void ike_init_offer(struct chain_writer *w, const struct ike_init *r);
/* SYN, where there is one. */
void ike_init_syn(struct chain_writer *w, const struct ike_init *r);
/* Vendor ID, NAT detection, what is supported, the stub. */
void ike_init_announce(struct chain_writer *w, const struct ike_init *r);

/* All of it. ERR_NO_SPACE; the message is what the cursor holds. */
IKESYNC_MUST_USE enum err ike_init_write(struct wcursor *c, const struct ike_init *r);

/*
 * What an answer asks the client to do: true when it is COOKIE or INVALID_KE_PAYLOAD and `r` has
 * been changed accordingly, to be sent again with the same SPIi, Ni and SYN (rule 10). The cookie is
 * borrowed from `a`. After INVALID_KE_PAYLOAD r->group is one that was offered and r->ke is empty:
 * the caller puts in the KE data of a key pair of that group. false: `a` is the answer, or asks for
 * what cannot be (a cookie that is empty or above 64 octets, a group that was not offered).
 */
bool ike_init_retry(struct ike_init *r, const struct ike_answer *a);

#endif
