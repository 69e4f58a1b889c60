/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end, with goodbye: SAs are told so at a pace that networks bear, and then the loop quits. */
#ifndef IKESYNC_GATEWAY_LEAVING_H
#define IKESYNC_GATEWAY_LEAVING_H

#include <glib.h>

#include "gateway.h"

struct leaving {
	struct wheel_timer timer;
	struct wheel *wheel;
	struct gateway *gateway;
	GMainLoop *loop;
	bool begun;
	uint64_t since, told;
};

/* Begin, or, when that was long enough for somebody who asks a second time, quit at once. The rest of `l` is filled in. */
void leaving_begin(struct leaving *l);

#endif
