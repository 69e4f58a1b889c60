/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What frames have to do with one another: SYN requests, their responses, and the first protected
 * exchange of a resumed SA. Written on the first pass only, in file scope; read on every pass.
 */
#ifndef IKESYNC_IKE_STATE_H
#define IKESYNC_IKE_STATE_H

#include "ike_message.h"

/* What a message is to its exchange; shown as ikesync.exchange. */
enum ike_kind {
	IKE_KIND_NONE = 0, /* nothing of ours */
	IKE_KIND_REQUEST = 1,
	IKE_KIND_RESUMED = 2,
	IKE_KIND_FALLBACK = 3,
	IKE_KIND_COOKIE = 4,
	IKE_KIND_OTHER_GROUP = 5,
	IKE_KIND_REFUSED = 6,
	IKE_KIND_NEITHER = 7,
	IKE_KIND_CONFIRMATION = 8,
	IKE_KIND_CONFIRMED = 9,
	IKE_KIND_IGNORED = 10,
	IKE_KIND_ANSWER = 11, /* to the confirmation, but what it says cannot be read */
	IKE_KIND_NOT_COMMITTED = 12,
};

/* An IKE_SA_INIT message as it was, without the non-ESP marker; file scope. */
struct ike_octets {
	unsigned n, nonce, nonce_n; /* where the nonce stands */
	uint8_t p[];
};

struct ike_request {
	uint32_t frame;
	nstime_t time;
	uint64_t hash;
	struct ike_octets *octets; /* NULL: nothing to decrypt with, or cut */
	uint32_t response_frame; /* 0: none seen */
	nstime_t response_time;
	uint64_t response_hash;
};

struct resume_session;

/* One `HDR, Nr`: a candidate for the resumed SA (rule 7). */
struct ike_resumed {
	struct ike_attempt *attempt;
	struct ike_octets *request, *response; /* NULL: not kept */
	uint8_t spii[8], spir[8];
	struct resume_session *session; /* resume_decrypt.c */
};

struct story;
struct ike_attempt {
	uint32_t first_frame;
	nstime_t first_time;
	struct index_body index; /* of the first SYN */
	struct ike_request *last;
	uint32_t resumed_frame;
	nstime_t resumed_time;
	uint8_t spir[8];
	struct ike_request *confirmation;
	struct story *story; /* story.c */
};

/* One frame's part; NULL pointers where the other side was not captured. */
struct ike_link {
	enum ike_kind kind;
	struct ike_attempt *attempt;
	struct ike_request *request;
	uint32_t retransmission_of; /* frame, 0: none */
	char *info;                 /* text for the Info column, or NULL */
	unsigned syn_faults;        /* of its SYN: enum ike_syn_fault */
};

/* What a message's payloads say, before any history. */
struct ike_contents {
	unsigned syns;
	const struct ike_payload *syn; /* the first one */
	struct index_body index;       /* of the first one */
	unsigned syn_faults;           /* enum ike_syn_fault */
	bool sa, ke, nonce, vendor;
	unsigned nonce_length;
	unsigned nonce_offset; /* of its octets in the tvb */
	uint16_t cookie, error; /* error: first error notify type */
	bool invalid_ke, redirect, bind, not_committed;
};

/* A SYN with one of these is ignored by the gateway (rules 3 and 4). */
enum ike_syn_fault {
	IKE_SYN_LENGTH = 0x01,
	IKE_SYN_C_BIT = 0x02,
	IKE_SYN_ZERO_SPI = 0x04,
	IKE_SYN_ADDRESS = 0x08,
	IKE_SYN_SECOND = 0x10,
	IKE_SYN_CHAIN = 0x20, /* breaks behind it */
};

void ike_state_init(void);

/* Read the payloads of `m`; `syn_type` is the payload type of IKE_SA_SYN. */
void ike_contents_read(const struct ike_message *m, uint8_t syn_type, struct ike_contents *out);

/* Add the notifies of the decrypted payloads in `tvb`, the first of which has type `first`. */
void ike_contents_decrypted(tvbuff_t *tvb, uint8_t first, struct ike_contents *out);

/* First pass: place the message in its exchange. Returns NULL when it is none of ours. */
struct ike_link *ike_state_add(packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c);

/* The candidate with these SPIs, NULL when there is none. */
struct ike_resumed *ike_state_resumed(const uint8_t spii[8], const uint8_t spir[8]);

#endif
