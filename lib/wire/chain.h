/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains of payloads under the generic payload header (RFC 7296 section 3.2),
 * in IKE messages, in stub messages and inside stub containers alike.
 */
#ifndef IKESYNC_WIRE_CHAIN_H
#define IKESYNC_WIRE_CHAIN_H

#include <string.h>

#include "wire/cursor.h"
#include "wire/ike_header.h"

#define CHAIN_PAYLOAD_HEADER_SIZE 4
/* Some clients send some 200, of Vendor IDs and CERTREQ; a longer chain is refused with ERR_TOO_MANY. */
#define CHAIN_MAX 256

struct chain_payload {
	uint8_t type;
	uint8_t
	    next; /* Next Payload octet of this payload's header; SK and SKF: first inner type */
	uint8_t flags;    /* the second octet: C bit 0x80, RESERVED below */
	size_t offset;    /* of the payload header, from the start of the message */
	struct span body; /* without the generic header; borrowed */
};

#define CHAIN_CRITICAL 0x80

struct chain {
	unsigned n;
	struct chain_payload at[CHAIN_MAX];
};

/* Copy what is used of it: a whole one is 8 KiB, and most have six payloads. */
static inline void chain_copy(struct chain *to, const struct chain *from)
{
	to->n = from->n;
	memcpy(to->at, from->at, from->n * sizeof(from->at[0]));
}

/* Read a payload's body; offsets in faults count from the start of the message. */
static inline struct rcursor chain_payload_cursor(const struct chain_payload *p)
{
	return rcursor_init_at(p->body, p->offset + CHAIN_PAYLOAD_HEADER_SIZE);
}

/*
 * Split `body` into payloads; the first has type `first`. SK and SKF end the chain (RFC 7296 3.14).
 * `base` is where offsets count from (NULL: body.p). Every octet of `body` must be covered.
 * Unknown types are kept; see chain_check_critical().
 * ERR_TRUNCATED, ERR_LENGTH (below 4), ERR_CHAIN (type 0 with octets left), ERR_TOO_MANY,
 * ERR_TRAILING (octets after SK or SKF). After an error `out` holds the payloads before the broken one.
 */
IKESYNC_MUST_USE enum err chain_parse(struct span body, uint8_t first, const uint8_t *base,
				      struct chain *out, struct fault *fault);

/*
 * Iterate over a chain of any length without storing it (stub bundles hold thousands).
 * Use: chain_iter_init(); while (chain_iter_next(&it, &p)) ...; then chain_iter_finish().
 */
struct chain_iter {
	struct rcursor c;
	uint8_t next;
};
void chain_iter_init(struct chain_iter *it, struct span body, uint8_t first, const uint8_t *base);
bool chain_iter_next(struct chain_iter *it, struct chain_payload *out);
IKESYNC_MUST_USE enum err chain_iter_finish(struct chain_iter *it, struct fault *fault);

/* Parse an IKE message: header and outer chain. Errors of both. */
IKESYNC_MUST_USE enum err chain_parse_message(struct span message, struct ike_header *header,
					      struct chain *out, struct fault *fault);

/* Split what is behind `header` of its message. Errors of chain_parse(). */
IKESYNC_MUST_USE enum err chain_parse_body(struct span message, const struct ike_header *header,
					   struct chain *out, struct fault *fault);

/* Return the first payload of `type`, or NULL. */
const struct chain_payload *chain_find(const struct chain *c, uint8_t type);
unsigned chain_count(const struct chain *c, uint8_t type);

/*
 * RFC 7296 section 2.5: return ERR_CRITICAL and the type when a payload that RFC 7296 or RFC 7383
 * does not define, and that is not `syn_type`, has its critical bit set. The C bit of known payloads
 * is ignored.
 */
IKESYNC_MUST_USE enum err chain_check_critical(const struct chain *c, uint8_t syn_type,
					       uint8_t *unknown);

/*
 * Writer. Patches Next Payload and Payload Length as payloads are added:
 *   chain_writer_init(&w, cursor, offset of the octet that names the first payload);
 *   chain_writer_begin(&w, PAYLOAD_NONCE, 0); wcursor_bytes(w.c, nonce); chain_writer_end(&w);
 * Errors stick in the cursor. Nesting: begin, a new writer on the same cursor, end.
 */
struct chain_writer {
	struct wcursor *c;
	size_t next_at;   /* where the next payload's type goes */
	size_t length_at; /* of the open payload */
	size_t start;
};
void chain_writer_init(struct chain_writer *w, struct wcursor *c, size_t first_at);
void chain_writer_begin(struct chain_writer *w, uint8_t type, uint8_t flags);
void chain_writer_end(struct chain_writer *w);
/* begin, body, end in one call. */
void chain_writer_payload(struct chain_writer *w, uint8_t type, uint8_t flags, struct span body);

/* Write `h` (next_payload 0) and start its chain. */
void chain_writer_message(struct chain_writer *w, struct wcursor *c, const struct ike_header *h);
/* Patch the header's Length; the message is the cursor's first wcursor_size() octets. */
IKESYNC_MUST_USE enum err chain_writer_finish(struct chain_writer *w);

#endif
