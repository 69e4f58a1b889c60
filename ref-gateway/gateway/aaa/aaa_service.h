/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever knows the users: asked with EAP messages, and answers later. What answers behind it is the owner's affair. */
#ifndef IKESYNC_GATEWAY_AAA_SERVICE_H
#define IKESYNC_GATEWAY_AAA_SERVICE_H

#include "wire/span.h"

#define AAA_MSK_SIZE 64 /* RFC 3748 section 7.10 */
#define AAA_STATE_MAX 253
#define AAA_EAP_MAX 4096
#define AAA_CLASS_MAX 1024

/* All borrowed until ask() returns. */
struct aaa_question {
	struct span eap;      /* the client's EAP message */
	struct span state;    /* of the last challenge; empty at the beginning */
	struct span identity; /* of its EAP-Response/Identity, at most 253 octets */
	const char *station;  /* the client's address, as text */
};

enum aaa_verdict {
	AAA_CHALLENGE, /* goes on with eap and state */
	AAA_ACCEPT,
	AAA_REJECT,
	AAA_SILENT /* no answer in time, or none that is right */
};

/* Borrowed for the call. */
struct aaa_answer {
	enum aaa_verdict verdict;
	struct span eap; /* for the client; empty: none */
	struct span state;
	/* of AAA_ACCEPT */
	bool has_msk; /* the method makes keys */
	uint8_t msk[AAA_MSK_SIZE];
	bool has_ip4;
	uint8_t ip4[4];
	uint32_t session_s; /* seconds; 0: no limit */
	struct span class;  /* each with its length in an octet before it; empty: none */
};
typedef void aaa_answered(const struct aaa_answer *a, void *user);

struct aaa_ticket;

struct aaa_ops {
	/* done() is called once, and not from here. NULL: too many are asked already. */
	struct aaa_ticket *(*ask)(void *self, const struct aaa_question *q, aaa_answered *done,
				  void *user);
	/* done() will not be called. */
	void (*forget)(void *self, struct aaa_ticket *ticket);
};

struct aaa_service {
	const struct aaa_ops *ops; /* NULL: nobody is there */
	void *self;
};

#endif
