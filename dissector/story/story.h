/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One resumption through the whole capture: the old SA's handshake and its stub's init, the SYN,
 * the bank's get and download, the response, the first protected message, the move, the answer. IKE
 * and stub messages write their frames here on the first pass, in file scope, and both show all of
 * it.
 */
#ifndef IKESYNC_STORY_H
#define IKESYNC_STORY_H

#include "ike/ike_state.h"
#include "stub/ikestub_state.h"

/* The stub of one index. */
struct story_stub {
	struct index_body idx;
	struct story *last;
	struct story_store *store; /* NULL: no stub message is known */
};

/* What stub messages say of one; a capture of IKE alone has none of this. */
struct story_store {
	struct frame_mark stored, stored_ok; /* init, or the update that brought this index */
	struct frame_mark brought;           /* last download or push with it */
	struct index_body previous;          /* update: the old index */
	bool has_previous;
};

/* And of one resumption. */
struct story_bank {
	struct frame_mark brought; /* the stub, before SYN: by a push or a prefetch */
	struct frame_mark get, download, move, moved;
	struct frame_mark refused; /* by the bank: the get or the move */
	uint8_t no;                /* status of its first refusal, if `refused` has a frame */
};

#define STORY_GATEWAYS_MAX 4
/* ikesync.story.bank: what is no status code. */
#define STORY_NO_ANSWER 256

struct story {
	struct story_stub *stub;
	struct story *before; /* of the same stub */
	struct ike_sa *old;   /* made by a full handshake */
	/* Of several candidates the one of which most is known: its confirmation and the answer. */
	const struct ike_resumed *winner;
	struct story_bank *bank; /* NULL: nothing of it is known */
	/* Where the SYN went: one address, and others where both sides of a NAT were captured. */
	struct index_body *further; /* STORY_GATEWAYS_MAX - 1 */
	struct index_body gateway;
	uint8_t n_gateways;
	uint8_t rank : 7;        /* story.c */
	bool committed : 1;      /* the answer said so */
	uint32_t number;         /* of the file's resumptions, from 0: ikesync.resumption */
	struct frame_mark asked; /* the last SYN, retransmissions included */
	struct frame_mark syn, resumed;
};

/* Without frames where nothing is known. */
const struct story_bank *story_bank(const struct story *story);
const struct story_store *story_store(const struct story_stub *stub);

/* The client's first protected message and its answer. */
struct frame_mark story_confirmation(const struct story *story);
struct frame_mark story_confirmed(const struct story *story);

void story_init(void);

/* First pass, for every IKE message of which something is known; `link` may be NULL. */
void story_add_ike(packet_info *pinfo, const struct ike_message *m, struct ike_sa *sa,
		   struct ike_link *link);

/* First pass, for every stub message with a transaction. */
void story_add_stub(packet_info *pinfo, tvbuff_t *tvb, const struct stub_summary *s,
		    struct stub_link *link);

/* The full handshake of this index's gateway, NULL when it is not in the capture. */
const struct ike_sa *story_handshake(const struct index_body *idx);

/* The old SA's handshake: by the index's SPI, or that of the stub it came from through rekeys. */
struct ike_sa *story_old(const struct story_stub *stub);

/* Of what a stub message belongs to: the resumption that it is shown with, or NULL. */
const struct story *story_shown(const struct story *story, const struct story_stub *stub);

/* Has the gateway answered the confirmation before the bank's ok, as far as was seen (rule 13)? */
bool story_hasty(const struct story *story);

#endif
