/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe as a gateway that talks to a stub bank: one connection, sequential code. Replies are
 * matched by transaction ID, so several requests may be under way.
 */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_CONNECTION_H
#define IKESYNC_PROBE_GATEWAY_BANK_CONNECTION_H

#include "run/probe.h"
#include "wire/stub_message.h"

/* As whom the probe dials. The last four are peers that a bank must refuse. */
enum bank_who {
	BANK_OWNER,  /* [bank] certificate */
	BANK_SECOND, /* second-certificate */
	BANK_FOREIGN,
	BANK_WITHOUT_CERTIFICATE,
	BANK_WITHOUT_ALPN,
	BANK_TLS_1_2,
	BANK_PLAIN,
};
const char *bank_who_text(enum bank_who who);

struct bank;

/* Dial and wait for the handshake. Never NULL; bank_is_up() says what came of it. Free with
 * bank_close(). */
struct bank *bank_connect(struct probe *p, struct evidence *e, enum bank_who who);
bool bank_is_up(const struct bank *b);
/* Why the connection is down; "up" while it is not. */
const char *bank_why(const struct bank *b);
/* Close and wait for the end of the connection. NULL is harmless. */
void bank_close(struct bank *b);
/* Wait until the bank has closed the connection: true, or false after [timers] answer. */
bool bank_await_closed(struct bank *b);

/* One status, and the stub with it in a download. */
struct bank_item {
	uint16_t item;
	uint8_t code; /* enum iana_stub_status */
	uint8_t flags;
	char *text;   /* valid UTF-8 */
	GBytes *stub; /* container body; NULL: none */
};

struct bank_answer {
	bool came;         /* the reply is complete */
	uint8_t type;      /* of the first message; 0 also when none came */
	uint8_t asked;     /* the request's type */
	unsigned messages; /* a large reply is several */
	GArray *items;     /* struct bank_item, as they came */
	char *problem;     /* why it did not come, or what in it could not be read; NULL: none */
};
void bank_answer_free(struct bank_answer *a);
/* The status of request item `item`, or the one of the whole request; NULL: there is none. */
const struct bank_item *bank_answer_item(const struct bank_answer *a, unsigned item);
/* "ok", "not-found (gone)", "no answer within 2000 ms": what to report as observed. Free with
 * g_free(). */
char *bank_answer_text(const struct bank_answer *a, unsigned item);

/* Requests: send and return the transaction ID for bank_await(). */
uint32_t bank_post_init(struct bank *b, GBytes *const *containers, size_t n);
uint32_t bank_post_update(struct bank *b, const struct index *old, GBytes *const *containers,
			  size_t n);
uint32_t bank_post_get(struct bank *b, const struct index *indexes, size_t n);
uint32_t bank_post_delete(struct bank *b, const struct index *indexes, size_t n);
/* A message of any type whose payloads after the transaction are `rest`, first of type `first`. */
uint32_t bank_post_raw(struct bank *b, uint8_t type, uint8_t first, struct span rest);

/*
 * Wait for the reply to `transaction` until [timers] answer is over. Never NULL. Free with
 * bank_answer_free(). The items of a reply of the wrong type are read as if it had the right one:
 * one case asks for the type, the others for the content.
 */
struct bank_answer *bank_await(struct bank *b, uint32_t transaction);

#endif
