/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a dissector over TCP was handed: a segment, or several put together. */
#ifndef IKESYNC_SEGMENT_H
#define IKESYNC_SEGMENT_H

#include "base/ws_compat.h"

/* Is `tvb` of several segments? TCP names what it puts together so. */
bool segment_is_put_together(const packet_info *pinfo, tvbuff_t *tvb);

/* 0 or 1: the same for all packets of one direction of a connection. */
unsigned segment_direction(const packet_info *pinfo);

#endif
