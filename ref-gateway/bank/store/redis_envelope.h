/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A move between two slots of a cluster, which nothing there can do at once. The new record's place is first taken by an envelope:
 * what was there, what will be, and whose move it is. Then the old record's slot decides: there, in one step, the old record is
 * swapped and the decision written beside it. Then the envelope is opened. Whoever meets one asks for the decision, or makes
 * it: no record begins with the octet that an envelope begins with.
 */
#ifndef IKESYNC_BANK_STORE_REDIS_ENVELOPE_H
#define IKESYNC_BANK_STORE_REDIS_ENVELOPE_H

#include <glib.h>

#include "redis_key.h"

#define REDIS_MOVE_ID 16

struct redis_envelope {
	uint8_t id[REDIS_MOVE_ID]; /* random */
	struct record_key old;     /* the record that decides */
	struct span before, after; /* before: empty when there was none */
};

bool redis_envelope_is(struct span octets);
GByteArray *redis_envelope_write(const struct redis_envelope *e);
/* Borrows. false: it is none. */
bool redis_envelope_parse(struct span octets, struct redis_envelope *out);

/* Where its decision is: in the slot of the old record. */
struct redis_decision {
	char text[REDIS_KEY_MAX + 2 * REDIS_MOVE_ID];
	size_t n;
	unsigned slot;
};
/* false: the old record's key is none. */
bool redis_envelope_decision(const char *prefix, const struct redis_envelope *e,
			     struct redis_decision *out);

#endif
