/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two directions of an ESP SA (RFC 4303): numbers, window, padding. No address and no selector. */
#ifndef IKESYNC_IPSEC_ESP_SA_H
#define IKESYNC_IPSEC_ESP_SA_H

#include "ipsec/esp_replay.h"
#include "ipsec/esp_transform.h"
#include "keys/rng.h"
#include "keys/secret.h"

#define ESP_NEXT_IPV4 4
#define ESP_NEXT_IPV6 41
#define ESP_NEXT_DUMMY 59
/* Padding of a block, Pad Length and Next Header: what a text may grow by. */
#define ESP_TRAILER_MAX 32
/* What a packet may have more than its text. */
#define ESP_OVERHEAD_MAX (ESP_HEADER_SIZE + ESP_IV_MAX + ESP_TRAILER_MAX + ESP_ICV_MAX)

/* Idle SAs are many and ciphers are large: keyed with the first packet. */
struct esp_key {
	uint32_t spi;
	struct suite_esp suite;
	struct esp_sizes sizes;
	struct secret encr, integ;
	struct esp_transform *transform; /* NULL: not used yet */
};

struct esp_out {
	struct esp_key key;
	uint64_t sequence; /* the last one used */
};

struct esp_in {
	struct esp_key key;
	struct esp_replay replay;
};

/* Keys are copied. ERR_UNSUPPORTED. Clear with esp_key_clear(), which wipes. */
IKESYNC_MUST_USE enum err esp_key_init(struct esp_key *k, uint32_t spi, const struct suite_esp *s,
				       const struct secret *encr, const struct secret *integ);
void esp_key_clear(struct esp_key *k);

/* Unpredictable IVs for CBC, drawn many at a time. Zeroed but for `rng`: empty. */
struct esp_iv_source {
	struct rng rng;
	unsigned left;
	uint8_t octets[ESP_IV_MAX * 64];
};

/* Octets of the packet that carries n. */
size_t esp_out_size(const struct esp_out *o, size_t n);
/*
 * Add the trailer to `text`, which has room for ESP_TRAILER_MAX behind its n octets, and write the packet, esp_out_size(n) octets.
 * false: the numbers are used up (RFC 4303 section 3.3.3), or OpenSSL fails.
 */
bool esp_out_seal(struct esp_out *o, struct esp_iv_source *ivs, uint8_t next_header, uint8_t *text,
		  size_t n, uint8_t *packet);
/* So many numbers are used that it is time for a rekey. */
bool esp_out_worn(const struct esp_out *o);

enum esp_verdict { ESP_GOOD, ESP_MALFORMED, ESP_REPLAYED, ESP_BAD_ICV, ESP_BAD_PADDING };

struct esp_opened {
	struct span payload; /* in `out`; of a tunnel it may end in TFC padding (section 2.7) */
	uint8_t next_header;
	bool newest; /* no packet of a higher number came before */
};

/* `out` takes packet.n octets. Unless GOOD nothing of it is to be used. */
enum esp_verdict esp_in_open(struct esp_in *i, struct span packet, uint8_t *out,
			     struct esp_opened *opened);

#endif
