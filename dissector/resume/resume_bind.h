/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is N(IKESYNC_BIND) the prf over the two IKE_SA_INIT messages of this capture? */
#ifndef IKESYNC_RESUME_BIND_H
#define IKESYNC_RESUME_BIND_H

#include "ike/ike_state.h"

/* First pass, when the SA's keys have been found: what the client's and the gateway's must be. */
void resume_bind_calculate(const struct ike_resumed *sa);

/* Are both messages still there, so that BIND can be compared? */
bool resume_bind_known(const struct ike_resumed *sa);

/* Is the notify `n` of the opened message `clear`, which this side sent, right? */
bool resume_bind_correct(const struct ike_resumed *sa, bool from_initiator, tvbuff_t *clear,
			 const struct ike_notify *n);

/* First pass: what the opened message's BINDs are, into `c`. */
void resume_bind_judge(const struct ike_resumed *sa, bool from_initiator, tvbuff_t *clear,
		       struct ike_contents *c);

#endif
