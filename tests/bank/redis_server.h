/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Redis of the test's own, on Unix sockets in a directory that goes with it. It ends when the test does, however that ends. */
#ifndef IKESYNC_TESTS_BANK_REDIS_SERVER_H
#define IKESYNC_TESTS_BANK_REDIS_SERVER_H

#include <glib.h>

#include "store/engine_redis.h"

struct redis_server {
	char *directory, *path; /* path: the socket */
	GPtrArray *arguments;
	guint16 port;     /* of 127.0.0.1; 0: none */
	guint16 bus;      /* of a cluster's server; 0: it is none */
	guint ports_from; /* where they stand among the arguments */
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
/* The same on the same ports, as one of a cluster must. */
void redis_server_restart(struct redis_server *s);
/* Kills it and removes all it had. */
void redis_server_free(struct redis_server *s);

/* Three primaries, and a replica of each, with TLS on port and bus; all slots are served when this returns. */
#define REDIS_CLUSTER 6
struct redis_cluster {
	struct redis_server
	    *server[REDIS_CLUSTER]; /* primaries first; server[i + 3] is that of server[i] */
	char *pki;
	struct channel_tls *tls; /* for a client */
};
struct redis_cluster *redis_cluster_new(void);
void redis_cluster_free(struct redis_cluster *c);
struct engine_redis_settings redis_cluster_settings(const struct redis_cluster *c,
						    const char *prefix);
/* Wait until the answer to `command` contains `text`. false: half a minute was not enough. */
bool redis_server_await(const struct redis_server *s, const char *command, const char *text);
/* Where the slot of the record is now; borrowed. */
struct redis_server *redis_cluster_server_of(const struct redis_cluster *c, const char *address);
/* A key's octets, the caller's; NULL: there are none. */
GBytes *redis_server_get(const struct redis_server *s, const char *key);
void redis_server_set(const struct redis_server *s, const char *key, struct span value);

/* Settings of an engine over it; `prefix` lives as long. Patient, for slow machines. */
struct engine_redis_settings redis_server_settings(const struct redis_server *s,
						   const char *prefix);
/* One command at once, by blanks ("%b": an empty word), from beside the bank; its first line, or an error's, which the caller frees. */
char *redis_server_ask(const struct redis_server *s, const char *command);

#endif
