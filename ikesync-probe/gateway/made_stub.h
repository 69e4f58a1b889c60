/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs that the probe makes for a bank: every field of draft section 3.2 filled with fresh
 * content, sealed (rule 35). */
#ifndef IKESYNC_PROBE_GATEWAY_MADE_STUB_H
#define IKESYNC_PROBE_GATEWAY_MADE_STUB_H

#include "run/probe.h"
#include "wire/stub.h"

#define STUB_MADE_LIFETIME 600
#define STUB_MADE_UNKNOWN_ATTRIBUTE 60001

/* The seal outlives the lifetime of an ordinary stub by this many seconds. */
#define STUB_MADE_SEAL_MORE 60

struct made_stub {
	struct index index;
	uint32_t lifetime;
	/* probe_now() when it was sent, and when the bank had said ok; 0: it has not */
	uint64_t sent_ms, kept_ms;
	GBytes *sealed;    /* body of payload 208 */
	GBytes *container; /* body of payload 201 */
	struct stub stub;  /* what is inside; spans point into the fields below */
	char idi[64], idr[64], authority[64];
	uint8_t sk_d[32], shared_secret[32], unknown[8];
};

/* A stub at `index` with fresh content: never twice the same octets. Free with made_stub_free(). */
struct made_stub *made_stub_new(struct probe *p, const struct index *index);
/* The same with a lifetime, and a seal whose expiry is `seal_s` seconds from now (negative: past). */
struct made_stub *made_stub_with(struct probe *p, const struct index *index, uint32_t lifetime,
				 int seal_s);
/* Of `size` octets in payload 208, of which only the head of 45 means something. */
struct made_stub *made_stub_opaque(struct probe *p, const struct index *index, size_t size);
void made_stub_free(struct made_stub *m);
/* Another body of payload 208, which is taken over; the container is made anew. */
void made_stub_reseal(struct made_stub *m, GBytes *sealed);
/* Octets around the body of 208 in a container. */
size_t made_stub_overhead(const struct index *index);
/* The same sealed octets under another lifetime. */
GBytes *made_stub_container(const struct made_stub *m, uint32_t lifetime);
/*
 * The same sealed octets under an index payload of any body; empty `index_body`: no such payload.
 */
GBytes *made_stub_container_raw(const struct made_stub *m, struct span index_body);

/* A fresh random SPI at `address`. */
struct index made_stub_index(const struct address *address);

/* Are two container bodies the same but for the lifetime? Says what differs in *why (g_free). */
bool made_stub_same(GBytes *sent, GBytes *got, char **why);
/* The keys that seal this run's stubs. */
const struct seal_keys *made_stub_keys(struct probe *p);

#endif
