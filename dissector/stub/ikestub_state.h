/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub message's place among the others of its connection: by transaction (rule 28). */
#ifndef IKESYNC_IKESTUB_STATE_H
#define IKESYNC_IKESTUB_STATE_H

#include "base/frame_mark.h"
#include "base/stream_side.h"
#include "stub/ikestub_summary.h"

struct story;
struct story_stub;
struct stub_changes;
struct stub_contradiction;
struct stub_finding;

/* A request and what came back; file scope. */
struct stub_exchange {
	struct frame_mark seen;
	uint8_t type;
	unsigned items;
	bool request_whole;
	bool whole;     /* the request, and the replies so far */
	bool unsettled; /* a reply was not, and perhaps it was the last one */
	bool prefetch;
	uint32_t first_reply, last_reply; /* frames, 0: none */
	unsigned statuses;
	bool whole_message;
	bool done;                    /* a reply without MORE came */
	struct story *story;          /* of the first index that has one; story.c */
	struct story_stub *stub;      /* of the first index that is known */
	struct stub_changes *changes; /* what is asked for, while it is open; ikestub_items.h */
};

/* One message's part in it. */
struct stub_link {
	struct stub_exchange *exchange; /* NULL: a reply to nothing that was captured */
	bool reused;                    /* the request uses an ID that is not answered yet */
	bool miscounted;                /* the last reply, and not one status per item */
	bool first_reply;               /* nothing came back before it */
	bool unread;                   /* a reply, and its request may be among what was not read */
	bool wrong_side;               /* a request whose top bit is the other side's (rule 28) */
	bool after_last;               /* a reply behind the one that said it was the last */
	struct stub_finding *findings; /* ikestub_items.c; NULL: none */
	struct stub_contradiction *contradictions; /* ikestub_winners.c; NULL: none */
};

/* Call once, before the first file. */
void stub_state_init(void);

/* Is this TCP connection, from this frame on, one of stub messages? */
bool stub_state_is_ours(packet_info *pinfo);
/* First pass: is this frame the first one that was asked about? */
bool stub_state_first_segment(packet_info *pinfo);
/* First pass: it is, from this frame on. */
void stub_state_set_ours(packet_info *pinfo);

/* First pass: where messages begin in this packet's direction. `inside`: TLS has been taken off. */
struct stream_side *stub_state_side(packet_info *pinfo, bool inside);
/* First pass: something of this direction could not be read: a request may have been in it. */
void stub_state_set_unread(packet_info *pinfo);
/* First pass, inside TLS: `n` more octets of this direction; returns where they begin. */
uint32_t stub_state_inside(packet_info *pinfo, unsigned n);

/* First pass: NULL for a message without a transaction. */
struct stub_link *stub_state_add(packet_info *pinfo, const struct stub_summary *s);

#endif
