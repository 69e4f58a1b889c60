/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT with every knob a test needs, and what came back. */
#ifndef IKESYNC_PROBE_CLIENT_INIT_H
#define IKESYNC_PROBE_CLIENT_INIT_H

#include "client/client.h"
#include "ike/ike_init.h"
#include "wire/ike_payloads.h"

#define INIT_SUITES_MAX CLIENT_SUITES_MAX
#define INIT_EXTRA_MAX 4

enum init_syn { INIT_SYN_NONE, INIT_SYN_INDEX, INIT_SYN_RAW };
enum init_position { INIT_AFTER_NONCE, INIT_FIRST, INIT_LAST };

/* A payload that no client of profile 1 sends; at the end of the chain. */
struct init_extra {
	uint8_t type;
	uint8_t flags;
	struct span body;
};

/* Zero is an ordinary IKE_SA_INIT request but for the suites, which must be given. Spans are
 * borrowed. */
struct init_request {
	unsigned n_suites;
	struct suite suites[INIT_SUITES_MAX];
	uint16_t ke_group; /* 0: that of suites[0] */
	enum init_syn syn;
	struct index index;   /* INIT_SYN_INDEX */
	struct span syn_body; /* INIT_SYN_RAW: any octets */
	uint8_t syn_flags;
	bool lie_length; /* Payload Length of SYN reads `length`, whatever its body is */
	uint16_t length;
	enum init_position position;
	unsigned n_extra;
	struct init_extra extra[INIT_EXTRA_MAX];
	bool no_vendor_id;
	struct span ke_data; /* instead of a public value of the group; empty: a right one */
	struct span cookie;
	bool stop_at_cookie; /* do not come back with the cookie */
	bool stop_at_error; /* an error notify ends the wait; otherwise it counts only when the time
			       is over (rule 7) */
	bool once;          /* no retransmission */
	uint64_t answer_ms; /* 0: [timers] answer */
};

/* "resumed (HDR, Nr)", "ordinary response (SA, KE, Nr)", ... */
const char *init_kind_text(enum ike_answer_kind k);

struct init_answer {
	/* without marker; NULL: none came; `said` borrows from it */
	GByteArray *octets;
	struct ike_answer said;              /* IKE_ANSWER_NONE: silence */
	char silence[TRANSPORT_SILENCE_MAX]; /* kind NONE: what there was instead; "": not known */
	unsigned cookies;                    /* how many COOKIE answers came before this one */
};
void init_answer_clear(struct init_answer *a);
/* One line for a report: "ordinary response (SA, KE, Nr)", "error NO_PROPOSAL_CHOSEN". `out` is
 * returned. */
const char *init_answer_text(const struct init_answer *a, char *out, size_t cap);

/* A request that offers one suite, with SYN for `ix` unless NULL. */
struct init_request init_request_of(const struct suite *suite, const struct index *ix);

/* Build the message of `c` (its SPIi and Ni) into c->request. false: KE group not supported or no
 * room. */
bool init_build(struct client *c, const struct init_request *r);
/*
 * Judge a received message. false: it is no IKE_SA_INIT response to `spi_i`, only `out->said` says why.
 * Otherwise `out` holds a copy.
 */
bool init_read(struct span message, uint64_t spi_i, struct init_answer *out);

/*
 * Send, retransmit, wait: until a definite answer comes or [timers] answer is over. Goes on after
 * COOKIE (same SPIi, Ni and SYN) and after INVALID_KE_PAYLOAD with a group that was offered. With
 * IKE_ANSWER_RESUMED and IKE_ANSWER_ORDINARY the client has taken over SPIr, Nr and the response. `out` must be
 * cleared by the caller in any case.
 */
enum ike_answer_kind init_exchange(struct client *c, const struct init_request *r,
				   struct init_answer *out);
/* Take over a resumed or ordinary answer: SPIr, Nr, response, what init_learn() notes. */
void init_take(struct client *c, const struct init_answer *a);
/* Note what it announces, and a NAT in between. */
void init_learn(struct client *c, const struct init_answer *a);
/* Keys of a full handshake from an ordinary answer. false: client_fail() has said why. */
bool init_keys(struct client *c, const struct init_request *r, const struct init_answer *a);

#endif
