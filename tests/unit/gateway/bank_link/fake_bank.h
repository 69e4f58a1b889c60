/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bank of a few lines in the test's own loop: it keeps the rules of acknowledgement (rule 30) for stubs of one address,
 * writes down what it did, and misbehaves on demand.
 */
#ifndef IKESYNC_TESTS_FAKE_BANK_H
#define IKESYNC_TESTS_FAKE_BANK_H

#include <glib.h>

#include "net/channel.h"

struct fake_bank {
	GMainContext *context;
	struct channel_listener *listener;
	struct channel *channel;   /* the last connection; NULL: none */
	uint16_t port;             /* kept over stop and start */
	GHashTable *stubs;         /* number -> version; 0: tombstone */
	GHashTable *last_lifetime; /* number -> seconds as received last */
	GString *done; /* "init 1.7;update 1 2.8;delete 2;" as it took effect, not repetitions */
	GQueue held;   /* replies kept back (GBytes) */
	unsigned connections, messages, items, largest, gets;
	uint8_t last_type;
	/* how it misbehaves; percentages of all messages or items */
	unsigned busy_percent, lose_percent, lose_reply_percent;
	bool hold, silent, wrong_type, no_status, wrong_stub;
	bool garbage; /* replies that cannot be read, and then it hangs up */
	uint64_t
	    poison; /* a request with this number is answered with one `malformed` for all and a close */
	GRand *random;
	/* what came in answer to push */
	uint8_t pushed_type;
	struct stub_status pushed_status;
};

void fake_bank_init(struct fake_bank *f, GMainContext *context);
void fake_bank_start(struct fake_bank *f);
/* Connections are reset. What is stored stays. */
void fake_bank_stop(struct fake_bank *f);
void fake_bank_clear(struct fake_bank *f);
/* Send what was held, the last one first, at most so many. */
void fake_bank_release(struct fake_bank *f, unsigned n);
void fake_bank_push(struct fake_bank *f, uint8_t type, uint32_t transaction);
/* -1: never heard of; 0: tombstone. */
int fake_bank_version(const struct fake_bank *f, uint64_t number);

#endif
