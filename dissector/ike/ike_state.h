/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What frames have to do with one another: SYN requests, their responses, and the first protected
 * exchange of a resumed SA. Written on the first pass only, in file scope; read on every pass.
 */
#ifndef IKESYNC_IKE_STATE_H
#define IKESYNC_IKE_STATE_H

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
	unsigned n, nonce, nonce_n; /* where the nonce stands */
	uint8_t p[];
};

struct ike_request {
	uint32_t frame;
	nstime_t time;
	uint64_t hash;
	struct ike_octets *octets; /* NULL: cut, or without a nonce */
	uint32_t response_frame;   /* 0: none seen */
	nstime_t response_time;
	uint64_t response_hash;
	enum ike_kind response_kind;
	bool verified, response_verified;
	bool cookie;               /* it brings one back */
	bool faulty;               /* its SYN is none that a gateway looks at (rule 4) */
	unsigned syn_faults;       /* enum ike_syn_fault */
	unsigned length;           /* as its header says */
	bool unserved;             /* its header is none of an IKE_SA_INIT request (clause 59.3) */
	bool critical;             /* an unknown payload of it must not be skipped */
	bool no_nonce;             /* it has none, or one of a size that none has */
	struct ike_request *older; /* of the same attempt */
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

/* One `HDR, Nr`: a candidate for the resumed SA (rule 7). */
struct ike_resumed {
	struct ike_attempt *attempt;
	struct ike_octets *request, *response; /* NULL: not kept */
	/* Others with this SPIr, of which one may be forged; `response` is the likeliest so far. */
	struct ike_octets *variants[IKE_VARIANTS_MAX];
	unsigned n_variants;
	struct ike_spis {
		uint8_t spii[8], spir[8];
	} key;
	uint32_t frame; /* where it was accepted */
	nstime_t time;
	struct ike_request *confirmation; /* message ID 1; NULL: not seen */
	enum ike_bind bind;               /* what it brought */
	bool announced;                   /* the gateway sent its Vendor ID */
	enum ike_kind answered;           /* by the answer that counts; NONE: not yet */
	uint32_t ended;                   /* frame of an answer that ended it; 0: none seen */
	bool asked;                       /* the gateway has sent a request of its own */
	struct resume_session *session;   /* resume_decrypt.c */
};

/* One side of an attempt; of longer addresses than these the first octets. */
struct ike_end {
	int type, size; /* as in `address` */
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
	uint32_t frame;
	nstime_t time;
};

struct story;

#define IKE_COOKIES_MAX 8

/* A client's new SPI between two addresses: every retry keeps it (rule 10). */
struct ike_attempt {
	struct ike_attempt_key key;
	uint32_t first_frame;
	nstime_t first_time;
	struct index_body idx; /* of the first SYN that is not malformed */
	bool faulty;           /* there was none so far */
	struct ike_request *last;
	uint32_t resumed_frame; /* of the first candidate; 0: none */
	nstime_t resumed_time;
	uint64_t nonce;     /* hash of the first Ni */
	uint64_t candidate; /* ike_rules.c: hash of the first hit or fallback */
	bool has_nonce, has_candidate;
	bool announced;                    /* the client sent its Vendor ID */
	uint64_t cookies[IKE_COOKIES_MAX]; /* ike_rules.c: hashes of those demanded */
	unsigned n_cookies;
	struct story *story; /* story.c */
};

/* One frame's part; NULL pointers where the other side was not captured. */
struct ike_link {
	enum ike_kind kind;
	struct ike_attempt *attempt;
	struct ike_request *request;
	struct ike_resumed *candidate; /* of a protected message */
	uint32_t retransmission_of;    /* frame, 0: none */
	bool confirms;                 /* it is a confirmation, whether or not it verifies */
	bool first_request;            /* the candidate's first one */
	bool first_answer;             /* the first one to `request` */
	bool differs;                  /* another answer to message ID 1 verified, too */
	enum ike_kind replaces;        /* the answer that counted for it so far; NONE: none did */
	const char *info;              /* for the Info column; NULL: see `idx` */
	const struct index_body *idx;  /* of a SYN, for the Info column; NULL: nothing */
	unsigned syn_faults;           /* of its SYN: enum ike_syn_fault */
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

/* The candidate with this SPIr, NULL when there is none; `sa` may be NULL. */
struct ike_resumed *ike_state_resumed(const struct ike_sa *sa, const uint8_t spir[8]);

#endif
