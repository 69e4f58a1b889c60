/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A get does not wait behind a durable write or a prefetch (clause 28.4). */
#ifndef IKESYNC_PROBE_CASES_OVERTAKE_H
#define IKESYNC_PROBE_CASES_OVERTAKE_H

#include "gateway/desk.h"

/* A get behind a large init, over the owner's connection: it is answered before, or at least not late. */
void overtake_init(struct desk *d);
/*
 * A get of `m` behind a prefetch of several messages over `b` is answered before the last of them; or so soon
 * that it has not waited: a fast bank is through with the prefetch when the get arrives.
 */
void overtake_prefetch(struct desk *d, struct bank_connection *b, const struct made_stub *m);

#endif
