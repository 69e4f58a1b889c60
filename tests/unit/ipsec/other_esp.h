/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ESP packets made and read by libgcrypt, from the RFCs and not from lib/ipsec. */
#ifndef IKESYNC_TESTS_OTHER_ESP_H
#define IKESYNC_TESTS_OTHER_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct other_suite {
	const char *text;       /* as suite_esp_from_text() reads it */
	int cipher, mode, hash; /* gcrypt's; hash 0: AEAD; cipher 0: none */
	unsigned key, salt, integ, iv, icv, block;
};

#define OTHER_SUITES 13
extern const struct other_suite other_suites[OTHER_SUITES];

struct other_packet {
	uint32_t spi;
	uint64_t seq;
	bool esn;
	const uint8_t *encr, *integ; /* keys; encr with the salt */
	uint8_t iv[16];
	uint8_t next;
	unsigned extra; /* whole blocks of padding more than are needed */
	bool raw;       /* the text has its trailer already */
	const uint8_t *text;
	size_t n;
};

/* Octets of the packet. */
size_t other_esp_make(const struct other_suite *s, const struct other_packet *p, uint8_t *out);
/* Verify and decrypt: octets of text with trailer into `out`; 0: wrong. */
size_t other_esp_read(const struct other_suite *s, const struct other_packet *keys,
		      const uint8_t *packet, size_t n, uint8_t *out);

#endif
