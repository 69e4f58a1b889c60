/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that every file which adds to a tree needs. */
#ifndef IKESYNC_SHOWN_H
#define IKESYNC_SHOWN_H

#include "base/ws_compat.h"

/* In brackets: not in the packet, but found out. */
static inline proto_item *generated(proto_item *item)
{
	proto_item_set_generated(item);
	return item;
}

#endif
