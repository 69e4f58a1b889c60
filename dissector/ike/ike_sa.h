/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known under an initiator's SPI: the frames of its handshake, and what it tried to resume.
 * Every message needs some of it, so one lookup finds all. File scope, written on the first pass.
 */
#ifndef IKESYNC_IKE_SA_H
#define IKESYNC_IKE_SA_H

#include "ike/ike_message.h"

/* Where and when something was seen. */
struct frame_mark {
	uint32_t frame; /* 0: not seen */
	nstime_t time;
};

struct ike_attempt;
struct ike_resumed;
struct ike_early;

struct ike_sa {
	uint8_t spii[8];
	uint8_t spir[8]; /* of a full handshake, 0: none seen */
	struct frame_mark request, response, auth, authed;
	struct frame_mark syn;       /* of the last attempt to resume this SA */
	struct ike_attempt *attempt; /* the first with this SPI, NULL: none; others: ike_state.c */
	struct ike_resumed *resumed; /* the same of candidates */
	struct ike_early *early;     /* ike_state.c */
	bool ours; /* a SYN or our Vendor ID was seen: private numbers mean ours */
};

void ike_sa_init(void);

/* NULL: not known. */
struct ike_sa *ike_sa_find(const uint8_t spii[8]);

/* Makes it when it is new. */
struct ike_sa *ike_sa_get(const uint8_t spii[8]);

/* `sa` is known by this responder's SPI, too, with the address of who sent it. */
void ike_sa_add_responder(struct ike_sa *sa, const uint8_t spir[8], const address *from);

/* Is this responder's SPI, from this address, that of another one, too? */
bool ike_sa_responder_taken(const struct ike_sa *sa, const uint8_t spir[8], const address *from);

/*
 * By the responder's SPI: the one at the address of `idx`, or the only one there is, wherever it
 * is (a gateway behind a NAT is known by another address). NULL: none, or it cannot be told which.
 */
struct ike_sa *ike_sa_find_responder(const struct index_body *idx);

#endif
