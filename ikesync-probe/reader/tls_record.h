/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction of a TLS 1.3 connection (RFC 8446), read with the traffic secrets of a key log: no
 * handshake is carried out, records are opened one after the other.
 */
#ifndef IKESYNC_PROBE_READER_TLS_RECORD_H
#define IKESYNC_PROBE_READER_TLS_RECORD_H

#include "reader/key_ring.h"

#define TLS_RANDOM 32
#define TLS_RECORD_MAX (5 + 16384 + 256)

/* What both directions learn from the two Hellos. */
struct tls_hello {
	bool client_seen, server_seen;
	bool stub_alpn;  /* the client offers ikesync-stub/1 */
	bool other_alpn; /* it offers something, and not that */
	bool retry;      /* the last ServerHello was a HelloRetryRequest */
	bool below_13;   /* the server chose TLS 1.2 or older */
	uint8_t client_random[TLS_RANDOM];
	uint16_t cipher;
};

enum tls_phase { TLS_HELLO, TLS_HANDSHAKE, TLS_APPLICATION };

struct tls_side {
	bool from_client;
	enum tls_phase phase;
	bool keyed;
	struct secret traffic;
	struct secret key;
	uint8_t iv[12];
	uint64_t sequence;
	/* a handshake message that goes over record boundaries: its head, and what is left of it */
	uint8_t head[4];
	unsigned head_n;
	uint32_t left;
};

enum tls_result {
	TLS_NOTHING, /* a record without data for the application */
	TLS_DATA,    /* `out` has octets */
	TLS_NO_KEYS, /* the key log does not have what is needed */
	TLS_BROKEN,  /* it does not open, or is no TLS 1.3 */
};

/*
 * Take one whole record, header included. Application data goes to `out` (TLS_RECORD_MAX octets;
 * wipe it), *n how many. After NO_KEYS and BROKEN this direction cannot be read any more.
 */
enum tls_result tls_record_take(struct tls_side *side, struct tls_hello *hello,
				const struct key_ring *keys, struct span record, uint8_t *out,
				size_t *n);
void tls_side_clear(struct tls_side *side);

#endif
