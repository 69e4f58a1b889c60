/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain of payloads with IKE's generic header (RFC 7296 section 3.2), in IKE messages, stub
 * messages and stubs alike: Next Payload, one octet of flags, the length with this header.
 */
#ifndef IKESYNC_PAYLOAD_WALK_H
#define IKESYNC_PAYLOAD_WALK_H

#include "base/octets.h"
#include "base/ws_compat.h"

#define PAYLOAD_HEADER_SIZE 4
/* In front of the chain of a stub or a stub message: First Payload and three octets. */
#define PAYLOAD_FIRST_SIZE 4

enum payload_fault {
	PAYLOAD_OK,      /* the last one said that none follows */
	PAYLOAD_MISSING, /* the chain ends before the header of the one that was named */
	PAYLOAD_UNSEEN,  /* that header was not captured whole */
	PAYLOAD_SHORT,   /* its length is less than its header */
	PAYLOAD_LONG,    /* it runs over the end of the chain */
};

/* Offsets count from `p`; `type` to `length` are of the last payload, a faulty one included. */
struct payload_walk {
	const uint8_t *p;
	unsigned seen; /* octets that there are; at most `end` where nothing was cut */
	unsigned end;  /* of the chain */
	unsigned at;   /* where the next header stands, or the one with the fault */
	uint8_t next;  /* the type of that, 0: none */
	uint8_t type, flags;
	unsigned offset, length; /* of the generic header, and with it */
	enum payload_fault fault;
};

/* False: the walk is over, and `fault` says why. Only the header need be captured. */
static inline bool payload_next(struct payload_walk *w)
{
	const uint8_t *head;

	w->fault = PAYLOAD_OK;
	if (!w->next)
		return false;
	w->fault = PAYLOAD_MISSING;
	if (w->at > w->end || w->end - w->at < PAYLOAD_HEADER_SIZE)
		return false;
	w->fault = PAYLOAD_UNSEEN;
	if (w->at > w->seen || w->seen - w->at < PAYLOAD_HEADER_SIZE)
		return false;
	head = w->p + w->at;
	w->type = w->next;
	w->flags = head[1];
	w->offset = w->at;
	w->length = get16(head + 2);
	w->fault = w->length < PAYLOAD_HEADER_SIZE ? PAYLOAD_SHORT
		   : w->length > w->end - w->at    ? PAYLOAD_LONG
						   : PAYLOAD_OK;
	if (w->fault != PAYLOAD_OK)
		return false;
	w->next = head[0];
	w->at += w->length;
	return true;
}

/* Offset and length of what is behind the generic header. */
static inline unsigned payload_body(const struct payload_walk *w)
{
	return w->offset + PAYLOAD_HEADER_SIZE;
}

static inline unsigned payload_body_length(const struct payload_walk *w)
{
	return w->length - PAYLOAD_HEADER_SIZE;
}

/* The chain of `n` octets at `p`, of which the first has type `first`. */
static inline struct payload_walk payload_walk(const uint8_t *p, unsigned n, uint8_t first)
{
	return (struct payload_walk){ .p = p, .seen = n, .end = n, .next = first };
}

/* The chain in [start, end) behind First Payload and three octets; none when these are not there. */
static inline struct payload_walk payload_walk_in(const uint8_t *p, unsigned start, unsigned end)
{
	return (struct payload_walk){ .p = p,
				      .seen = end,
				      .end = end,
				      .at = start + PAYLOAD_FIRST_SIZE,
				      .next = end - start >= PAYLOAD_FIRST_SIZE ? p[start] : 0 };
}

/* The same of the stub or stub message that fills `tvb`, as far as it is captured. */
struct payload_walk payload_walk_tvb(tvbuff_t *tvb);

/* Is `plain` a whole chain and nothing else? */
bool payload_chain_sound(struct octets plain, uint8_t first);

#endif
