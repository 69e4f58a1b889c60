/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HMAC of many packets under one key: both pads are hashed once, and no packet allocates. */
#ifndef IKESYNC_IPSEC_ESP_HMAC_H
#define IKESYNC_IPSEC_ESP_HMAC_H

#include <stdbool.h>

#include "wire/span.h"

struct esp_hmac;

/* `integ` as in enum iana_integ. NULL: not implemented, or a key of another length than RFC 2404 or 4868 have. Free with esp_hmac_free(). */
struct esp_hmac *esp_hmac_new(uint16_t integ, struct span key);
void esp_hmac_free(struct esp_hmac *h); /* wipes */
/* Of both parts; `out` takes the whole digest, 64 octets at most. */
#define ESP_HMAC_MAX 64
void esp_hmac_of(const struct esp_hmac *h, struct span first, struct span second,
		 uint8_t out[static ESP_HMAC_MAX]);

#endif
