/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stub message in few words, read without a tree and without exceptions. */
#ifndef IKESYNC_IKESTUB_SUMMARY_H
#define IKESYNC_IKESTUB_SUMMARY_H

#include "base/index_body.h"
#include "base/payload_walk.h"
#include "base/stub_numbers.h"

struct stub_summary {
	uint8_t type;
	bool has_transaction;
	uint32_t transaction;
	bool reply;     /* has a status (rule 38) */
	bool whole;     /* all of it was captured, and all payloads are ones */
	unsigned items; /* of a request: stubs, indexes or pairs, as statuses count them */
	unsigned stubs; /* of a reply: downloaded ones */
	unsigned statuses, ok;
	unsigned codes[STUB_STATUS_CODES]; /* statuses by code */
	uint8_t first_bad;                 /* status code */
	bool whole_message;                /* a status about item 0xffff */
	bool more;
	unsigned mores; /* statuses that say so */
	bool has_index, has_to;
	struct index_body idx; /* the first one */
	struct index_body to;  /* update: index of the first new stub */
	bool prefetch;
};

/* The index of payload 200, or the one that stands first in payload 201. False: there is none. */
bool stub_index_of(tvbuff_t *tvb, const struct payload_walk *w, struct index_body *out);

/* Read the message that fills `tvb` as far as it is captured. */
void stub_summary_read(tvbuff_t *tvb, struct stub_summary *out);

/* "update 0x00000007 0123..@192.0.2.1 to ab..@192.0.2.2 (move)", in `scope`. */
const char *stub_summary_text(wmem_allocator_t *scope, const struct stub_summary *s);

/* Is this update's first pair a move to another gateway (rule 30)? */
bool stub_summary_is_move(const struct stub_summary *s);

#endif
