/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in a capture: its IKE messages, its stub messages, the keys that came with it, and
 * what could not be read and why. Frames are counted from 1, as Wireshark does.
 */
#ifndef IKESYNC_PROBE_READER_READING_H
#define IKESYNC_PROBE_READER_READING_H

#include <glib.h>

#include "keys/seal_keys.h"
#include "net/endpoint.h"
#include "reader/key_ring.h"
#include "wire/chain.h"

/* More is not kept of one capture (and said in `unread`): it must not fill the machine. */
#define READING_MESSAGES_MAX 100000
#define READING_OCTETS_MAX ((size_t)256 << 20)
#define READING_NOTES_MAX 64

/* One IKE message. */
struct seen_message {
	unsigned frame;
	uint64_t ns; /* since 1970 UTC */
	struct endpoint from, to;
	uint8_t *octets; /* without the non-ESP marker */
	size_t n;
	struct ike_header header; /* as far as it could be read */
	struct fault fault;       /* of header or outer chain; err is ERR_OK for a sound one */
};

/* One stub message. */
struct seen_stub {
	unsigned frame; /* that completed it */
	uint64_t ns;
	struct endpoint client, server; /* who opened the connection, and its other end */
	bool from_client;
	bool clear; /* plain TCP */
	uint8_t *octets;
	size_t n;
};

struct reading {
	unsigned frames;
	uint64_t first_ns, last_ns;
	GPtrArray *messages; /* struct seen_message *, by frame */
	GPtrArray *stubs;    /* struct seen_stub *, by frame */
	GPtrArray *unread;   /* char *: what could not be read, and why */
	unsigned tls_frame;  /* first that carries TLS to or from a bank; 0: none */
	bool stubs_unread;   /* stub traffic is there that could not be read */
	bool tail_lost;      /* the file ends inside a packet, or more was not kept */
	bool bank_announced; /* ALPN ikesync-stub/1 was offered */
	uint8_t syn_type;
	size_t octets; /* kept so far */
	struct key_ring *keys;
};

struct reading *reading_new(uint8_t syn_type);
void reading_free(struct reading *r);

/* Note that something could not be read; the same text once. */
void reading_unread(struct reading *r, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Keep copies. Too many: noted, not kept. */
void reading_add_message(struct reading *r, const struct seen_message *like, struct span octets);
void reading_add_stub(struct reading *r, const struct seen_stub *like, struct span octets);

static inline struct span seen_octets(const struct seen_message *m)
{
	return span_of(m->octets, m->n);
}

/* The payloads outside an Encrypted one; false: broken. `out` then holds those before the break. */
bool seen_chain(const struct reading *r, const struct seen_message *m, struct chain *out);

#endif
