/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway did at the probe's bank: its connections, and what it asked, in order. */
#ifndef IKESYNC_PROBE_BANK_BANK_ROLE_LOG_H
#define IKESYNC_PROBE_BANK_BANK_ROLE_LOG_H

#include "bank/bank_role.h"

/* Is a gateway connected, its certificate seen? Waits at most `ms`. */
bool bank_role_await_connected(struct bank_role *r, uint64_t ms);
struct bank_role_counts bank_role_counts(struct bank_role *r);
/* Wait until so many connections have been accepted, and have ended, in all. */
bool bank_role_await_counts(struct bank_role *r, unsigned accepted, unsigned ended, uint64_t ms);
/* Why the last connection that ended did; "" none. Interned. */
const char *bank_role_why(struct bank_role *r);
/* What the gateway's certificate says, of the last connection that came up; false: there was none. */
bool bank_role_peer(struct bank_role *r, struct channel_identity *out);

/* How long the log is: a place to look from. */
unsigned bank_role_mark(struct bank_role *r);
/* Entry `i` of the log; it lives until bank_role_reset(). */
const struct bank_asked *bank_role_entry(struct bank_role *r, unsigned i);
/*
 * The first entry from `mark` on that asks `type` of `ix` (NULL: of any): waits for it at most `ms`.
 * NULL: none came. It lives until bank_role_reset().
 */
const struct bank_asked *bank_role_await(struct bank_role *r, uint8_t type, const struct index *ix,
					 unsigned mark, uint64_t ms);
/* How many there are from `mark` on. */
unsigned bank_role_count(struct bank_role *r, uint8_t type, const struct index *ix, unsigned mark);
/* Messages that could not be read, since the last reset; *why (interned) what was wrong with the last. */
unsigned bank_role_unreadable(struct bank_role *r, const char **why);

#endif
