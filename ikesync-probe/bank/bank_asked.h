/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway asked of the probe's bank: one entry an item, in the order of arrival. */
#ifndef IKESYNC_PROBE_BANK_BANK_ASKED_H
#define IKESYNC_PROBE_BANK_BANK_ASKED_H

#include <glib.h>

#include "wire/stub_message.h"

struct bank_asked {
	uint64_t at_ms;      /* monotonic */
	uint64_t connection; /* which of the gateway's connections, from 1 */
	uint64_t message;    /* items of one message have the same number, from 1 */
	uint8_t type;        /* enum iana_stub_message, or anything */
	uint32_t transaction;
	unsigned item;   /* position in its message */
	bool has_status; /* a reply or an acknowledgement: nothing is asked */
	unsigned status; /* its code */
	bool has_index;
	struct index index; /* get and delete; update: the old one; init: the container's */
	bool has_own;       /* the container has an index that could be read */
	struct index own;   /* init and update: that of the container */
	GBytes *container;  /* body of payload 201; NULL: none */
	GBytes *octets;     /* the whole message */
	uint64_t answered;  /* how many messages had come when it was answered; 0: never */
};

/* Shared: one of its holders more, and one less (the last frees it). Not locked. */
struct bank_asked *bank_asked_ref(struct bank_asked *a);
void bank_asked_unref(void *asked);
/*
 * Read a message into entries appended to `out` (GPtrArray of struct bank_asked, each with one holder). A message that
 * cannot be read, or has no item, is one entry without index and container; *why then says what is
 * wrong with it (NULL: nothing; static).
 */
void bank_asked_read(struct span message, GPtrArray *out, const char **why);

#endif
