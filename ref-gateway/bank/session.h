/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One gateway's session with the bank: requests in, replies out (wire profile rules 26 to 38). No
 * socket and no clock of its own.
 */
#ifndef IKESYNC_BANK_SESSION_H
#define IKESYNC_BANK_SESSION_H

#include "audit.h"
#include "bank_config.h"
#include "rate_limits.h"
#include "store/store.h"

struct bank_clock {
	uint64_t (*seconds)(void *ctx); /* UTC; called from the thread that applies, too */
	uint64_t (*ms)(void *ctx);      /* any monotonic clock */
	void *ctx;
};

/* What all sessions share; put together by main.c or a test, owned by it. */
struct bank {
	const struct bank_settings *settings;
	struct store *store;
	struct rate_limits *gets; /* NULL, as the next three: no limit */
	struct rate_limits *moves;
	struct rate_limits *inits; /* and updates at the same address */
	struct rate_limits *deletes;
	struct audit *audit; /* NULL: none */
	size_t
	    share; /* octets that one connection may have waiting of each kind; 0: as many as it likes */
	struct bank_clock clock;
	/* A stub at `old` has moved to a gateway that does not speak for old->address; durable. NULL: nobody is told. */
	void (*moved)(void *user, const struct index *old, const char *pool);
	void *moved_user;
};

struct session_io {
	/* One whole reply; false when it cannot be taken: the session is then silent. */
	bool (*send)(void *user, struct span message);
	/* Close once what was sent is out. Called at most once. */
	void (*close)(void *user, const char *why);
	/* A prefetch has become ready: session_pump() wants to be called. */
	void (*pump)(void *user);
};

struct session;

/* `peer` is copied. `tls`: clear stubs may come in (rule 35). All else must outlive the session. */
struct session *session_new(struct bank *bank, const struct channel_identity *peer, bool tls,
			    const struct session_io *io, void *user);
/* What is under way still takes effect; its replies are dropped. */
void session_free(struct session *s);
/* One whole message as stub_message_length() cut it; borrowed until return. */
void session_message(struct session *s, struct span message);
/* Operations that are not answered yet: for back-pressure. */
size_t session_outstanding(const struct session *s);
/* Octets of the requests that these belong to. */
size_t session_held(const struct session *s);
/*
 * Tell the peer that the stub at `old` is another gateway's now, if it is of that pool (rule 33). Once, and no answer is
 * waited for: who misses it learns it from `conflict`.
 */
void session_tell_moved(struct session *s, const struct index *old, const char *pool);
/* Send the next message of a prefetch under way, if any. true: there is more to send. */
bool session_pump(struct session *s);
bool session_pumping(const struct session *s);

#endif
