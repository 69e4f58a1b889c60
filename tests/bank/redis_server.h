/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Redis of the test's own, on Unix sockets in a directory that goes with it. It ends when the test does, however that ends. */
#ifndef IKESYNC_TESTS_BANK_REDIS_SERVER_H
#define IKESYNC_TESTS_BANK_REDIS_SERVER_H

#include <glib.h>

#include "store/engine_redis.h"

struct redis_server {
	char *directory, *path; /* path: the socket */
	GPtrArray *arguments;
	guint16 port; /* of 127.0.0.1; 0: none */
	GPid pid;
};

/* `more`: further arguments, ended by NULL, or NULL; the last of two that differ counts. Keeps what it acknowledges by default. */
struct redis_server *redis_server_new(const char *const *more);
/* The same with a TCP port, for replicas; and such a replica. Both have answered when these return. */
struct redis_server *redis_server_with_port(void);
struct redis_server *redis_server_replica(const struct redis_server *of);
/* kill -9, and start it again on what it had. */
void redis_server_kill(struct redis_server *s);
void redis_server_start(struct redis_server *s);
/* Kills it and removes all it had. */
void redis_server_free(struct redis_server *s);

/* Settings of an engine over it; `prefix` lives as long. Patient, for slow machines. */
struct engine_redis_settings redis_server_settings(const struct redis_server *s,
						   const char *prefix);
/* One command at once, by blanks, from beside the bank; its first line, or an error's, which the caller frees. */
char *redis_server_ask(const struct redis_server *s, const char *command);

#endif
