/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic Selector payloads, RFC 7296 section 3.13. */
#ifndef IKESYNC_WIRE_IKE_TS_H
#define IKESYNC_WIRE_IKE_TS_H

#include "wire/chain.h"
#include "wire/iana.h"

#define IKE_TS_MAX 32
#define IKE_TS_IPV4_ADDR_RANGE 7
#define IKE_TS_IPV6_ADDR_RANGE 8

struct ike_ts {
	uint8_t type; /* 7 or 8; others are kept by number, with zero fields */
	uint8_t ip_protocol;
	uint16_t start_port;
	uint16_t end_port;
	uint8_t start[16]; /* 4 or 16 octets */
	uint8_t end[16];
};

struct ike_ts_list {
	unsigned n;
	struct ike_ts at[IKE_TS_MAX];
};

/* ERR_TRUNCATED, ERR_LENGTH, ERR_VALUE (start above end), ERR_TOO_MANY, ERR_MISSING (none). */
IKESYNC_MUST_USE enum err ike_ts_parse(const struct chain_payload *p, struct ike_ts_list *out,
				       struct fault *fault);
/* `payload_type` is PAYLOAD_TSI or PAYLOAD_TSR. */
void ike_ts_write(struct chain_writer *w, uint8_t payload_type, const struct ike_ts_list *list);
/*
 * Does each selector of `narrow` lie within one of `wide`? What is answered to an offer must (RFC 7296 section 2.9): else the
 * peer takes traffic that nobody has offered. Selectors of unknown types lie within none.
 */
bool ike_ts_within(const struct ike_ts_list *narrow, const struct ike_ts_list *wide);
/* All addresses, protocols and ports of a family (4 or 6). */
struct ike_ts ike_ts_any(uint8_t family);

#endif
