/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that many cases share: each says in the evidence what it did and what came. */
#ifndef IKESYNC_PROBE_CLIENT_STEPS_H
#define IKESYNC_PROBE_CLIENT_STEPS_H

#include "client/resume.h"

/* An old SA whose stub is there, and a client at the gateway under test. */
struct steps {
	struct probe *p;
	struct evidence *e;
	struct old_sa *old;
	struct client *c;
	const struct address *from; /* where further clients are; NULL: the target file's source */
	const struct init_request *syn; /* what a diagnosis asks with; NULL: the ordinary SYN */
	struct init_answer a;           /* of the last SYN */
	struct resume_result r;         /* of the last confirmation */
};

/*
 * Old SA with `suite` (NULL: the target file's first) at [old-gateway], client at `gateway` (NULL:
 * the one under test). false: the case has been stated inconclusive. steps_end() in any case.
 */
bool steps_begin(struct steps *s, struct probe *p, struct evidence *e, const struct suite *suite,
		 const struct target_gateway *gateway);
void steps_end(struct steps *s);

/* SYN for s->old with fresh SPIi and Ni; the answer is in s->a and noted. */
enum ike_answer_kind steps_syn(struct steps *s);
/* The same, and HDR, Nr must come: otherwise the case is inconclusive (C01 is about that). */
bool steps_hit(struct steps *s);
/* steps_hit() and the keys. */
bool steps_hit_and_derive(struct steps *s);
/* Message ID 1 with `knobs` (NULL: right ones) and its answer, noted, in s->r. */
enum resume_outcome steps_confirm(struct steps *s, const struct resume_knobs *knobs);
/* Check that the last confirmation was answered, verified and without error; name the mistake if
 * not. */
bool steps_check_committed(struct steps *s, const char *what);
/*
 * The real client resumes s->old at the gateway under test with a new client: checks that it is
 * committed. s->c becomes that client. For cases that attack first.
 */
bool steps_check_still_resumes(struct steps *s, const char *what);

/*
 * The same under a clause. Where an SA that nobody attacked is not resumed either, the fault is
 * another's: the case is inconclusive then, and says where to look.
 */
bool steps_check_untouched(struct steps *s, const char *clause, const char *what);

/* An ordinary response must come to `r`, as if it had no SYN; `what` names the request. */
bool steps_check_ordinary(struct probe *p, struct evidence *e, const struct target_gateway *gateway,
			  const struct init_request *r, const char *what);

/*
 * Send c->request again, octet for octet, and wait for one answer or the end of [timers] answer. Where
 * the answer to an earlier request would be a wrong one, protected_quiet() comes before.
 */
enum ike_answer_kind steps_repeat_init(struct client *c, struct init_answer *a);

/* An index that no gateway ever gave: a random SPI at the old gateway's index address. */
struct index steps_unknown_index(struct probe *p);
/* A suite of the target file with, or without, an AEAD; NULL: it has none. */
const struct suite *steps_suite(const struct probe *p, bool aead);
/* One whose prf is not that of the first; the longest there is. NULL: it has none. */
const struct suite *steps_other_prf(const struct probe *p);

#endif
