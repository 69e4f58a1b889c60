/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resumption by IKE_SA_SYN: the request, the keys of the draft, and the confirmation of profile 1
 * (rules 7, 9, 11, 12, 13). */
#ifndef IKESYNC_PROBE_CLIENT_RESUME_H
#define IKESYNC_PROBE_CLIENT_RESUME_H

#include "client/child.h"
#include "client/init.h"
#include "client/old_sa.h"
#include "ike/ike_bind.h"

#define RESUME_TEXT_MAX 320

/* What message ID 1 asks for, beside BIND (rule 46: any request). */
struct resume_ask {
	const char *name; /* for the evidence */
	uint8_t exchange;
	void (*write)(struct client *c, struct inner *in, void *user);
	/* a verified answer came; `c` has its keys. NULL: nobody asks */
	void (*answered)(struct client *c, const struct protected_answer *a, void *user);
	void *user;
};

/* Knobs of message ID 1; zero is what a client of profile 1 sends. */
struct resume_knobs {
	enum ike_bind bind;
	bool create_child;            /* CREATE_CHILD_SA instead of an empty INFORMATIONAL */
	const struct resume_ask *ask; /* another request; NULL: not */
	bool break_icv;               /* one bit of the ICV wrong */
	bool once;                    /* no retransmission */
	uint64_t answer_ms;           /* 0: [timers] answer */
	/* Called when `midway_ms` have passed without a verified answer, and again and again until it
	 * returns true; NULL: not. */
	bool (*midway)(void *user);
	void *midway_user;
	uint64_t midway_ms;
};

enum resume_outcome {
	RESUME_COMMITTED,     /* a verified answer without error: the SA is established */
	RESUME_NOT_COMMITTED, /* N(IKESYNC_NOT_COMMITTED), verified */
	RESUME_REFUSED,       /* another error, verified */
	RESUME_SILENCE,
	RESUME_UNVERIFIED, /* an answer that does not verify */
	RESUME_CLEAR,      /* an unprotected answer only */
	RESUME_NO_HIT,     /* of resume_whole(): SYN was not answered with HDR, Nr */
};

struct resume_result {
	enum resume_outcome outcome;
	uint16_t error;
	enum ike_bind bind; /* of the verified answer */
	bool has_index;
	struct index index;
	bool has_child;      /* create_child: the answer's SA, Nr, TSi and TSr are right */
	unsigned candidates; /* how many answers to SYN were in play */
	uint64_t ms;         /* from message ID 1 to its answer */
	/* of the verified answer */
	unsigned n_payloads; /* under the Encrypted payload */
	uint8_t exchange;
	GByteArray *sent;   /* message ID 1 of the SA that was answered; NULL: none verified */
	GByteArray *octets; /* of the answer, or of the last one that did not verify; NULL: none */
	char text[RESUME_TEXT_MAX]; /* for a report */
};
void resume_result_clear(struct resume_result *r);

/* SYN for the old SA with fresh SPIi and Ni. `a` must be cleared by the caller in any case. */
enum ike_answer_kind resume_syn(struct client *c, const struct old_sa *old, struct init_answer *a);
/* Keys of the draft's section 3.3 from what init_take() took over, into c and the evidence. false:
 * c->why. */
bool resume_derive(struct client *c, const struct old_sa *old);
/* Message ID 1, sealed with c's keys. NULL: no room. */
GByteArray *resume_confirmation(struct client *c, const struct resume_knobs *knobs,
				struct ike_child *child);
/*
 * Send message ID 1 and wait for its answer. Further answers to SYN that arrive meanwhile become
 * candidates, up to eight, each with keys and a confirmation of its own: the first that verifies
 * wins (rule 7) and is what `c` then is. With RESUME_COMMITTED c->live. `out` must be cleared by
 * the caller in any case.
 */
enum resume_outcome resume_confirm(struct client *c, const struct old_sa *old,
				   const struct resume_knobs *knobs, struct resume_result *out);
/* resume_syn(), resume_derive() and resume_confirm() with `knobs` (NULL: right ones). Marks `old`
 * moved when committed. */
enum resume_outcome resume_whole(struct client *c, struct old_sa *old,
				 const struct resume_knobs *knobs, struct resume_result *out);

/*
 * Name the wrong derivation behind a confirmation that failed, as evidence_diagnosis(): from
 * `unverified`, an answer that did not verify in c's SA, or, where the gateway stayed silent
 * (NULL), by a further SYN (`syn`; NULL: the ordinary one) whose confirmation is sent once under
 * every guess.
 */
void resume_diagnose(struct client *c, const struct old_sa *old, const struct init_request *syn,
		     const GByteArray *unverified);

#endif
