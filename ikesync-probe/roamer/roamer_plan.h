/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which gateways are asked in which order, and with which index (wire profile 6.1, 13.10). */
#ifndef IKESYNC_PROBE_ROAMER_ROAMER_PLAN_H
#define IKESYNC_PROBE_ROAMER_ROAMER_PLAN_H

#include "ike/ike_client.h"
#include "roamer/roamer_event.h"

#define ROAMER_PLAN_MAX 32

struct roamer_step {
	unsigned gateway;
	enum roamer_with with;
	struct ike_resumable stub; /* WITH_NONE: empty */
};

struct roamer_plan {
	unsigned n;
	struct roamer_step at[ROAMER_PLAN_MAX];
};

/* Wipes. */
void roamer_plan_clear(struct roamer_plan *p);
/* At the end; what does not fit is left out. `stub` NULL: without SYN. */
void roamer_plan_append(struct roamer_plan *p, unsigned gateway, const struct ike_resumable *stub);
/* To be done next, before all others. The last call comes first. */
void roamer_plan_insert(struct roamer_plan *p, const struct roamer_step *step);
/* Take the next step. false: none is left. */
bool roamer_plan_next(struct roamer_plan *p, struct roamer_step *out);

#endif
