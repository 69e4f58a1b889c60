/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to a Redis that comes back by itself: commands go out as they are given, and are answered in order. It is up
 * once the server has let us in, is a primary, keeps what it acknowledges, and knows our scripts; a server that stops being so is left.
 */
#ifndef IKESYNC_BANK_STORE_REDIS_LINK_H
#define IKESYNC_BANK_STORE_REDIS_LINK_H

#include "net/channel.h"
#include "redis_reply.h"

/* Where a server may be. */
struct redis_place {
	const char *path; /* of a Unix socket; NULL: `at` */
	struct endpoint at;
};

/* How to get into any server; borrowed, must outlive the link. */
struct redis_access {
	struct channel_tls *tls; /* NULL: plain */
	const char *server_name; /* in its certificate; NULL: its address */
	const char *user;        /* NULL: the default one */
	const char *password;    /* NULL: none */
	unsigned timeout_ms;     /* without an answer, it is gone */
	bool unchecked;          /* a server that hides its configuration is taken at its word */
};

struct redis_link;

/* NULL: the connection was lost, and nobody knows whether the command had effect. Else the receiver's. */
typedef void redis_done_fn(struct redis_reply *reply, void *user);

enum redis_manner {
	REDIS_QUIET = 1, /* another link tells of the same server */
	REDIS_IMPATIENT =
	    2, /* what waits is answered as soon as the server cannot be reached: another may have its place */
};

/* To whichever of `places` (copied; their paths are not) is a primary. `manner`: of enum redis_manner. */
struct redis_link *redis_link_new(const struct redis_access *access,
				  const struct redis_place *places, size_t n, GMainContext *context,
				  unsigned manner);
/* Answer everything NULL, now and from now on. */
void redis_link_close(struct redis_link *l);
/* Closes first. NULL is none. */
void redis_link_free(struct redis_link *l);

/*
 * Copied and sent. While the connection is not up, it waits for that, but not longer than the timeout; and is answered NULL from
 * inside this call when it has been down for so long already.
 */
void redis_link_send(struct redis_link *l, const struct span *words, unsigned n,
		     redis_done_fn *done, void *user);

/* A command as it goes over the wire, of the C library's memory. */
char *redis_link_format(const struct span *words, unsigned n, size_t *length);
/* As redis_link_send(), with such octets. */
void redis_link_forward(struct redis_link *l, struct span octets, redis_done_fn *done, void *user);

/* The server that it is, or was last, connected with. */
const struct redis_place *redis_link_place(const struct redis_link *l);
bool redis_link_up(const struct redis_link *l);
/* Why not, as it was last; `*for_good`: trying again will not help. */
const char *redis_link_trouble(const struct redis_link *l, bool *for_good);

#endif
