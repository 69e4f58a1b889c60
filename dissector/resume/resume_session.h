/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the secrets known for its index an SA was resumed with: the one whose keys open a
 * message of it.
 *
 * Both the secrets and the messages may come from whoever made the capture, so trying each with
 * each is bounded: after SESSION_FAILURES messages that none opened, a session tries only secrets
 * that come later, each once; and what goes beyond FREE_SECRETS secrets for one message is paid
 * from what one file may cost.
 */
#ifndef IKESYNC_RESUME_SESSION_H
#define IKESYNC_RESUME_SESSION_H

#include "ike/ike_state.h"
#include "resume/resume_child.h"
#include "resume/resume_diagnosis.h"
#include "resume/resume_fragments.h"
#include "secrets/resume_secrets.h"
#include "crypto/sk_open.h"

#define SESSION_FAILURES 16
#define FREE_SECRETS 2
#define KEPT_KEYS 4 /* derived for the second and later messages to try */

struct resume_candidate;

struct resume_session {
	const struct resume_secret *secret; /* NULL until a message has verified */
	const struct resume_keys *keys;
	bool proven; /* a whole message was read with them, or an AEAD verified */
	uint8_t bind[2][RESUME_KEY_MAX]; /* client's, gateway's */
	struct resume_sets sets;
	struct child_requests children;
	struct resume_candidate *kept;
	const struct resume_secret *newest; /* of those tried */
	unsigned failures;                  /* messages that none opened */
	struct resume_fits fits[2];         /* of the client, of the gateway */
};

/* A protected message, or one fragment of one. */
struct resume_sealed {
	struct octets message; /* as sk_open() wants it */
	unsigned body;
	uint8_t first; /* Next Payload of the Encrypted payload */
	bool from_initiator, fragment;
	unsigned number, total; /* of a fragment */
};

enum resume_found {
	RESUME_FOUND,
	RESUME_NONE_FITS,
	RESUME_NOT_ALL, /* none of those tried, and the file has cost enough */
	RESUME_UNTRIED, /* the session has failed too often */
};

/* In file scope; keys are overwritten at its end. */
struct resume_session *resume_session_new(void);

/*
 * First pass: look for the secret, and settle the session's keys when one is found. The plaintext
 * is in `scope`.
 */
enum resume_found resume_session_find(struct ike_resumed *sa, const struct resume_sealed *m,
				      wmem_allocator_t *scope, struct octets *plain);

/* What sk_open() and the suite's integrity leave open: can `plain` be what was encrypted? */
bool resume_sealed_sound(const struct resume_sealed *m, struct octets plain);

void resume_session_seed(struct resume_seed *seed, const struct ike_resumed *sa,
			 const struct resume_secret *s);

/* May a message of `n` octets be diagnosed? A diagnosis tries some 700 derivations. */
bool resume_may_diagnose(unsigned n);

/* Once. */
void resume_session_register(void);

#endif
