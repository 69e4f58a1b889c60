/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a session that who runs the gateway wants. */
#ifndef IKESYNC_GATEWAY_DISMISS_H
#define IKESYNC_GATEWAY_DISMISS_H

#include "core/gateway_state.h"

/*
 * Its stub is deleted at once, and the client told, as soon as no other request of ours is under way; an SA that a rekey puts in its place
 * meanwhile ends in the same way. false: it is not established, or ends already.
 */
bool dismiss(struct sa *sa);
/* `new` takes the place of `old`, and its end. */
void dismiss_inherit(const struct sa *old, struct sa *new);

#endif
