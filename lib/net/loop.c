/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wheel as a source of the GLib main loop. */
#include "net/loop.h"

#include <time.h>

struct wheel_source {
	GSource source;
	struct wheel *wheel;
};

uint64_t loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static gboolean wheel_prepare(GSource *source, gint *timeout)
{
	uint64_t next = wheel_next(((struct wheel_source *)source)->wheel);
	uint64_t now;

	*timeout = -1;
	if (next == UINT64_MAX)
		return FALSE;
	now = loop_now();
	if (next <= now)
		return TRUE;
	*timeout = (gint)MIN(next - now, (uint64_t)G_MAXINT);
	return FALSE;
}

static gboolean wheel_check(GSource *source)
{
	uint64_t next = wheel_next(((struct wheel_source *)source)->wheel);

	return next != UINT64_MAX && next <= loop_now();
}

static gboolean wheel_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void)callback;
	(void)user;
	wheel_advance(((struct wheel_source *)source)->wheel, loop_now());
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs wheel_funcs = {
	.prepare = wheel_prepare,
	.check = wheel_check,
	.dispatch = wheel_dispatch,
};

GSource *loop_attach_wheel(struct wheel *w, GMainContext *context)
{
	GSource *source = g_source_new(&wheel_funcs, sizeof(struct wheel_source));

	((struct wheel_source *)source)->wheel = w;
	g_source_set_static_name(source, "wheel");
	g_source_attach(source, context);
	return source;
}
