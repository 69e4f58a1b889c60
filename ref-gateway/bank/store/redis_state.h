/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the Redis engine share. Private to them. */
#ifndef IKESYNC_BANK_STORE_REDIS_STATE_H
#define IKESYNC_BANK_STORE_REDIS_STATE_H

#include "engine_redis.h"
#include "redis_key.h"
#include "redis_nodes.h"

struct redis {
	struct engine engine;
	struct engine_redis_settings settings;
	char *name;
	struct redis_nodes *nodes;
	struct redis_scans *scans;
	size_t calls;    /* reads and commits that are not answered yet */
	gint64 short_at; /* when replicas were last waited for in vain; 0: never */
	gint64 told_at;  /* of that */
};

#endif
