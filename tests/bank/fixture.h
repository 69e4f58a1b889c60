/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bank without sockets and with a clock that the test turns: over RocksDB or, where IKESYNC_TEST_ENGINE says so, over "redis", one with
 * "replicas", a "cluster" of those, or "memory", an engine whose answers come late and out of order.
 */
#ifndef IKESYNC_TESTS_BANK_FIXTURE_H
#define IKESYNC_TESTS_BANK_FIXTURE_H

#include "engine_memory.h"
#include "made.h"
#include "redis_server.h"
#include "session.h"

#define FIXTURE_START UINT64_C(1800000000)

struct fixture {
	char *directory;
	struct bank bank;
	struct engine *engine; /* of the store */
	struct bank_settings settings;
	uint64_t seconds, ms;
	struct memory *memory; /* NULL: another engine */
	bool owns_memory;
	const struct redis_server *redis; /* or one of a cluster's; NULL: another engine */
	struct engine_redis_settings redis_settings;
};

struct peer {
	struct fixture *f;
	struct session *session;
	GQueue replies; /* of GBytes */
	bool closed;
};

/* A fresh directory and an open bank. `settings` NULL: defaults. */
struct fixture *fixture_new(const struct bank_settings *settings);
/* A bank over this memory, which outlives it, beside others. */
struct fixture *fixture_over(struct memory *memory);
/* The same over this Redis; banks with the same prefix share their records. */
struct fixture *fixture_over_redis(const struct redis_server *redis, const char *prefix,
				   uint64_t replicas);
/* Close and open the store again, as after a restart. */
void fixture_reopen(struct fixture *f);
/* One half of that each. */
void fixture_close(struct fixture *f);
void fixture_open(struct fixture *f);
/* A directory and all in it. */
void fixture_remove(const char *path);
void fixture_free(struct fixture *f);
/* Let the store do what waits, and the engine answer. */
void fixture_settle(struct fixture *f);
/* The same for two banks, until neither has anything to do for the other. */
void fixture_settle_both(struct fixture *const f[2]);
/* Is there an answer that has not come? */
bool fixture_waits(const struct fixture *f);
/* Which engine it will be. */
bool fixture_in_memory(void);
bool fixture_on_redis(void);
bool fixture_on_cluster(void);
/* A bank over a cluster, as fixture_over_redis(). */
struct fixture *fixture_over_cluster(const struct redis_cluster *over, const char *prefix,
				     uint64_t replicas);
/* The one that all fixtures of this program share; made when first asked for. */
struct redis_cluster *fixture_cluster(void);
/* The Redis that all fixtures of this program share; made when first asked for. */
const struct redis_server *fixture_redis(void);

/* A gateway that owns `addresses` (blank-separated) in `pool`. */
struct peer *peer_new(struct fixture *f, const char *addresses, const char *pool);
void peer_free(struct peer *p);
/* Hand over a message; takes it over. */
void peer_send(struct peer *p, GBytes *message);
/* Let the store do what waits, and prefetches run. */
void peer_settle(struct peer *p);
/* The next reply, or NULL; the caller's. */
GBytes *peer_reply(struct peer *p);
/* The status of the next reply, or -1: there is none. */
int peer_next_status(struct peer *p);
/* Send, settle, and return the status of the first item of the one reply, which must carry type and
 * transaction. */
int peer_ask(struct peer *p, GBytes *message);
/* As peer_ask(), for a get: *stub is the returned container (the caller's) or NULL. */
int peer_get(struct peer *p, const struct index *ix, GBytes **stub);

struct span bytes_span(GBytes *b);

#endif
