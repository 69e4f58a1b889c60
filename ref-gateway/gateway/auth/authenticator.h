/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One way to prove who one is in IKE_AUTH (RFC 7296 section 2.15). To add one: fill in the three functions, give it a
 * policy_auth, name it in exchange/auth.c.
 */
#ifndef IKESYNC_GATEWAY_AUTHENTICATOR_H
#define IKESYNC_GATEWAY_AUTHENTICATOR_H

#include "core/sa.h"
#include "keys/signature.h"
#include "wire/chain.h"

#define AUTHENTICATION_WHY_MAX 640

enum auth_progress {
	AUTH_REFUSED, /* a->why */
	AUTH_PROVEN,
	AUTH_ASKS, /* the reply has a question, and the next IKE_AUTH goes on */
	AUTH_WAITS /* gateway.login_answered() will be called */
};

/* One login under way; borrowed for each call. */
struct authentication {
	struct sa *sa;                  /* half open: nonces and messages are in its setup */
	const struct chain *request;    /* the payloads of IKE_AUTH */
	struct ike_id idi;              /* claimed */
	const struct policy_peer *peer; /* of that identity, and not disabled */
	/* What the authenticator says */
	bool told;    /* the reply says already that it is refused */
	bool has_ip4; /* the inner address that it is to have */
	uint32_t ip4;
	char how[SIGNATURE_TEXT_MAX];     /* how the client tried: for the log */
	char why[AUTHENTICATION_WHY_MAX]; /* why not, after a false or AUTH_REFUSED */
	/* What the stub is to say (rule 29): methods, EAP identity, limits, unknown attributes; the rest is not looked at. */
	struct stub terms;
};

struct authenticator {
	/* Does the first request ask for this way? */
	bool (*begin)(struct authentication *a);
	/* Does what the request holds prove the identity? A question is written to `w`; then the way keeps setup.login. */
	enum auth_progress (*step)(struct authentication *a, struct chain_writer *w);
	/* Prove ourselves: write IDr and AUTH. false: cannot be. */
	bool (*done)(struct authentication *a, struct chain_writer *w);
	/* What was waited for has come. NULL: this way never waits. */
	enum auth_progress (*answered)(struct authentication *a, struct chain_writer *w);
};

/* Say why it failed; false, to be returned. */
bool authentication_refuse(struct authentication *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
