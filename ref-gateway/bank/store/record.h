/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a store keeps per index, whatever the engine: key and value octets. Values are read back
 * with the checks of a wire message, because a disk is no more to be trusted than a peer.
 *
 * Key, big-endian, so that the stubs of one gateway are neighbours:
 *
 *   family (1) | address (4 or 16) | SPI (8)
 *
 * Value:
 *
 *   version (1) | state (1) | flags (1) | pool length (1) | expiry (8) | body length (4) | pool | body
 *
 * where body is
 *
 *   live:     digest (32) | container
 *   moved:    digest (32) of the new container | index body of the new index
 *   deleted:  nothing
 */
#ifndef IKESYNC_BANK_RECORD_H
#define IKESYNC_BANK_RECORD_H

#include "wire/stub_container.h"

#define RECORD_VERSION 1
#define RECORD_KEY_MAX 25
#define RECORD_DIGEST_SIZE 32
#define RECORD_POOL_MAX 255
/* Octets of a value besides pool and container. */
#define RECORD_OVERHEAD (16 + RECORD_DIGEST_SIZE + INDEX_BODY_MAX)

enum record_state { RECORD_LIVE = 1, RECORD_MOVED = 2, RECORD_DELETED = 3 };

struct record {
	enum record_state state;
	bool encrypted; /* the container is encrypted at rest (atrest.h) */
	uint64_t
	    expiry; /* UTC seconds; of a tombstone: when the stub it stands for can be opened no more (rules.c) */
	struct span pool;                   /* of the owner, as text; borrowed, as all spans here */
	uint8_t digest[RECORD_DIGEST_SIZE]; /* record_digest() of the (new) container */
	struct index moved_to;
	struct span container;
};

struct record_key {
	size_t n;
	uint8_t octets[RECORD_KEY_MAX];
};

struct record_key record_key(const struct index *ix);
/* The part of a key that all stubs of one gateway share. */
struct record_key record_key_prefix(const struct address *gateway);
/* ERR_LENGTH, ERR_VALUE. */
IKESYNC_MUST_USE enum err record_key_parse(struct span key, struct index *out);

void record_write(struct wcursor *c, const struct record *r);
/* ERR_TRUNCATED, ERR_VERSION, ERR_VALUE, ERR_TRAILING and those of index_parse(). */
IKESYNC_MUST_USE enum err record_parse(struct span value, struct record *out, struct fault *fault);

/*
 * When this record means nothing any more. The lifetime that the bank counts may end before the sealed
 * stub can be opened no more, clocks considered; a journal that is replayed in between must not find the
 * index free (rules 30 and 43). UTC seconds.
 */
uint64_t record_gone_at(const struct record *r);

/*
 * May it be taken off the storage? A while after record_gone_at(), since clocks are set back. Damaged
 * records stay: they are evidence, and count as tombstones (rules.c).
 */
bool record_is_over(struct span value, uint64_t now);

/*
 * SHA-256 of the container's octets with the four of the lifetime as zero: rule 30's "same stub".
 */
void record_digest(const struct stub_container *s, uint8_t out[static RECORD_DIGEST_SIZE]);

#endif
