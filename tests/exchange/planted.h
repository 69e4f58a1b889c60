/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs of another implementation: made by a test, sealed, and put into the world's bank. */
#ifndef IKESYNC_TESTS_PLANTED_H
#define IKESYNC_TESTS_PLANTED_H

#include "ike_peer.h"
#include "world.h"

struct planted {
	uint8_t plain[SEAL_BODY_MAX];
	struct stub_container container;
	struct stub stub; /* points into `plain` */
};

/* A stub that is qualified, with this index, the peer's suite, SK_d and identity, and 4,000 s to live. p->sk_d must be set. */
struct stub planted_stub(const struct world *w, const struct peer *p, const struct index *ix);
/* Seal it with the pool's key, and store it under `ix` with this 205. */
void planted_put(struct world *w, struct peer *p, const struct index *ix, const struct stub *stub,
		 uint32_t lifetime);
/* What the bank has under `ix`, opened; asserts that it is there. */
void planted_open(struct world *w, const struct index *ix, struct planted *out);

#endif
