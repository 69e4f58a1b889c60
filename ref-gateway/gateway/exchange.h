/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protected exchanges: opening requests, the reply under construction, the window, and who handles
 * what. */
#ifndef IKESYNC_GATEWAY_EXCHANGE_H
#define IKESYNC_GATEWAY_EXCHANGE_H

#include "gateway_state.h"

/* The plaintext chain of a request. */
struct exchange_request {
	uint8_t exchange;
	uint8_t first;
	struct span inner;
	struct chain chain;         /* payloads point into `inner` */
	uint8_t hash[SA_HASH_SIZE]; /* of the datagram, or of its first fragment */
};

/* Inner payloads of a response: start, write with `w`, then exchange_respond(). */
struct exchange_reply {
	uint8_t buffer[GATEWAY_MESSAGE_MAX]; /* octet 0 names the first payload */
	struct wcursor c;
	struct chain_writer w;
	bool close; /* the SA ends with this response */
};
void exchange_reply_init(struct exchange_reply *r);
/* Throw away what has been written, for an error instead. */
void exchange_reply_error(struct exchange_reply *r, uint16_t notify, struct span data);

/* A message for an SA in the table. */
void exchange_receive(struct gateway *g, struct sa *sa, const struct gateway_message *m);
/*
 * Verify and decrypt; `out` takes m->octets.n octets. false: to be ignored (bad ICV, no SK,
 * fragment not complete). After true the inner chain may still be broken: exchange_parse() tells.
 */
bool exchange_open(struct sa *sa, const struct gateway_message *m, uint8_t *out,
		   struct exchange_request *req);
/* Split the inner chain. false: *notify and *data say what to answer (RFC 7296 sections 2.5
 * and 2.21.3). */
bool exchange_parse(struct exchange_request *req, uint16_t *notify, uint8_t *data);
/* Run CREATE_CHILD_SA or INFORMATIONAL; others are INVALID_SYNTAX. */
void exchange_handle(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);
/* Seal, remember for retransmissions, send; closes the SA when the reply says so. `hash`: of the
 * request. */
void exchange_respond(struct sa *sa, uint8_t exchange, const uint8_t hash[static SA_HASH_SIZE],
		      struct exchange_reply *r);

/* window.c: true: a new request. false: dealt with (repeated the response), or to be ignored. */
bool window_accept(struct sa *sa, const struct gateway_message *m);
/* Remember and send `messages` (one, or the fragments of one) as the response to the request of
 * `hash`. */
void window_answer(struct sa *sa, const uint8_t hash[static SA_HASH_SIZE], struct span messages);

/* auth.c: message ID 1 of a half-open SA. */
void auth_request(struct sa *sa, const struct gateway_message *m);
/* confirm.c: message ID 1 of a provisional SA. */
void confirm_request(struct sa *sa, const struct gateway_message *m);

/* child.c */
void child_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);
/* The part that IKE_AUTH and CREATE_CHILD_SA share: SA, TSi, TSr in; the same, or an error notify,
 * out. */
struct child_exchange {
	struct span ni, nr;
	bool write_nonce;
};
void child_create(struct sa *sa, struct exchange_request *req, const struct child_exchange *x,
		  struct exchange_reply *r);
/* Answer a CFG_REQUEST, when there is one. false: no address left; the error is in the reply. */
bool child_configure(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);
struct sa_child *child_find_out(struct sa *sa, uint32_t spi_out, struct sa_child ***at);

/* rekey.c: CREATE_CHILD_SA with an IKE proposal. */
void rekey_request(struct sa *sa, struct exchange_request *req, const struct ike_sa *offer,
		   struct exchange_reply *r);
/* info.c */
void info_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);

/* N(IKESYNC_INDEX) for this SA (rule 5), where it has a stub or is about to have one. */
void exchange_write_index(struct sa *sa, struct exchange_reply *r);

#endif
