/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The traffic selectors of a child SA (RFC 4301 section 4.4.1, RFC 7296 section 2.9): may a packet go through it? */
#ifndef IKESYNC_IPSEC_ESP_SELECTORS_H
#define IKESYNC_IPSEC_ESP_SELECTORS_H

#include "ipsec/ip_packet.h"
#include "wire/ike_ts.h"

struct esp_selectors; /* as many as there are, in one piece */

/* Copied. Free with esp_selectors_free(). */
struct esp_selectors *esp_selectors_new(const struct ike_ts_list *ours,
					const struct ike_ts_list *theirs);
void esp_selectors_free(struct esp_selectors *s);
/* From the peer to us. */
bool esp_selectors_admit(const struct esp_selectors *s, const struct ip_packet *p);
/* From us to the peer. */
bool esp_selectors_carry(const struct esp_selectors *s, const struct ip_packet *p);

/* The addresses of the peer's i-th: the prefix that covers them. false: there is no i-th. */
bool esp_selectors_prefix(const struct esp_selectors *s, unsigned i, struct address *network,
			  unsigned *length);

#endif
