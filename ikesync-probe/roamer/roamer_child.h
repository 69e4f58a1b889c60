/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The child SA that comes with a login or a resumption. */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_CHILD_H
#define IKESYNC_PROBE_ROAMER_ROAMER_CHILD_H

#include "roamer/roamer_sa.h"

/* What message ID 1 of the candidate asks for; borrows from the configuration. */
struct ike_child_offer roamer_child_offer(const struct roamer *r, const struct roamer_candidate *k);
/* Read the verified answer `inner` and tell the user what was agreed; nothing where nothing was, or nobody wants to know. */
void roamer_child_tell(const struct roamer *r, struct roamer_candidate *k,
		       const struct chain *inner);

#endif
