/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of an established SA is due, and when: its end, its rekey, a sign of life, and the same of its children. One timer for all
 * of it; it rests while a request of ours is under way, since only one can be (RFC 7296 section 2.3).
 */
#ifndef IKESYNC_GATEWAY_SA_DUE_H
#define IKESYNC_GATEWAY_SA_DUE_H

#include "core/gateway_state.h"

struct sa;
struct sa_child;

enum sa_due {
	SA_DUE_NOTHING,
	SA_DUE_DROP, /* its session is elsewhere, and it is silent here */
	SA_DUE_END,
	SA_DUE_REDIRECT,     /* is to be said */
	SA_DUE_PATH,         /* its new address is to be checked */
	SA_DUE_CHILD_DELETE, /* of all children that are SA_CHILD_OVER */
	SA_DUE_REKEY,
	SA_DUE_CHILD_REKEY, /* of `child` */
	SA_DUE_LIVENESS,
};

/* Draw the times of a new SA by configuration and the lifetime that it has, and arm. */
void sa_due_begin(struct sa *sa);
/* Draw those of a new child. The caller arms. */
void sa_due_begin_child(struct sa *sa, struct sa_child *child);
/* Its session is said to be elsewhere: ask, and drop it when nothing is heard within 10 s (rule 33). */
void sa_due_moved_away(struct sa *sa);
/* It has been heard. */
void sa_due_heard(struct sa *sa);
/* Wait for the earliest; gateway.due() is called then, from the wheel. */
void sa_due_arm(struct sa *sa);
/* What is due could not be done: wait a moment, not for nothing at every turn of the loop. */
void sa_due_postpone(struct sa *sa);
/* What is due now, the most pressing first. */
enum sa_due sa_due_now(struct sa *sa, struct sa_child **child);
/* A moment from now that two ends do not hit together: for what the peer cannot do just now. */
uint64_t sa_due_later(struct gateway *g);

#endif
