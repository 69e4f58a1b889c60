/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the payloads of one IKE message say, before any history. */
#ifndef IKESYNC_IKE_CONTENTS_H
#define IKESYNC_IKE_CONTENTS_H

#include "ike/ike_message.h"

/* A SYN with one of these is ignored by the gateway (rules 3 and 4). */
enum ike_syn_fault {
	IKE_SYN_LENGTH = 0x01,
	IKE_SYN_C_BIT = 0x02,
	IKE_SYN_ZERO_SPI = 0x04,
	IKE_SYN_ADDRESS = 0x08,
	IKE_SYN_SECOND = 0x10,
	IKE_SYN_CHAIN = 0x20,  /* breaks behind it */
	IKE_SYN_BREAKS = 0x40, /* by its own length, which is at fault, too (clause 41.1) */
};

struct ike_contents {
	unsigned syns;
	const struct ike_payload *syn; /* the first one */
	struct index_body idx;         /* of the first one, when there is one */
	unsigned syn_faults;           /* enum ike_syn_fault */
	bool sa, ke, nonce, vendor;
	unsigned nonce_length;
	unsigned nonce_offset; /* of its octets in the tvb */
	uint16_t error;        /* first error notify type */
	bool critical;         /* an unknown payload outside SK must not be skipped */
	bool cookie, invalid_ke, redirect, bind, not_committed, told_index, stub, auth_failed;
	/* Of what is inside SK; the caller's. */
	bool verified, unverified;   /* with the SA's keys: its ICV is right, or it is not */
	bool bind_right, bind_wrong; /* by the SA's keys */
	bool read;       /* all that is inside SK could be read, and is a chain of payloads */
	bool stub_clear; /* the stub was outside SK */
	bool cookie_length, cookie_place; /* of a cookie outside SK: is wrong (rule 15) */
	uint64_t cookie_hash;             /* of the first one outside SK */
	struct index_body told;           /* by the first N(INDEX) inside SK */
	bool rekeys;                      /* inside SK there is an SA of IKE: */
	uint8_t rekey_spi[8];             /* its sender's SPI of the SA that results */
	uint64_t hash; /* of the message; the caller's, when something is compared with it */
};

/* Read the payloads of `m`; `syn_type` is the payload type of IKE_SA_SYN. */
void ike_contents_read(const struct ike_message *m, uint8_t syn_type, struct ike_contents *out);

/* Add the notifies of the decrypted payloads in `tvb`, the first of which has type `first`. */
void ike_contents_decrypted(tvbuff_t *tvb, uint8_t first, struct ike_contents *out);

#endif
