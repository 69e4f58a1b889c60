/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which server has what: one, or those of a cluster, which may move slots among them and take each other's place at any time. A
 * command goes to whoever has its slot, and on to whoever that one names.
 */
#ifndef IKESYNC_BANK_STORE_REDIS_NODES_H
#define IKESYNC_BANK_STORE_REDIS_NODES_H

#include "redis_link.h"

/* Two connections to each server: WAIT holds up whatever comes behind it. */
enum redis_lane { REDIS_READS, REDIS_WRITES, REDIS_LANES };

struct redis_nodes;

/* `by`: the connection that the answer came from. */
typedef void redis_routed_fn(struct redis_reply *reply, struct redis_link *by, void *user);

/* `places`: without a cluster, one of them is the primary; else where to begin. `access` must outlive it. */
struct redis_nodes *redis_nodes_new(const struct redis_access *access,
				    const struct redis_place *places, size_t n, bool cluster,
				    GMainContext *context);
/* Answer everything NULL, now and from now on. */
void redis_nodes_close(struct redis_nodes *nodes);
/* Closes first. */
void redis_nodes_free(struct redis_nodes *nodes);

bool redis_nodes_up(const struct redis_nodes *nodes);

/* As redis_link_send(). */
void redis_nodes_send(struct redis_nodes *nodes, unsigned slot, enum redis_lane lane,
		      const struct span *words, unsigned n, redis_routed_fn *done, void *user);

/* For answers that do not matter. */
void redis_nodes_ignore(struct redis_reply *reply, struct redis_link *by, void *user);
/* The connection that redis_nodes_send() would take. */
struct redis_link *redis_nodes_link(struct redis_nodes *nodes, unsigned slot, enum redis_lane lane);

/*
 * Ask who has what, and hand over a connection to each that has something: borrowed until return. none: it could not be
 * found out. From inside the call or later.
 */
typedef void redis_gathered_fn(struct redis_link *const *links, size_t n, void *user);
void redis_nodes_gather(struct redis_nodes *nodes, redis_gathered_fn *done, void *user);

#endif
