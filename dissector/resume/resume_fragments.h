/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragments of decrypted messages (RFC 7383), until all of a message are there. */
#ifndef IKESYNC_RESUME_FRAGMENTS_H
#define IKESYNC_RESUME_FRAGMENTS_H

#include "crypto/resume_keys.h"

#define FRAGMENTS_MAX 64 /* of 65,535 (RFC 7383 section 2.5); ours need two or three */
/* Incomplete ones of one session; the oldest then gives way. A window is as large as its peers say,
 * and small in practice. */
#define OPEN_SETS_MAX 16

struct resume_fragment {
	uint32_t mid;
	bool from_initiator;
	unsigned number, total;
	uint8_t next; /* Next Payload of its header */
	struct octets plain;
};

/* A message of which all fragments were there; file scope. */
struct resume_set;

/* Of one session; zero to start with. Its address is its name. */
struct resume_sets {
	struct resume_set *oldest, *newest; /* incomplete ones */
	unsigned n;
};

/* First pass: the set when `f` completes it, else NULL. The plaintext is copied. */
const struct resume_set *resume_fragments_add(struct resume_sets *sets,
					      const struct resume_fragment *f);

/* Forget the incomplete ones. */
void resume_fragments_drop(struct resume_sets *sets);

/* The plaintext, in `scope`, and what its first payload is. */
struct octets resume_fragments_join(const struct resume_set *set, wmem_allocator_t *scope,
				    uint8_t *first);

/* Once. */
void resume_fragments_register(void);

#endif
