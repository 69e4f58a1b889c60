/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saying goodbye to all SAs, so many a millisecond. */
#include "leaving.h"

#include "net/loop.h"

/* 100,000 SAs take half a second; it is some 25 MB/s of datagrams for so long. */
#define SAS_PER_MS 200
/* After a pause that others have caused; then the time is looked at again. */
#define BURST_MAX UINT64_C(4000)
/* Service managers lose patience after some seconds. */
#define TIME_MAX_MS 3000

static void say_some(void *user)
{
	struct leaving *l = user;
	uint64_t passed = loop_now() - l->since;
	uint64_t due = (passed + 1) * SAS_PER_MS;
	uint64_t n = MIN(due - l->told, BURST_MAX);
	size_t left = gateway_goodbye(l->gateway, n);

	l->told += n;
	if (left && passed < TIME_MAX_MS)
		wheel_arm(l->wheel, &l->timer, loop_now() + 1, say_some, l);
	else
		g_main_loop_quit(l->loop);
}

void leaving_begin(struct leaving *l)
{
	if (l->begun) {
		wheel_cancel(l->wheel, &l->timer);
		g_main_loop_quit(l->loop);
		return;
	}
	l->begun = true;
	l->since = loop_now();
	say_some(l);
}
