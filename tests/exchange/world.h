/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gateways, a bank and a clock in one process: no sockets, no sleeping, the same octets at every
 * run. */
#ifndef IKESYNC_TESTS_WORLD_H
#define IKESYNC_TESTS_WORLD_H

#include <glib.h>

#include "gateway.h"
#include "memory_bank.h"
#include "memory_plane.h"

#define WORLD_GATEWAYS 3

struct world_site {
	struct world *world;
	struct gateway_config config;
	struct gateway *gateway; /* NULL: dead */
	struct endpoint endpoint;
	char name[16];
	struct rng_fixed random;
	struct memory_plane plane; /* child SAs of all its lives */
	unsigned starts;           /* no two lives of a gateway draw the same numbers */
};

struct world {
	uint64_t now_ms, utc;
	struct wheel *wheel;
	struct policy *policy;
	const struct trust *trust;           /* of gateways that start from now on; NULL: none */
	const struct credential *credential; /* the same */
	struct aaa_service aaa;              /* the same; ops NULL: none */
	struct memory_bank bank;
	struct world_site site[WORLD_GATEWAYS];
	GQueue out;                   /* GBytes: what gateways sent */
	struct gateway_path last_way; /* of the last of them */
};

/* Sites A, B and C at 192.0.2.1 to .3, of one pool, with the client fqdn:client.example, key
 * "secret". */
struct world *world_new(void);
/* The same with these peers and inner addresses, which the world then owns. */
struct world *world_new_of(struct policy *policy);
void world_free(struct world *w);
/* (Re)start a site with its config as it is now; all SAs it had are gone. */
void world_start(struct world *w, unsigned site);
void world_kill(struct world *w, unsigned site);
/* Hand over a datagram and let everything happen that follows from it. */
void world_send(struct world *w, unsigned site, const struct gateway_path *path,
		struct span octets);
/* As world_send(), but the bank's answers wait for world_run(). */
void world_send_only(struct world *w, unsigned site, const struct gateway_path *path,
		     struct span octets);
void world_run(struct world *w);
void world_advance(struct world *w, uint64_t ms);
/* The oldest message that a gateway sent and nobody took; NULL: none. */
GBytes *world_take(struct world *w);
unsigned world_pending(const struct world *w);
void world_drop_all(struct world *w);

#endif
