/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One IKE SA takes the place of another: after a rekey, whoever began it (RFC 7296 section 2.18). */
#ifndef IKESYNC_GATEWAY_SUCCESSION_H
#define IKESYNC_GATEWAY_SUCCESSION_H

#include "core/gateway_state.h"

/* What a new SA has in any case: the way to the peer, and what the peer can do. */
void succession_prepare(const struct sa *old, struct sa *new);
/* All that is not a key goes over, the bank is told, and `old` waits for its Delete. */
void succession_take(struct sa *old, struct sa *new);
/*
 * The peer's rekey crossed ours, and ours came to nothing: what the peer's made takes over. false: there is no such SA; nothing
 * has happened. Our rekey is forgotten after true.
 */
bool succession_settle(struct sa *old);

#endif
