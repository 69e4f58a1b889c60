/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages under the Encrypted payload: sealed, told to belong to an SA, opened. */
#ifndef IKESYNC_IKE_PROTECTED_H
#define IKESYNC_IKE_PROTECTED_H

#include "ike/ike_clause.h"
#include "ike/ike_inner.h"
#include "keys/sk.h"

/* Append to `out` a message with header `h` and one SK payload that holds `in`. The error that
 * sticks in `in`, and those of sk_seal(). */
IKESYNC_MUST_USE enum err ike_protected_seal(struct wcursor *out, const struct ike_header *h,
					     const struct ike_keys *keys, enum sk_sender sender,
					     struct sk_iv *iv, const struct rng *rng,
					     const struct ike_inner *in);

enum ike_protected_kind {
	IKE_PROTECTED_UNREAD,     /* no message, or one whose outer chain is broken */
	IKE_PROTECTED_CLEAR,      /* no Encrypted payload: it proves nothing; `clear_notify` */
	IKE_PROTECTED_UNVERIFIED, /* does not verify, or is broken inside */
	IKE_PROTECTED_VERIFIED,   /* `inner` is filled */
};

/* An opened message. */
struct ike_protected {
	enum ike_protected_kind kind;
	struct ike_broken broken; /* unless VERIFIED */
	struct ike_header header;
	unsigned n_outer;      /* payloads outside, the Encrypted payload among them */
	uint16_t clear_notify; /* CLEAR: the first notify's type; 0: none */
	/* Borrows from the caller's `plain`. Last: it is large, and not cleared beyond its count. */
	struct chain inner;
};

/*
 * Open a whole message (SK; fragments are for ike_fragments.h). The plaintext goes to `plain`: at
 * least message.n octets, or it is ERR_NO_SPACE; wipe it. Errors of chain_parse_message(), ERR_MISSING
 * (CLEAR), and those of sk_open() and chain_parse().
 */
IKESYNC_MUST_USE enum err ike_protected_open(struct span message, const struct ike_keys *keys,
					     enum sk_sender sender, uint8_t *plain, size_t cap,
					     struct ike_protected *out);

/* The first error notify inside a verified message; 0: none. */
uint16_t ike_protected_error(const struct ike_protected *m);

/*
 * Does the header of `message` belong to the SA with these SPIs, sent by its responder after
 * IKE_SA_INIT? Response or request is for the caller to ask. false: `broken` (HEADER, LENGTH, VERSION,
 * SPI_I, SPI_R, INITIATOR_FLAG, EXCHANGE).
 */
bool ike_protected_belongs(struct span message, uint64_t spi_i, uint64_t spi_r,
			   struct ike_header *h, struct ike_broken *broken);
/* The same, sent by its initiator: of an SA that the gateway made by a rekey of its own. */
bool ike_protected_of_initiator(struct span message, uint64_t spi_i, uint64_t spi_r,
				struct ike_header *h);

#endif
