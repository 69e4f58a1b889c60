/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One way to prove who one is in IKE_AUTH (RFC 7296 section 2.15). To add one: fill in the three functions, name it in
 * exchange/auth.c.
 */
#ifndef IKESYNC_GATEWAY_AUTHENTICATOR_H
#define IKESYNC_GATEWAY_AUTHENTICATOR_H

#include "core/sa.h"
#include "wire/chain.h"

/* One login under way; borrowed for each call. */
struct authentication {
	struct sa *sa;                  /* half open: nonces and messages are in its setup */
	const struct chain *request;    /* the payloads of IKE_AUTH */
	struct ike_id idi;              /* claimed */
	const struct policy_peer *peer; /* of that identity, and not disabled */
};

struct authenticator {
	/* Does the request ask for this way, and may its peer use it? */
	bool (*begin)(const struct authentication *a);
	/* Does what the request holds prove the identity? */
	bool (*step)(const struct authentication *a);
	/* Prove ourselves: write IDr and AUTH. false: cannot be. */
	bool (*done)(const struct authentication *a, struct chain_writer *w);
};

#endif
