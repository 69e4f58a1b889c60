/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bank with its sockets and its writer's thread, and gateways that call it. */
#ifndef IKESYNC_TESTS_BANK_WORLD_H
#define IKESYNC_TESTS_BANK_WORLD_H

#include "fixture.h"
#include "server.h"

struct world {
	char *directory;
	GPtrArray *paths; /* owned */
	struct memory *memory;
	struct bank_settings settings;
	struct bank bank;
	struct server *server;
	struct endpoint stub, plain;
	struct channel_tls *tls;
};

/* A client that keeps every message it gets. */
struct caller {
	struct channel *channel;
	bool up, gone;
	GQueue messages;
};

/* Seconds that the bank's time of day is ahead. */
extern uint64_t world_ahead;
/* UTC; for `ctx` NULL ours, else the bank's. */
uint64_t world_seconds(void *ctx);

struct world *world_new(uint64_t max_connections);
void world_free(struct world *w);
/* A file in its directory; lives as long as the world. */
const char *world_path(struct world *w, const char *name);

/* Connect; `tls` NULL: plain TCP. */
struct caller *world_call(const struct endpoint *to, struct channel_tls *tls);
/* The same with the certificate `name`.pem. */
struct caller *world_caller_of(struct world *w, const char *name);
/* Run the loop until there are `n` messages, or the connection is gone. */
bool world_await(struct caller *c, unsigned n);
/* Frees it. */
void world_hang_up(struct caller *c);
/* Takes the message over. */
void world_send(struct caller *c, GBytes *message);
const uint8_t *world_octets(GBytes *b);
/* Send, and the status of the first item of the reply. */
int world_ask(struct caller *c, GBytes *message);
/* Does the bank still talk with it? */
bool world_answers(struct caller *c);

#endif
