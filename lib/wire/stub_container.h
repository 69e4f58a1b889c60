/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stub container (stub payload 201): what a bank stores.
 *
 * Body: First Payload (1 octet) | RESERVED (3) | chain of payloads. Index first, then lifetime, then
 * either one sealed stub (208) or the clear payloads of a stub (stub.h). Unknown payloads are kept:
 * a bank stores the octets as they came.
 */
#ifndef IKESYNC_WIRE_STUB_CONTAINER_H
#define IKESYNC_WIRE_STUB_CONTAINER_H

#include "wire/stub_message.h"

#define STUB_CONTAINER_HEAD 4
#define STUB_SEALED_VERSION 1
#define STUB_SEALED_SALT 32
#define STUB_SEALED_TAG 16
#define STUB_SEALED_PLAIN_MIN 4 /* First Payload, RESERVED */
/* version (1) | key ID (4) | salt (32) | expiry (8) */
#define STUB_SEALED_CLEAR 45

struct stub_sealed {
	uint32_t key_id;
	uint64_t expiry;        /* UTC seconds since 1970 */
	struct span salt;       /* 32 octets; borrowed, as all spans here */
	struct span clear;      /* the 45 octets before the ciphertext */
	struct span ciphertext; /* without the tag */
	struct span tag;        /* 16 octets */
	struct span body;       /* the whole payload body */
};

struct stub_container {
	struct index index;
	uint32_t lifetime;      /* remaining seconds at sending; 0 = expired */
	size_t lifetime_offset; /* of the 4 octets in the container body, for patching */
	bool is_sealed;
	struct stub_sealed sealed;
	struct span body; /* as parsed */
	uint8_t first;    /* clear stubs: the chain for stub_parse() */
	struct span chain;
};

/*
 * ERR_MISSING (index, lifetime, or content), ERR_DUPLICATE, ERR_CHAIN (index or lifetime not first and
 * second, sealed and clear content together), ERR_LENGTH, ERR_VALUE, ERR_VERSION (sealed version), and
 * those of chain_iter. The clear payloads of an unsealed stub are judged by stub_parse().
 */
IKESYNC_MUST_USE enum err stub_container_parse(const struct chain_payload *p,
					       struct stub_container *out, struct fault *fault);

/* Start a container body: head, index and lifetime. The content follows through `w`; errors stick in `c`. */
void stub_container_begin(struct chain_writer *w, struct wcursor *c, const struct index *ix,
			  uint32_t lifetime);

/* Write a container body that holds a sealed stub. */
void stub_container_write_sealed(struct wcursor *c, const struct index *ix, uint32_t lifetime,
				 struct span sealed_body);

/* Read a 208 body. ERR_TRUNCATED, ERR_VERSION. */
IKESYNC_MUST_USE enum err stub_sealed_parse(struct span body, size_t offset,
					    struct stub_sealed *out, struct fault *fault);

/*
 * Are two container bodies the same stub, apart from the lifetime (rule 30, init repeated)?
 * Both must have been parsed without error.
 */
bool stub_container_same(const struct stub_container *a, const struct stub_container *b);

#endif
