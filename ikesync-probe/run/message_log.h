/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of a case, for the reader of its report: first and last ones, as many as a page bears. */
#ifndef IKESYNC_PROBE_RUN_MESSAGE_LOG_H
#define IKESYNC_PROBE_RUN_MESSAGE_LOG_H

#include <glib.h>

#include "net/endpoint.h"
#include "wire/span.h"

/* Of a case are kept the first and the last so many; a flood is told by its number. */
#define MESSAGE_LOG_FIRST 40
#define MESSAGE_LOG_LAST 20
/* Octets kept of one message; `length` says how many it had. */
#define MESSAGE_LOG_OCTETS 2048

struct logged_message {
	uint64_t at_ms; /* since the case began */
	bool sent;      /* by the probe */
	bool stub;      /* a stub message inside TLS; otherwise a datagram of IKE */
	struct endpoint local, remote;
	size_t length;
	GBytes *octets;
	/* what stands under the Encrypted payload, where the probe has the keys; NULL: not known */
	GBytes *inner;
	uint8_t inner_first; /* type of its first payload */
};

struct message_log {
	GPtrArray *all;    /* struct logged_message *, in order */
	unsigned left_out; /* between the first and the last ones */
	/* sealed, and not sent yet; NULL: none */
	GBytes *next_inner;
	uint8_t next_inner_first;
};

void message_log_init(struct message_log *log);
void message_log_clear(struct message_log *log);

/* Copies; of a stub message SK_d and shared secrets are blanked. `at_ms` as in struct logged_message. */
void message_log_add(struct message_log *log, uint64_t at_ms, bool sent, bool stub,
		     const struct endpoint *local, const struct endpoint *remote,
		     struct span octets);
/* What the next message that is sent has under its Encrypted payload. Copied. */
void message_log_sealed(struct message_log *log, struct span inner, uint8_t first);
/* The same for the latest message that came. */
void message_log_opened(struct message_log *log, struct span inner, uint8_t first);

#endif
