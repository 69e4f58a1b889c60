/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine on a Redis, or several: records that more than one bank may serve. */
#ifndef IKESYNC_BANK_STORE_ENGINE_REDIS_H
#define IKESYNC_BANK_STORE_ENGINE_REDIS_H

#include "engine.h"
#include "redis_link.h"

#define ENGINE_REDIS_PLACES_MAX 32
#define ENGINE_REDIS_PREFIX_MAX 32

struct engine_redis_settings {
	size_t n_places;
	struct redis_place places[ENGINE_REDIS_PLACES_MAX];
	bool cluster;       /* places: some of its servers */
	const char *prefix; /* of all keys: letters, digits, ".", "-" and "_" */
	struct redis_access access;
	uint64_t replicas; /* that must have a write before it is OK; 0: the primary alone */
	uint64_t wait_ms;  /* how long they may take */
};

/*
 * Takes the settings over by copy, their strings not. Asks the server whether it keeps what it acknowledges: NULL and a GError when it
 * says no. One that cannot be reached is looked for in the background, and until then all is ENGINE_BUSY.
 */
struct engine *engine_redis_open(const struct engine_redis_settings *settings,
				 GMainContext *context, GError **error);

/* The same without asking first. */
struct engine *engine_redis_new(const struct engine_redis_settings *settings,
				GMainContext *context);

/* Is it connected? */
bool engine_redis_up(const struct engine *e);
/* Calls that are not answered yet, and the work of expire(). */
size_t engine_redis_calls(const struct engine *e);

#endif
