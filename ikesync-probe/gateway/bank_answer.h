/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies of a bank. */
#ifndef IKESYNC_PROBE_GATEWAY_BANK_ANSWER_H
#define IKESYNC_PROBE_GATEWAY_BANK_ANSWER_H

#include "gateway/bank_connection.h"

/* One status, and the stub with it in a download. */
struct bank_item {
	uint16_t item;
	uint8_t code; /* enum iana_stub_status */
	uint8_t flags;
	char *text;       /* valid UTF-8 */
	GBytes *stub;     /* container body; NULL: none */
	unsigned message; /* of a large reply, from 0 */
};

struct bank_answer {
	bool came;         /* the reply is complete */
	uint8_t type;      /* of the first message; 0 also when none came */
	uint8_t asked;     /* the request's type */
	unsigned messages; /* a large reply is several */
	GArray *items;     /* struct bank_item, as they came */
	bool disordered;   /* items out of order, or MORE that does not fit (clauses 31.1, 31.2) */
	bool busy;         /* some item got that status */
	GString *offences; /* what is wrong with it beside its statuses: type, order, MORE; "" */
	GPtrArray *stubs;  /* GBytes: every stub, as they came; those of a prefetch have no item */
	char *problem;     /* why it did not come, or what in it could not be read; NULL: none */
	uint64_t came_ms;  /* probe_now() */
};
void bank_answer_free(struct bank_answer *a);
/* The status of request item `item`, or the one of the whole request; NULL: there is none. */
const struct bank_item *bank_answer_item(const struct bank_answer *a, unsigned item);
/* "ok", "not-found (gone)", "no answer within 2000 ms": what to report as observed. Free with
 * g_free(). */
char *bank_answer_text(const struct bank_answer *a, unsigned item);
/* Note something wrong about it, for that text. */
void bank_answer_offend(struct bank_answer *a, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Wait for the reply to `transaction` until [timers] answer is over. Never NULL. Free with
 * bank_answer_free(). The items of a reply of the wrong type are read as if it had the right one:
 * one case asks for the type, the others for the content.
 */
struct bank_answer *bank_answer_await(struct bank_connection *b, uint32_t transaction);

/* A request for one stub, and its answer. */
struct bank_answer *bank_answer_to_init(struct bank_connection *b, GBytes *container);
struct bank_answer *bank_answer_to_update(struct bank_connection *b, const struct index *old,
					  GBytes *container);
struct bank_answer *bank_answer_to_get(struct bank_connection *b, const struct index *index);
struct bank_answer *bank_answer_to_delete(struct bank_connection *b, const struct index *index);

#endif
