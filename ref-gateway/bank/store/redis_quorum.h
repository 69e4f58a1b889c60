/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has what was written over a connection reached as many replicas as it must? */
#ifndef IKESYNC_BANK_STORE_REDIS_QUORUM_H
#define IKESYNC_BANK_STORE_REDIS_QUORUM_H

#include "redis_state.h"

/* From inside the call (where none are asked for) or later. */
typedef void redis_quorum_fn(bool enough, void *user);
void redis_quorum(struct redis *r, struct redis_link *link, redis_quorum_fn *done, void *user);

/* Was it waited for in vain just now? */
bool redis_quorum_hopeless(const struct redis *r);

#endif
