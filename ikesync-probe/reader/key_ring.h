/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that came with a capture, in it or beside it: lines of Wireshark's ikev2_decryption_table,
 * TLS key logs (SSLKEYLOGFILE), seal keys, and ikesync-probe's own lines (docs/dissector-decryption.md).
 */
#ifndef IKESYNC_PROBE_READER_KEY_RING_H
#define IKESYNC_PROBE_READER_KEY_RING_H

#include <glib.h>

#include "keys/schedule.h"
#include "keys/seal_keys.h"
#include "wire/index.h"

/* Of each kind: a capture's own block may hold anything. */
#define KEY_RING_MAX 65536
#define KEY_RING_LINE_MAX 4096

/* SK_d of an SA that may be resumed. */
struct ring_sa {
	struct index index;
	bool any_address;
	struct suite suite;
	struct secret sk_d;
	uint16_t features; /* attribute 12, where a stub told it */
	bool has_features;
	unsigned frame; /* of the stub it is from; 0: given as a key */
};

/* Keys of an SA as a gateway or a client logged them: without SK_d and SK_p. */
struct ring_row {
	uint64_t spi_i, spi_r;
	struct ike_keys keys;
};

struct key_ring {
	struct seal_keys seal;
	GArray *sas;          /* struct ring_sa */
	GHashTable *rows;     /* struct ring_row by its SPIs */
	GHashTable *tls;      /* GBytes by "LABEL client-random" */
	unsigned unsupported; /* lines with an algorithm that cannot be tried */
};

struct key_ring *key_ring_new(void);
/* Wipes. */
void key_ring_free(struct key_ring *k);

/* Take all lines of `text`. false: *line is none of these; those before it are taken. */
bool key_ring_take(struct key_ring *k, struct span text, unsigned *line);
/* Add one more; what is there already is not added again. */
void key_ring_add_sa(struct key_ring *k, const struct ring_sa *sa);
/* NULL: none. */
const struct ring_row *key_ring_row(const struct key_ring *k, uint64_t spi_i, uint64_t spi_r);
/* `label`: "CLIENT_TRAFFIC_SECRET_0". An empty span: none. */
struct span key_ring_tls(const struct key_ring *k, const char *label, struct span client_random);

#endif
