/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What many cases need set up before they ask and put away afterwards. */
#ifndef IKESYNC_PROBE_CASES_STAGE_H
#define IKESYNC_PROBE_CASES_STAGE_H

#include "client/steps.h"
#include "gateway/desk.h"
#include "host/roaming.h"

/* For .run with .at_desk: a desk with a connection as the owner ... */
void stage_desk(struct probe *p, struct evidence *e);
/* ... and as the second gateway, too. */
void stage_two_desks(struct probe *p, struct evidence *e);
/* The same for any function; `second` as for desk_open(). */
void stage_desk_with(struct probe *p, struct evidence *e, bool second,
		     void (*at_desk)(struct desk *d));

/* For .run with .resuming: an old SA whose stub is there, and a client at the gateway under test. */
void stage_resumption(struct probe *p, struct evidence *e);
/* The same for any function, with a suite and a gateway as for steps_begin(). */
void stage_resumption_with(struct probe *p, struct evidence *e, const struct suite *suite,
			   const struct target_gateway *gateway, void (*resuming)(struct steps *s));

/* For .run with .roaming: a client under test that has logged in at A and asks B. */
void stage_roaming(struct probe *p, struct evidence *e);
/* The same for any function, after a login as `how` says (NULL: nothing special). */
void stage_roaming_with(struct probe *p, struct evidence *e, const struct roaming_login *how,
			void (*roaming)(struct roaming *r));

#endif
