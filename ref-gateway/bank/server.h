/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank's listeners and connections. */
#ifndef IKESYNC_BANK_SERVER_H
#define IKESYNC_BANK_SERVER_H

#include "session.h"
#include "tool/listing.h"

struct server;

/* Listen as `bank->settings` says. `bank` needs its store only once the loop runs. NULL
 * and a GError. */
struct server *server_new(struct bank *bank, GMainContext *context, GError **error);
/* The line for daemon_ready(): "READY stub=ADDRESS:PORT [plain=ADDRESS:PORT]\n". Owned by the
 * caller. */
char *server_ready_line(const struct server *s);
/*
 * The settings have changed: trust what they trust now, on new connections and on open ones; limits count
 * from now on. Ports stay. false and a GError: certificates and keys stay as they were.
 */
bool server_reload(struct server *s, GError **error);
/* Those that are open. */
unsigned server_connections(const struct server *s);
/* A record for each connection that is up: where from, whose certificate, and what it may do. */
void server_describe(const struct server *s, struct listing *out);
/* Octets of requests and replies that wait in memory. */
size_t server_waiting(const struct server *s);
/* Take nothing more, finish what waits, answer it, close: SIGTERM. Runs the context for a few
 * seconds at most. */
void server_stop(struct server *s);
void server_free(struct server *s);

#endif
