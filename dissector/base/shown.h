/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that every file which adds to a tree needs. */
#ifndef IKESYNC_SHOWN_H
#define IKESYNC_SHOWN_H

#include "base/ws_compat.h"

#include <epan/tap.h>

/* In brackets: not in the packet, but found out. */
static inline proto_item *generated(proto_item *item)
{
	proto_item_set_generated(item);
	return item;
}

/* Expert infos are listened to, which needs no tree. */
static inline bool expert_listened(void)
{
	/* Registered after our handoff. */
	static int tap;

	if (!tap)
		tap = find_tap_id("expert");
	return have_tap_listener(tap);
}

#endif
