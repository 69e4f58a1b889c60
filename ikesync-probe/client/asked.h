/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway asks of its own accord: waited for, told apart, answered. */
#ifndef IKESYNC_PROBE_CLIENT_ASKED_H
#define IKESYNC_PROBE_CLIENT_ASKED_H

#include "client/protected.h"
#include "ike/ike_asked.h"

enum asked_kind {
	ASKED_ALIVE,        /* an INFORMATIONAL without a Delete */
	ASKED_CHILD_DELETE, /* of child SAs */
	ASKED_DELETE,       /* of this IKE SA */
	ASKED_CHILD_REKEY,
	ASKED_REKEY, /* of this IKE SA */
	ASKED_OTHER,
};
enum asked_kind asked_kind(const struct protected_answer *request);
const char *asked_kind_text(enum asked_kind k);

/*
 * The gateway's next request on this SA, verified and not answered (protected_respond() does); one that was answered before
 * gets the same octets again.
 * false: none came within `wait_ms`. `out` must be cleared in any case.
 */
bool asked_next(struct client *c, uint64_t wait_ms, struct protected_answer *out);
/* An answer without payloads, or with this notify (0: none) and its data. */
void asked_say(struct client *c, const struct protected_answer *request, uint16_t notify,
	       struct span data);
/*
 * Until one of `kind` comes, which is not answered; others are, as a client would that wants to keep what it has: rekeys are
 * refused with NO_PROPOSAL_CHOSEN. `out` must be cleared in any case.
 */
bool asked_until(struct client *c, enum asked_kind kind, uint64_t wait_ms,
		 struct protected_answer *out);

#endif
