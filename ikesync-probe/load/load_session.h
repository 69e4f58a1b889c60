/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a session between login and resumption: 16 octets and SK_d. */
#ifndef IKESYNC_PROBE_LOAD_SESSION_H
#define IKESYNC_PROBE_LOAD_SESSION_H

#include <glib.h>

#include "keys/schedule.h"
#include "wire/index.h"

enum load_state { LOAD_NEW, LOAD_OPEN, LOAD_RESUMED, LOAD_LOST };

struct load_session {
	uint64_t spi; /* of its index */
	uint32_t
	    begun_us; /* of its handshake: since the run's start, a little more than an hour at most, then around */
	uint8_t address; /* of its index: one of those in the store */
	uint8_t state;   /* enum load_state */
	uint8_t tries;
	uint8_t spare;
};

struct load_sessions {
	unsigned n;
	struct load_session *at;
	uint8_t *sk_d; /* n times sk_d_n */
	size_t sk_d_n;
	unsigned n_addresses;
	struct address addresses[16];
};

/* false: no memory. */
bool load_sessions_init(struct load_sessions *s, unsigned n, size_t sk_d_n);
/* Wipes. */
void load_sessions_clear(struct load_sessions *s);
/* Keep the SA with these keys and that index. false: more addresses than there are gateways for. */
bool load_sessions_keep(struct load_sessions *s, unsigned i, const struct index *ix,
			const struct ike_keys *keys);
struct index load_sessions_index(const struct load_sessions *s, unsigned i);
/* Copies; wipe it. */
struct secret load_sessions_sk_d(const struct load_sessions *s, unsigned i);
size_t load_sessions_octets(const struct load_sessions *s);

#endif
