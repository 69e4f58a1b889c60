/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request under way: its items, and how they become a reply. Inner header of session.c. */
#ifndef IKESYNC_BANK_REQUESTS_H
#define IKESYNC_BANK_REQUESTS_H

#include "session.h"

struct item {
	struct store_op op; /* its status and why are the item's */
	bool decided;       /* the store need not be asked */
	char *text;         /* instead of op.why; owned */
};

struct request {
	GList link;              /* in session->requests */
	struct session *session; /* NULL: gone */
	uint8_t reply_type;
	uint32_t transaction;
	char *pool; /* of who asks: outlives the session */
	char *who;  /* for the audit log; NULL: there is none. A reference */
	const struct bank *bank;
	uint8_t *octets; /* the message, which the items point into */
	size_t octets_n;
	GArray *items;          /* struct item */
	size_t waiting;         /* answers of the store that have not come */
	struct store_gets gets; /* of them, those that wait for nothing */
};

/* `message` is copied. */
struct request *requests_new(struct span message, uint8_t reply_type, uint32_t transaction,
			     const char *pool);
void requests_free(struct request *r);

/* Who asks, and where. */
struct requests_context {
	const struct bank *bank;
	const struct channel_identity *peer;
	bool tls;
	uint64_t now; /* UTC seconds */
};

/*
 * Turn one item of a request of `type` into an operation, or decide it at once. Appends to
 * r->items.
 */
void requests_add(struct request *r, uint8_t type, const struct stub_item *item,
		  const struct requests_context *x);

/* Write the reply, as several messages when it must be (rule 31), every status of all but the last
 * with MORE. */
void requests_reply(const struct request *r, void (*send)(void *user, struct span message),
		    void *user);

/* A reply with one status that speaks of the whole request. Returns its size. */
size_t requests_refusal(uint8_t *out, size_t cap, uint8_t type, uint32_t transaction,
			enum iana_stub_status code, const char *text);

#endif
