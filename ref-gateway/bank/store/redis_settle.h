/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a move that somebody left half done: its envelope is opened, or put away. */
#ifndef IKESYNC_BANK_STORE_REDIS_SETTLE_H
#define IKESYNC_BANK_STORE_REDIS_SETTLE_H

#include "redis_state.h"

enum redis_settled {
	REDIS_SETTLED,   /* there is no envelope any more under the key, or there was none */
	REDIS_UNSETTLED, /* too few replicas answer to end it, but what it comes to is known */
	REDIS_UNKNOWN,
};

/* `is`: REDIS_UNSETTLED only: the record's octets as a read may have them, empty when there is none; borrowed. */
typedef void redis_settled_fn(enum redis_settled how, struct span is, void *user);
void redis_settle(struct redis *r, const struct record_key *key, redis_settled_fn *done,
		  void *user);

#endif
