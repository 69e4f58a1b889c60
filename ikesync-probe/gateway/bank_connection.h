/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe as a gateway that talks to a stub bank: one connection, sequential code. Replies are
 * matched by transaction ID, so several requests may be under way.
 */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_CONNECTION_H
#define IKESYNC_PROBE_GATEWAY_BANK_CONNECTION_H

#include "gateway/reply_form.h"
#include "run/probe.h"
#include "wire/stub_message.h"

/* As whom the probe dials. From BANK_FOREIGN on they are peers that a bank must refuse. */
enum bank_who {
	BANK_OWNER,    /* [bank] certificate */
	BANK_SECOND,   /* second-certificate */
	BANK_STRANGER, /* other-pool-certificate: of the same CA, in another pool */
	BANK_CLEAR,    /* as the owner, at [clear-bank] */
	BANK_PREFETCH, /* prefetch-certificate */
	BANK_FOREIGN,
	BANK_WITHOUT_CERTIFICATE,
	BANK_WITHOUT_POOL, /* no-pool-certificate */
	BANK_TWO_POOLS,    /* two-pools-certificate */
	BANK_WITHOUT_ALPN,
	BANK_OTHER_ALPN,
	BANK_TLS_1_2,
	BANK_PLAIN,
};
const char *bank_connection_who(enum bank_who who);

struct bank_connection;

/* Dial and wait for the handshake. Never NULL; bank_connection_is_up() says what came of it. Free with
 * bank_connection_close(). */
struct bank_connection *bank_connection_open(struct probe *p, struct evidence *e,
					     enum bank_who who);
bool bank_connection_is_up(const struct bank_connection *b);
/* Why the connection is down; "up" while it is not. */
const char *bank_connection_why(const struct bank_connection *b);
/* Close and wait for the end of the connection. NULL is harmless. */
void bank_connection_close(struct bank_connection *b);
/* Wait until the bank has closed the connection: true, or false after [timers] answer. */
bool bank_connection_await_closed(struct bank_connection *b);

/* Has it ended? Not yet up is not gone. */
bool bank_connection_is_gone(const struct bank_connection *b);
struct probe *bank_connection_probe(const struct bank_connection *b);
struct evidence *bank_connection_evidence(const struct bank_connection *b);

/* Hold every reply that comes on it against the clauses of form, into `form`, which must outlive it. */
void bank_connection_judge(struct bank_connection *b, struct reply_form *form);
struct reply_form *bank_connection_form(const struct bank_connection *b);
/* Messages that answered nothing, or answered again, become deviations of its form. */
void bank_connection_strays(struct bank_connection *b);
/* When the last message of that transaction came, counted in messages; 0: none did. */
unsigned bank_connection_order(const struct bank_connection *b, uint32_t transaction);
/* TLS session tickets that the bank has sent. */
unsigned bank_connection_tickets(const struct bank_connection *b);

/* Octets as they are, at once. */
void bank_connection_send_octets(struct bank_connection *b, struct span octets);
/* The transaction of the next request; what it wants of its reply is to be said with
 * bank_connection_asks(). */
uint32_t bank_connection_next(struct bank_connection *b);
void bank_connection_asks(struct bank_connection *b, const struct reply_wanted *wanted);

/* For bank_request.c: a message of `type` with the next transaction ID, in a buffer of `b`... */
void bank_connection_begin(struct bank_connection *b, struct stub_writer *w, uint8_t type);
/* ... and off it goes, naming `items`. Returns the transaction ID. What does not fit is not sent. */
uint32_t bank_connection_send(struct bank_connection *b, struct stub_writer *w, uint8_t type,
			      size_t items);
/* What came and answers nothing that is open: "one of type 4 came to transaction 7, which nobody asked
 * for (clause 28.2)". NULL: nothing did. Free with g_free(). */
char *bank_connection_stray(const struct bank_connection *b);
/* For bank_answer.c: what that request wants, and the next message in answer to it (to be
 * unreferenced; NULL: none has arrived). */
struct reply_wanted bank_connection_asked(const struct bank_connection *b, uint32_t transaction);
GBytes *bank_connection_take(struct bank_connection *b, uint32_t transaction);
/* For bank_notice.c: the first message of a transaction of the bank's own; the same. */
GBytes *bank_connection_take_unasked(struct bank_connection *b);

#endif
