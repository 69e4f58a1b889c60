/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the real client can still do after somebody sent what he should not. */
#ifndef IKESYNC_PROBE_CASES_AFTERMATH_H
#define IKESYNC_PROBE_CASES_AFTERMATH_H

#include "client/steps.h"

/*
 * Before the attack: SYN for s->old, never confirmed, which consumes nothing: does it hit? Where it
 * does not, no later failure proves anything (C01 is about that). Nothing is checked.
 */
bool aftermath_ground(struct steps *s);
/* The same for cases that are about nothing else: false has been stated as inconclusive. */
bool aftermath_demand_ground(struct steps *s);

/*
 * The real client resumes s->old at the gateway under test with a new client, which s->c becomes:
 * a check of `clause`. `ground` is what aftermath_ground() said before: without it a failure is
 * inconclusive; and where the SYN hits but is not committed, an undisturbed client shows whose
 * fault that is. Returns whether the client resumed.
 */
bool aftermath_resumes(struct steps *s, bool ground, const char *clause, const char *what);

/*
 * `r` must be answered with SA, KE, Nr: a check of `clause`, and of `no_error` (NULL: none), by which
 * no error notify may come. What came is used: the client logs in, and ends that SA.
 */
bool aftermath_ordinary(struct steps *s, const char *clause, const char *no_error,
			const struct init_request *r, const char *what);

/* An ordinary IKE_SA_INIT is answered: a check of clause 59.5. */
bool aftermath_serves(struct probe *p, struct evidence *e, const char *what);

/* An empty INFORMATIONAL on the live SA of `c` is answered: a check of `clause`. */
bool aftermath_lives(struct client *c, const char *clause, const char *what);

#endif
