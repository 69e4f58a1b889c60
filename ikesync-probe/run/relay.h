/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP relay between a gateway under test and its bank ([variant relay]): it cannot read TLS, but
 * it can hold, release and cut. Listens for the whole run in a thread of its own, so that the
 * gateway keeps its connection between cases. All functions may be called from the run's thread at
 * any time.
 */
#ifndef IKESYNC_PROBE_RUN_RELAY_H
#define IKESYNC_PROBE_RUN_RELAY_H

#include <glib.h>

#include "net/endpoint.h"

struct relay;

enum relay_direction {
	RELAY_TO_BANK = 1 << 0,
	RELAY_TO_GATEWAY = 1 << 1,
	RELAY_BOTH = RELAY_TO_BANK | RELAY_TO_GATEWAY,
};

struct relay *relay_new(const struct endpoint *listen, const struct endpoint *bank, GError **error);
void relay_free(struct relay *r);
/* The bound endpoint (port 0 in `listen` becomes a real one). */
const struct endpoint *relay_local(const struct relay *r);

/* Stop passing octets of these directions on (enum relay_direction); they wait here. In force when
 * the call returns. */
void relay_hold(struct relay *r, unsigned directions);
/* Pass on what waits, and all that follows. */
void relay_release(struct relay *r, unsigned directions);
/* Reset every connection (RST both ways) and, while `refuse`, reset new ones at once. relay_open()
 * ends that. */
void relay_cut(struct relay *r, bool refuse);
void relay_open(struct relay *r);
/*
 * Everything as at the start: nothing held, nothing refused. Called by the runner after each case.
 */
void relay_reset(struct relay *r);

/* Octets that came in for these directions since the start, passed on or not. */
uint64_t relay_received(struct relay *r, unsigned directions);
/* Octets that wait in these directions. */
uint64_t relay_held(struct relay *r, unsigned directions);
unsigned relay_connections(struct relay *r);
/* Wait until a gateway is connected (and its bank too): true, or false after `timeout_ms`. */
bool relay_wait_connected(struct relay *r, uint64_t timeout_ms);
/* Wait until at least `octets` wait in these directions. */
bool relay_wait_held(struct relay *r, unsigned directions, uint64_t octets, uint64_t timeout_ms);

#endif
