/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plain reading of an IKEv2 message's header and outer payload chain, with no tree and no
 * exceptions: isakmp shows the message, this only finds what matters to IKE_SA_SYN.
 */
#ifndef IKESYNC_IKE_MESSAGE_H
#define IKESYNC_IKE_MESSAGE_H

#include "base/index_body.h"
#include "base/payload_walk.h"

#define IKE_HEADER_SIZE 28
/* Rule 9. */
#define IKE_NONCE_MIN 16
#define IKE_NONCE_MAX 256
/* isakmp itself raises a dissector bug at about 245. */
#define IKE_PAYLOADS_MAX 128

/* RFC 7296 sections 3.1, 3.2 and 3.10.1; re-typed here, see docs/dissector.md. */
enum {
	IKE_EXCHANGE_SA_INIT = 34,
	IKE_EXCHANGE_AUTH = 35,
	IKE_EXCHANGE_CREATE_CHILD = 36,
	IKE_EXCHANGE_INFORMATIONAL = 37,
	IKE_FLAG_INITIATOR = 0x08,
	IKE_FLAG_RESPONSE = 0x20,
	IKE_PAYLOAD_SA = 33,
	IKE_PAYLOAD_KE = 34,
	IKE_PAYLOAD_NONCE = 40,
	IKE_PAYLOAD_NOTIFY = 41,
	IKE_PAYLOAD_VENDOR = 43,
	IKE_PAYLOAD_SK = 46,
	IKE_PAYLOAD_SKF = 53,
	IKE_PAYLOAD_LAST = 54, /* that IKEv2 has; the first is SA */
	IKE_NOTIFY_INVALID_SYNTAX = 7,
	IKE_NOTIFY_INVALID_KE = 17,
	IKE_NOTIFY_AUTHENTICATION_FAILED = 24,
	IKE_NOTIFY_FIRST_STATUS = 16384,
	IKE_NOTIFY_COOKIE = 16390,
	IKE_NOTIFY_REDIRECT = 16407,
	IKE_NOTIFY_SYN_INDEX = 49500,
	IKE_NOTIFY_SYN_BIND = 49501,
	IKE_NOTIFY_SYN_STUB = 49502,
	IKE_NOTIFY_SYN_NOT_COMMITTED = 12500,
};

struct ike_payload {
	uint8_t type;
	uint8_t next;
	uint8_t flags;   /* the second octet: C bit and RESERVED */
	unsigned offset; /* of the generic header in the tvb */
	unsigned length; /* with the generic header, as the message says */
	bool cut;        /* the capture ends inside it */
	bool over;       /* the message ends inside it */
};

struct ike_chain {
	unsigned n;
	bool broken;  /* ended before a payload with Next Payload 0 was whole */
	bool fault;   /* broken, and not by the capture's end or by our own limit */
	unsigned end; /* behind the last whole payload */
	struct ike_payload at[IKE_PAYLOADS_MAX];
};

struct ike_message {
	tvbuff_t *tvb;
	unsigned offset;
	uint8_t spii[8];
	uint8_t spir[8];
	uint8_t next;
	uint8_t exchange;
	uint8_t flags;
	uint32_t mid;
	uint32_t length; /* as the header says */
	bool overlong;   /* and that is more than there was room for */
	unsigned end;    /* of what is captured of it */
	struct ike_chain chain;
};

/*
 * Walk the chain in [offset, end) of `tvb`; stops at Next Payload 0, at SK and SKF, or at a fault.
 * `snapped`: `end` is the end of the capture, not of the message.
 */
void ike_chain_read(tvbuff_t *tvb, unsigned offset, unsigned end, bool snapped, uint8_t first,
		    struct ike_chain *out);

/*
 * Read the message at `offset`; no octet at or after `limit` belongs to it, whatever its Length
 * says; `snapped`: because the capture ends there. False when it is no IKEv2 header or the header
 * is cut.
 */
bool ike_message_read(tvbuff_t *tvb, unsigned offset, unsigned limit, bool snapped,
		      struct ike_message *out);

/* Notify type, and where the data is; false when too short. */
struct ike_notify {
	uint8_t protocol;
	uint8_t spi_size;
	uint16_t type;
	unsigned data;
	unsigned data_length;
};
bool ike_notify_read(tvbuff_t *tvb, const struct ike_payload *p, struct ike_notify *out);

/* The index of the SA if a gateway has sent this message: its own SPI and address (rule 5). */
struct index_body ike_message_index(const packet_info *pinfo, const struct ike_message *m);

/* Is it too large for rule 23? IP and UDP headers count, the marker of port 4500 does not. */
bool ike_message_exceeds_ip(const packet_info *pinfo, const struct ike_message *m);

/* A hash of all that is captured of the message: a retransmission, or a new request? */
uint64_t ike_message_hash(const struct ike_message *m);

#endif
