/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits of the Redis engine: one slot at once, two slots in steps. */
#ifndef IKESYNC_BANK_STORE_REDIS_COMMIT_H
#define IKESYNC_BANK_STORE_REDIS_COMMIT_H

#include "redis_state.h"

/* As that of an engine. */
void redis_commit(struct redis *r, struct engine_transaction *t, size_t n, engine_done_fn *done,
		  void *user);

#endif
