/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stub message in few words, read without a tree and without exceptions, and its place among the
 * other messages of its connection: requests and replies by transaction (rule 28).
 */
#ifndef IKESYNC_IKESTUB_STATE_H
#define IKESYNC_IKESTUB_STATE_H

#include "stub/ikestub_fields.h"
#include "base/index_body.h"
#include "base/payload_walk.h"

struct stub_summary {
	uint8_t type;
	bool has_transaction;
	uint32_t transaction;
	bool reply;     /* has a status (rule 38) */
	unsigned items; /* of a request: stubs, indexes or pairs, as statuses count them */
	unsigned stubs; /* of a reply: downloaded ones */
	unsigned statuses, ok;
	unsigned codes[STUB_STATUS_CODES]; /* statuses by code */
	uint8_t first_bad;                 /* status code */
	bool whole_message;                /* a status about item 0xffff */
	bool more;
	bool has_index, has_to;
	struct index_body idx; /* the first one */
	struct index_body to;  /* update: index of the first new stub */
	bool prefetch;
};

struct story;
struct story_stub;
struct stub_changes;
struct stub_contradiction;

/* A request and what came back; file scope. */
struct stub_exchange {
	uint32_t frame;
	nstime_t time;
	uint8_t type;
	unsigned items;
	bool prefetch;
	uint32_t first_reply, last_reply; /* frames, 0: none */
	unsigned statuses;
	bool whole_message;
	bool done;                    /* a reply without MORE came */
	struct story *story;          /* of the first index that has one; story.c */
	struct story_stub *stub;      /* of the first index that is known */
	struct stub_changes *changes; /* what is asked for, while it is open; ikestub_winners.c */
};

/* One message's part in it. */
struct stub_link {
	struct stub_exchange *exchange; /* NULL: a reply to nothing that was captured */
	bool reused;                    /* the request uses an ID that is not answered yet */
	bool miscounted;                /* the last reply, and not one status per item */
	bool first_reply;               /* nothing came back before it */
	bool wrong_side;                /* a request whose top bit is the other side's (rule 28) */
	struct stub_contradiction *contradictions; /* ikestub_winners.c; NULL: none */
};

/* The index of payload 200, or the one that stands first in payload 201. False: there is none. */
bool stub_index_of(tvbuff_t *tvb, const struct payload_walk *w, struct index_body *out);

/* Read the message that fills `tvb` as far as it is captured. */
void stub_summary_read(tvbuff_t *tvb, struct stub_summary *out);

/* "update 0x00000007 0123..@192.0.2.1 to ab..@192.0.2.2 (move)", in `scope`. */
const char *stub_summary_text(wmem_allocator_t *scope, const struct stub_summary *s);

/* Is this update's first pair a move to another gateway (rule 30)? */
bool stub_summary_is_move(const struct stub_summary *s);

/* Is this TCP connection, from this frame on, one of stub messages? */
bool stub_state_is_ours(packet_info *pinfo);
/* First pass: is this frame the first one that was asked about? */
bool stub_state_first_segment(packet_info *pinfo);
/* First pass: it is, from this frame on. */
void stub_state_set_ours(packet_info *pinfo);

/* First pass: NULL for a message without a transaction. */
struct stub_link *stub_state_add(packet_info *pinfo, const struct stub_summary *s);

#endif
