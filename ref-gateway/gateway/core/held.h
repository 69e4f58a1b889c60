/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message to a half-open SA that waits for its turn (turn.h). */
#ifndef IKESYNC_GATEWAY_HELD_H
#define IKESYNC_GATEWAY_HELD_H

#include "core/gateway_state.h"

typedef void held_run_fn(struct sa *sa, const struct gateway_message *m);

/*
 * true: `m` waits, or one before it does, and `run` will be called with that; false: nothing stands in its way, its cost (microseconds)
 * is taken from this turn.
 */
bool held_back(struct sa *sa, const struct gateway_message *m, uint32_t cost, held_run_fn *run);
void held_forget(struct sa *sa);

#endif
