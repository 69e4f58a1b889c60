/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What frames have to do with one another: SYN requests, their responses, and the first protected
 * exchange of a resumed SA. Written on the first pass only, in file scope; read on every pass.
 */
#ifndef IKESYNC_IKE_STATE_H
#define IKESYNC_IKE_STATE_H

#include "ike_contents.h"
#include "ike_sa.h"

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
	uint32_t response_frame;   /* 0: none seen */
	nstime_t response_time;
	uint64_t response_hash;
};

struct resume_session;

/* One `HDR, Nr`: a candidate for the resumed SA (rule 7). */
struct ike_resumed {
	struct ike_attempt *attempt;
	struct ike_octets *request, *response; /* NULL: not kept */
	struct ike_spis {
		uint8_t spii[8], spir[8];
	} key;
	struct resume_session *session; /* resume_decrypt.c */
};

/* One side of an attempt; of longer addresses than these the first octets. */
struct ike_end {
	int type, size; /* as in `address` */
	uint8_t octets[16];
};

struct story;

/* A client's new SPI between two addresses: every retry keeps it (rule 10). */
struct ike_attempt {
	struct ike_attempt_key {
		uint8_t spii[8];
		struct ike_end client, gateway;
	} key;
	uint32_t first_frame;
	nstime_t first_time;
	struct index_body idx; /* of the first SYN */
	struct ike_request *last;
	uint32_t resumed_frame;
	nstime_t resumed_time;
	uint8_t spir[8];
	struct ike_request *confirmation;
	uint64_t nonce;     /* ike_rules.c: hash of the first Ni */
	uint64_t candidate; /* and of the first hit or fallback */
	bool has_nonce, has_candidate;
	struct story *story; /* story.c */
};

/* One frame's part; NULL pointers where the other side was not captured. */
struct ike_link {
	enum ike_kind kind;
	struct ike_attempt *attempt;
	struct ike_request *request;
	uint32_t retransmission_of;   /* frame, 0: none */
	const char *info;             /* for the Info column; NULL: see `idx` */
	const struct index_body *idx; /* of a SYN, for the Info column; NULL: nothing */
	unsigned syn_faults;          /* of its SYN: enum ike_syn_fault */
};

void ike_state_init(void);

/*
 * First pass: place the message in its exchange; `sa` is what its SPIi is known for and may be NULL
 * unless the message is an IKE_SA_INIT request. Returns NULL when it is none of ours.
 */
struct ike_link *ike_state_add(packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c, struct ike_sa *sa);

/* The candidate with this SPIr, NULL when there is none; `sa` may be NULL. */
struct ike_resumed *ike_state_resumed(const struct ike_sa *sa, const uint8_t spir[8]);

/* Append to the Info column what `link` has for it; NULL is allowed. */
void ike_link_info(packet_info *pinfo, const struct ike_link *link);

#endif
