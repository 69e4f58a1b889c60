/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From statements to a verdict: the head of the test catalogue. */
#ifndef IKESYNC_PROBE_RUN_VERDICT_H
#define IKESYNC_PROBE_RUN_VERDICT_H

#include "run/evidence.h"

/* The reason of a case that an interruption ended. */
#define VERDICT_INTERRUPTED "interrupted"

/*
 * The verdict of a case that ran. `rules_bind`: failed R rules fail, else they warn. A failed
 * "should" warns. Worst first: fail, inconclusive, warn, info, pass. *reason (g_free) says in one
 * line why it is not a pass; NULL for one.
 */
enum verdict verdict_judge(const struct evidence *e, bool rules_bind, bool interrupted,
			   char **reason);

/* Is `v` no more than what the probe's own lateness may have made of the case? */
bool verdict_is_doubtful(const struct evidence *e, enum verdict v);

const char *verdict_name(enum verdict v);
/* "note", "check", "info", "inconclusive" */
const char *step_kind_name(enum step_kind k);
const char *level_name(enum level l);
/* "draft", "base IKEv2", "problem statement", "profile rule" */
const char *provenance_name(enum provenance p);

#endif
