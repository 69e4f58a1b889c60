/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a live capture whole? The probe knows what it sent and got, and can tell. */
#ifndef IKESYNC_PROBE_CAPTURE_CAPTURE_WHOLE_H
#define IKESYNC_PROBE_CAPTURE_CAPTURE_WHOLE_H

#include "capture/live_capture.h"

/* What the probe itself sent or got. */
struct capture_event {
	uint64_t ns;
	bool tcp, sent;
	uint64_t id;
	struct endpoint local, remote;
	GBytes *octets;
};

/* How many of the datagrams, and how many directions of connections, in `events` (struct
 * capture_event *) does `live` lack? */
unsigned capture_whole_missing(const struct live_capture *live, const GPtrArray *events);

#endif
