/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests under the Encrypted payload and their answers. */
#ifndef IKESYNC_PROBE_CLIENT_PROTECTED_H
#define IKESYNC_PROBE_CLIENT_PROTECTED_H

#include "client/client.h"
#include "wire/ike_payloads.h"

#define PROTECTED_INNER_MAX 8192

/* The payloads to encrypt: inner_init(), chain_writer_*() on `in.w`, then protected_seal(). */
struct inner {
	uint8_t octets[PROTECTED_INNER_MAX];
	struct ike_inner in;
};
void inner_init(struct inner *in);

enum protected_kind {
	PROTECTED_SILENCE,
	PROTECTED_ANSWER,     /* verified; `inner` is filled */
	PROTECTED_UNVERIFIED, /* something of this SA and message ID came, but it does not verify */
	PROTECTED_CLEAR,      /* an unprotected answer, which proves nothing; `clear_notify` */
};

struct protected_answer {
	enum protected_kind kind;
	GByteArray *octets; /* of the message, without marker; NULL with PROTECTED_SILENCE */
	struct ike_header header;
	GByteArray *plain;
	struct chain inner; /* borrows from plain */
	uint16_t clear_notify;
	char silence[TRANSPORT_SILENCE_MAX]; /* SILENCE: what there was instead */
	unsigned n_unverified;               /* how many did not verify before this one came */
};
/* What lib/ike made of `message`: a copy of its octets, and `plain` (taken over), which m->inner
 * borrows from. */
void protected_fill(struct protected_answer *out, struct span message, GByteArray *plain,
		    const struct ike_protected *m);
/* Room for what opening `message` brings to light. */
GByteArray *protected_room(struct span message);
void protected_answer_clear(struct protected_answer *a);
const char *protected_kind_text(enum protected_kind k);
/* The first error notify inside a verified answer; 0: none. */
uint16_t protected_error(const struct protected_answer *a);
/* One line for a report: "verified answer: N(IKESYNC_NOT_COMMITTED), N(IKESYNC_BIND)". `out` is
 * returned. */
const char *protected_answer_text(const struct protected_answer *a, char *out, size_t cap);

/* Seal a request (or, with IKE_FLAG_RESPONSE in `flags`, a response) of `c`. NULL: no room. Free
 * with g_byte_array_unref(). */
GByteArray *protected_seal(struct client *c, uint8_t exchange, uint8_t flags, uint32_t message_id,
			   const struct inner *in);
/* Verify and open `message`. Errors of the parsers and sk_open(); `out` is filled as far as it got
 * and must be cleared. */
IKESYNC_MUST_USE enum err protected_open(const struct ike_keys *keys, enum sk_sender sender,
					 struct span message, struct protected_answer *out);
/* Let the report have what a verified answer says. */
void protected_show(struct client *c, const struct protected_answer *a);

/*
 * Send `request` and wait for its answer until [timers] answer (`answer_ms` 0) or `answer_ms` have
 * passed, with retransmissions unless `once`. Requests of the gateway meanwhile are answered. Does
 * not touch c->next_id.
 */
enum protected_kind protected_send(struct client *c, const GByteArray *request, uint8_t exchange,
				   uint32_t message_id, uint64_t answer_ms, bool once,
				   struct protected_answer *out);
/*
 * Send octets of this SA again, or any others, and take the first response with `message_id` that
 * comes within `wait_ms`, unread. NULL: none. Free with g_byte_array_unref().
 */
GByteArray *protected_raw(struct client *c, const GByteArray *octets, uint32_t message_id,
			  uint64_t wait_ms);
/*
 * Let what is still under way pass: copies of answers that the network made, and answers to
 * retransmissions. Until nothing has come for as long as a retransmission takes. For where an earlier
 * answer would be a wrong one.
 */
void protected_quiet(struct client *c);
/*
 * Is the SA gone? An empty INFORMATIONAL with the next message ID, which stays the next, for less than a second. false: no
 * room; nothing was sent.
 */
bool protected_ask_gone(struct client *c, struct protected_answer *out);
/* Seal with the next message ID, send, wait. */
enum protected_kind protected_exchange(struct client *c, uint8_t exchange, const struct inner *in,
				       struct protected_answer *out);
/* Is `message` a request of the gateway on this SA that verifies? `out` must be cleared then. */
bool protected_request(struct client *c, struct span message, struct protected_answer *out);
/* The answer to such a request; kept in c->said. */
void protected_respond(struct client *c, const struct protected_answer *request,
		       const struct inner *in);
/* A message of this SA that was not asked for: answer the gateway's request. `message` may be
 * anything. */
void protected_handle_request(struct client *c, struct span message);
/* false with a reason in c->why unless a verified answer without error notify came (c->refused then
 * has it). */
bool protected_accepted(struct client *c, const struct protected_answer *a, const char *what);

#endif
