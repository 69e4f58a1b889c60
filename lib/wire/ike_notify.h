/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notify payload, RFC 7296 section 3.10. */
#ifndef IKESYNC_WIRE_IKE_NOTIFY_H
#define IKESYNC_WIRE_IKE_NOTIFY_H

#include "wire/chain.h"
#include "wire/iana.h"

struct ike_notify {
	uint8_t protocol; /* enum iana_protocol; 0 where the notify concerns no SA */
	uint16_t type;    /* enum iana_notify */
	struct span spi;  /* borrowed; empty, 4 or 8 octets */
	struct span data; /* borrowed */
};

/* ERR_TRUNCATED, ERR_LENGTH (SPI size other than 0, 4 or 8). */
IKESYNC_MUST_USE enum err ike_notify_parse(const struct chain_payload *p, struct ike_notify *out,
					   struct fault *fault);
void ike_notify_write(struct chain_writer *w, const struct ike_notify *n);
/* A notify about no SA: protocol 0, no SPI. */
void ike_notify_write_simple(struct chain_writer *w, uint16_t type, struct span data);
/* The first well-formed notify of `type`; false when there is none. */
bool ike_notify_find(const struct chain *chain, uint16_t type, struct ike_notify *out);
/* Types below 16384 report errors. */
static inline bool ike_notify_is_error(uint16_t type)
{
	return type < 16384;
}

#endif
