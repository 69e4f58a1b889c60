/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where and when something was seen, in 12 octets: a file has many. */
#ifndef IKESYNC_FRAME_MARK_H
#define IKESYNC_FRAME_MARK_H

#include "base/ws_compat.h"

struct frame_mark {
	uint32_t frame; /* 0: not seen */
	uint32_t packed[2];
};

/* Once, before the first file. */
void frame_mark_init(void);

struct frame_mark frame_mark_at(const packet_info *pinfo);

/* Of the epoch, if there is no frame. */
nstime_t frame_mark_time(const struct frame_mark *m);

/* From one to the other. */
nstime_t frame_mark_span(const struct frame_mark *from, const struct frame_mark *to);

/* From there to this frame. */
nstime_t frame_mark_since(const struct frame_mark *from, const packet_info *pinfo);

#endif
