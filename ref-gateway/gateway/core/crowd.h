/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many unfinished SAs a source has, half open or provisional: what rule 58 caps, also with a cookie. */
#ifndef IKESYNC_GATEWAY_CROWD_H
#define IKESYNC_GATEWAY_CROWD_H

#include "core/gateway_state.h"

struct crowd_count;
/* An unfinished SA's place among those of its address and of its prefix. */
struct crowd_place {
	struct crowd_count *address, *prefix;
};

/* May this address begin another one? */
bool crowd_has_room(struct gateway *g, const struct address *source);
void crowd_enter(struct gateway *g, const struct address *source, struct crowd_place *place);
/* Harmless for a place that nobody took. */
void crowd_leave(struct gateway *g, struct crowd_place *place);

#endif
