/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction's cipher (RFC 3602, 4106, 4868, 7634): keyed once, then packet after packet without an allocation. It knows
 * neither windows nor trailers.
 */
#ifndef IKESYNC_IPSEC_ESP_TRANSFORM_H
#define IKESYNC_IPSEC_ESP_TRANSFORM_H

#include "keys/suite.h"

#define ESP_HEADER_SIZE 8
#define ESP_IV_MAX 16
#define ESP_ICV_MAX 32

struct esp_sizes { /* octets */
	uint8_t iv, icv;
	uint8_t
	    block; /* payload with trailer is a multiple of it: 4 at least (RFC 4303 section 2.4) */
	bool aead;
};

/* ERR_UNSUPPORTED. */
IKESYNC_MUST_USE enum err esp_sizes(const struct suite_esp *s, struct esp_sizes *out);

struct esp_transform;

/* `encr` with the salt, where there is one; `seal`: for sending. NULL: OpenSSL or the lengths refuse it. */
struct esp_transform *esp_transform_new(const struct suite_esp *s, struct span encr,
					struct span integ, bool seal);
void esp_transform_free(struct esp_transform *t); /* wipes */

/*
 * `packet` begins with SPI, sequence number and IV; the ciphertext of `text` (whole blocks; may lie where the ciphertext goes) and the
 * ICV are written behind them. `seq`: all 64 bits, of which the upper half counts with ESN alone.
 */
bool esp_transform_seal(struct esp_transform *t, uint64_t seq, struct span text, uint8_t *packet);
/* The ICV is checked first, or together; `out` takes the ciphertext's length and is wiped when it is wrong. */
bool esp_transform_open(struct esp_transform *t, uint64_t seq, struct span packet, uint8_t *out);

#endif
