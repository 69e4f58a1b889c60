/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known under an initiator's SPI: the frames of its handshake, and what it tried to resume.
 * Every message needs some of it, so one lookup finds all. File scope, written on the first pass.
 */
#ifndef IKESYNC_IKE_SA_H
#define IKESYNC_IKE_SA_H

#include "base/frame_mark.h"
#include "ike/ike_message.h"

struct ike_attempt;
struct ike_resumed;
struct ike_early;

/* What few SAs have. */
struct ike_sa_more {
	struct frame_mark syn;       /* of the last attempt to resume this SA */
	struct ike_attempt *attempt; /* the first with this SPI, NULL: none; others: ike_state.c */
	struct ike_resumed *resumed; /* the same of candidates */
	struct ike_early *early;     /* ike_state.c */
};

struct ike_sa {
	uint8_t spii[8];
	uint8_t spir[8]; /* of a full handshake, 0: none seen */
	struct frame_mark request, response, auth, authed;
	struct ike_sa_more *more; /* NULL: nothing of it */
	bool ours;                /* a SYN or our Vendor ID was seen: private numbers mean ours */
};

void ike_sa_init(void);

/* NULL: not known. */
struct ike_sa *ike_sa_find(const uint8_t spii[8]);

/* Makes it when it is new. */
struct ike_sa *ike_sa_get(const uint8_t spii[8]);

/* To write to. */
struct ike_sa_more *ike_sa_more(struct ike_sa *sa);

/* NULL: none, or there is no `sa`. */
static inline struct ike_attempt *ike_sa_attempt(const struct ike_sa *sa)
{
	return sa && sa->more ? sa->more->attempt : NULL;
}

static inline struct ike_resumed *ike_sa_resumed(const struct ike_sa *sa)
{
	return sa && sa->more ? sa->more->resumed : NULL;
}

static inline struct ike_early *ike_sa_early(const struct ike_sa *sa)
{
	return sa->more ? sa->more->early : NULL;
}

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
