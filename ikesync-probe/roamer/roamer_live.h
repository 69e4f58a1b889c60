/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SA that stands: what is asked on it and what the gateway asks. */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_LIVE_H
#define IKESYNC_PROBE_ROAMER_ROAMER_LIVE_H

#include "roamer/roamer_sa.h"

/* Take over a candidate whose answer `inner` has verified: it is the SA now, the other candidates and
 * what stood before are forgotten. */
void roamer_live_take(struct roamer *r, struct roamer_candidate *k, const struct chain *inner);

/* Send a request: a Delete of the SA, or nothing but "are you alive?". */
void roamer_live_ask(struct roamer *r, bool end);
/* The same octets once more. */
void roamer_live_repeat(struct roamer *r);

enum roamer_live {
	ROAMER_LIVE_FOREIGN,  /* no message of this SA */
	ROAMER_LIVE_DROPPED,  /* of this SA, but it does not verify or is old */
	ROAMER_LIVE_ANSWERED, /* our request is */
	ROAMER_LIVE_SPOKE,    /* the gateway's request was answered */
	ROAMER_LIVE_DELETED,
	ROAMER_LIVE_REDIRECTED, /* *to is a gateway of the pool */
	ROAMER_LIVE_LURED,      /* redirected out of the pool: ignored (rule 19) */
};
/* Read a message from `gateway`, and answer it where it is a request. */
enum roamer_live roamer_live_receive(struct roamer *r, unsigned gateway, struct span message,
				     unsigned *to);

#endif
