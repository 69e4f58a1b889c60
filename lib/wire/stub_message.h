/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stub messages between gateway and stub bank: header (draft-xu-ike-sa-sync-01 section 3.7),
 * transaction, status, lifetime and the order of payloads (wire profile, stub messages).
 */
#ifndef IKESYNC_WIRE_STUB_MESSAGE_H
#define IKESYNC_WIRE_STUB_MESSAGE_H

#include "wire/chain.h"
#include "wire/iana.h"
#include "wire/index.h"

#define STUB_HEADER_SIZE 4
#define STUB_MESSAGE_MAX 65535
#define STUB_PORT_DEFAULT 49500
#define STUB_ALPN "ikesync-stub/1"
/* Top bit of a transaction ID: a push by the TLS server. */
#define STUB_TRANSACTION_PUSH 0x80000000u
/* Seconds; a longer lifetime is cut to it (rule 35). */
#define STUB_LIFETIME_MAX 86400u
#define STUB_ITEM_ALL 0xffffu /* the status speaks of the whole request */
#define STUB_STATUS_MORE 0x80 /* flag: further messages of this reply follow */
#define STUB_STATUS_TEXT_MAX 255

struct stub_header {
	uint8_t next_payload;
	uint8_t type;    /* enum iana_stub_message, or anything */
	uint16_t length; /* octets of the whole message, header included */
};

/*
 * How many octets the message at the start of a stream has: 0 = more octets needed to tell.
 * ERR_LENGTH for a length below STUB_HEADER_SIZE: the stream cannot be followed any more.
 */
IKESYNC_MUST_USE enum err stub_message_length(struct span stream, size_t *length);

struct stub_message {
	struct stub_header header;
	bool has_transaction;
	uint32_t transaction;
	uint8_t first;       /* type of the first payload after the transaction */
	struct span rest;    /* those payloads; borrowed */
	const uint8_t *base; /* of the message, for offsets */
};

/*
 * Read header and transaction and check that the chain is whole. ERR_TRUNCATED, ERR_LENGTH, ERR_CHAIN,
 * ERR_TRAILING, ERR_MISSING (the first payload is not a 4-octet transaction), ERR_DUPLICATE.
 * `out` keeps header and, where it could be read, transaction also after an error, for the reply.
 */
IKESYNC_MUST_USE enum err stub_message_parse(struct span message, struct stub_message *out,
					     struct fault *fault);

struct stub_status {
	uint8_t code;     /* enum iana_stub_status */
	uint8_t flags;    /* STUB_STATUS_MORE */
	uint16_t item;    /* zero-based position in the request, or STUB_ITEM_ALL */
	struct span text; /* UTF-8 for people, may be empty; borrowed; never interpreted */
};

/*
 * One unit of a message: init and push: a stub; update: index and stub, or one of them alone, which is for
 * the reader to refuse (rule 31); get and delete: index;
 * a reply: status, in a download followed by the stub when there is one; prefetch reply: one status, then stubs.
 */
struct stub_item {
	bool has_index;
	bool has_status;
	bool has_stub;
	struct chain_payload index; /* raw: index_parse() judges the content */
	struct stub_status status;
	struct chain_payload stub; /* raw container: stub_container_parse() judges the content */
};

struct stub_items {
	struct chain_iter it;
	bool pending;
	struct chain_payload next;
	uint8_t type;
};

/* Iterate over the items of a parsed message; unknown payload types between them are skipped. */
void stub_items_init(struct stub_items *it, const struct stub_message *m);
/*
 * false at the end, or with *fault filled (err != ERR_OK; ERR_OK otherwise) for a status payload that is too
 * short or too long (ERR_TRUNCATED, ERR_LENGTH).
 */
bool stub_items_next(struct stub_items *it, struct stub_item *out, struct fault *fault);

/* Writer: init, then payloads, then finish. */
struct stub_writer {
	struct wcursor c;
	struct chain_writer chain;
};
void stub_writer_init(struct stub_writer *w, uint8_t *buf, size_t cap, uint8_t type,
		      uint32_t transaction);
/* Payload 200. */
void stub_writer_index(struct stub_writer *w, const struct index *ix);
void stub_writer_status(struct stub_writer *w, const struct stub_status *s);
/* Payload 201 with a ready body (see stub_container.h). */
void stub_writer_stub(struct stub_writer *w, struct span container);
/* Octets written so far: to split bundles below STUB_MESSAGE_MAX. */
size_t stub_writer_size(const struct stub_writer *w);
/* ERR_NO_SPACE when buffer or STUB_MESSAGE_MAX was exceeded. */
IKESYNC_MUST_USE enum err stub_writer_finish(struct stub_writer *w, size_t *length);

#endif
