/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What frames have to do with one another: SYN requests, their responses, and the first protected
 * exchange of a resumed SA. Written on the first pass only, in file scope; read on every pass.
 */
#ifndef IKESYNC_IKE_STATE_H
#define IKESYNC_IKE_STATE_H

#include "base/frame_mark.h"
#include "ike/ike_contents.h"
#include "ike/ike_sa.h"

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
	/* Answers to the confirmation that were read and do not confirm. */
	IKE_KIND_BIND_REFUSED = 13, /* AUTHENTICATION_FAILED */
	IKE_KIND_UNBOUND = 14,      /* without BIND */
	IKE_KIND_MISBOUND = 15,     /* with a wrong one */
	IKE_KIND_UNVERIFIED = 16,   /* message ID 1 or its answer, not made with this SA's keys */
};

/* An IKE_SA_INIT message as it was, without the non-ESP marker; file scope. */
struct ike_octets {
	uint8_t *p;
	unsigned n; /* 0: of the message only the nonce is left */
	uint16_t nonce, nonce_n;
};

struct ike_request {
	struct frame_mark seen;
	struct frame_mark response; /* no frame: none seen */
	uint64_t hash, response_hash;
	struct ike_octets *octets; /* NULL: cut, or without a nonce */
	struct ike_request *older; /* of the same attempt */
	unsigned length;           /* as its header says */
	enum ike_kind response_kind : 8;
	unsigned syn_faults : 8; /* enum ike_syn_fault */
	bool verified : 1, response_verified : 1;
	bool cookie : 1;   /* it brings one back */
	bool faulty : 1;   /* its SYN is none that a gateway looks at (rule 4) */
	bool unserved : 1; /* its header is none of an IKE_SA_INIT request (clause 59.3) */
	bool critical : 1; /* an unknown payload of it must not be skipped */
	bool no_nonce : 1; /* it has none, or one of a size that none has */
};

struct resume_session;

/* What is known of the BIND in a confirmation. */
enum ike_bind {
	IKE_BIND_UNREAD,  /* nobody could look */
	IKE_BIND_PRESENT, /* there is one, and nobody could calculate it */
	IKE_BIND_RIGHT,
	IKE_BIND_WRONG,
	IKE_BIND_MISSING,
};

#define IKE_VARIANTS_MAX 4

/* Responses with one SPIr, of which all but one may be forged. */
struct ike_variants {
	unsigned n;
	struct ike_octets *of[IKE_VARIANTS_MAX];
};

/* One `HDR, Nr`: a candidate for the resumed SA (rule 7). */
struct ike_resumed {
	struct ike_attempt *attempt;
	struct ike_octets *request, *response; /* NULL: not kept */
	struct ike_variants
	    *variants; /* NULL: `response` alone, else that is the likeliest so far */
	struct ike_spis {
		uint8_t spii[8], spir[8];
	} key;
	struct ike_request *confirmation; /* message ID 1; NULL: not seen */
	struct resume_session *session;   /* resume_decrypt.c */
	struct frame_mark seen;           /* where it was accepted */
	uint32_t ended;                   /* frame of an answer that ended it; 0: none seen */
	enum ike_bind bind : 8;           /* what the confirmation brought */
	enum ike_kind answered : 8;       /* by the answer that counts; NONE: not yet */
	bool announced : 1;               /* the gateway sent its Vendor ID */
	bool asked : 1;                   /* the gateway has sent a request of its own */
};

/* One side of an attempt; of longer addresses than these the first octets. */
struct ike_end {
	uint8_t type, zero; /* as in `address` */
	uint16_t size;
	uint8_t octets[16];
};

struct ike_attempt_key {
	uint8_t spii[8];
	struct ike_end client, gateway;
};

/* A `HDR, Nr` that was captured before its request, if there is one. */
struct ike_early {
	struct ike_attempt_key key;
	struct ike_link *link;
	struct ike_octets *octets;
	uint64_t hash;
	uint8_t spir[8];
	bool announced;
	struct frame_mark seen;
};

struct story;

#define IKE_COOKIES_MAX 8

/* Hashes of those that were demanded of an attempt; ike_rules.c. */
struct ike_cookies {
	unsigned n; /* may be more than are kept */
	uint64_t hash[IKE_COOKIES_MAX];
};

/* A client's new SPI between two addresses: every retry keeps it (rule 10). */
struct ike_attempt {
	struct ike_attempt_key key;
	struct frame_mark first;
	struct frame_mark resumed; /* the first candidate; no frame: none */
	struct index_body idx;     /* of the first SYN that is not malformed */
	bool faulty : 1;           /* there was none so far */
	bool has_nonce : 1, has_candidate : 1;
	bool announced : 1; /* the client sent its Vendor ID */
	struct ike_request *last;
	uint64_t nonce;              /* hash of the first Ni */
	uint64_t candidate;          /* ike_rules.c: hash of the first hit or fallback */
	struct ike_cookies *cookies; /* NULL: none */
	struct story *story;         /* story.c */
};

/* What a message has in the Info column. */
enum ike_info {
	IKE_INFO_KIND,  /* what its kind has */
	IKE_INFO_INDEX, /* a SYN with the attempt's index */
	IKE_INFO_OTHER, /* a SYN with another one: the link is an ike_link_other */
	IKE_INFO_CUT,
	IKE_INFO_MALFORMED,
};

/* One frame's part; NULL pointers where the other side was not captured. */
struct ike_link {
	struct ike_attempt *attempt;
	struct ike_request *request;
	struct ike_resumed *candidate; /* of a protected message */
	uint32_t retransmission_of;    /* frame, 0: none */
	enum ike_kind kind : 8;
	enum ike_kind replaces : 8; /* the answer that counted for it so far; NONE: none did */
	enum ike_info info : 4;
	unsigned syn_faults : 8; /* of its SYN: enum ike_syn_fault */
	bool confirms : 1;       /* it is a confirmation, whether or not it verifies */
	bool first_request : 1;  /* the candidate's first one */
	bool first_answer : 1;   /* the first one to `request` */
	bool differs : 1;        /* another answer to message ID 1 verified, too */
};

struct ike_link_other {
	struct ike_link link;
	struct index_body idx;
};

void ike_state_init(void);

/*
 * First pass: place the message in its exchange; `sa` is what its SPIi is known for and may be NULL
 * unless the message is an IKE_SA_INIT request. Returns NULL when it is none of ours.
 */
struct ike_link *ike_state_add(packet_info *pinfo, const struct ike_message *m,
			       const struct ike_contents *c, struct ike_sa *sa);

/* Is this an answer to the confirmation? (IKE_KIND_UNVERIFIED can be the confirmation, too.) */
bool ike_kind_answers(enum ike_kind kind);

/* Its responses: see `variants`. */
unsigned ike_state_variants(const struct ike_resumed *r);
struct ike_octets *ike_state_variant(const struct ike_resumed *r, unsigned i);

/* The candidate with this SPIr, NULL when there is none; `sa` may be NULL. */
struct ike_resumed *ike_state_resumed(const struct ike_sa *sa, const uint8_t spir[8]);

#endif
