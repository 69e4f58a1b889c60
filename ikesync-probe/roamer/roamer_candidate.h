/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates: every answer is gone on with, and the first that verifies wins (wire profile 7.6). */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_CANDIDATE_H
#define IKESYNC_PROBE_ROAMER_ROAMER_CANDIDATE_H

#include "roamer/roamer_sa.h"

/*
 * One more candidate from a hit or a fallback: keys, and message ID 1 made. NULL: no room, the same
 * octets once more, or nothing that keys follow from.
 */
struct roamer_candidate *roamer_candidate_add(struct roamer *r, const struct ike_answer *a);
/* Send message ID 1 of `k`. */
void roamer_candidate_send(struct roamer *r, const struct roamer_candidate *k);

enum roamer_said {
	ROAMER_SAID_NOTHING, /* the answer of no candidate, or it does not verify */
	ROAMER_SAID_CONFIRMED,
	ROAMER_SAID_AUTHENTICATED,
	ROAMER_SAID_NOT_COMMITTED,
	ROAMER_SAID_UNBOUND, /* BIND missing or wrong */
	ROAMER_SAID_REFUSED, /* a verified error; *notify */
};
/* Read a message. `plain` takes `cap` octets and *m borrows from it; wipe it. */
enum roamer_said roamer_candidate_read(struct roamer *r, struct span message, uint8_t *plain,
				       size_t cap, struct roamer_candidate **which,
				       struct ike_protected *m, uint16_t *notify);
/* Those that are not dropped. */
unsigned roamer_candidate_left(const struct roamer *r);
/* What a resumption would be by, when this candidate was committed and nobody said so. */
struct ike_resumable roamer_candidate_resumable(const struct roamer *r,
						const struct roamer_candidate *k);
/* Wipe all of them. */
void roamer_candidate_forget(struct roamer *r);

#endif
