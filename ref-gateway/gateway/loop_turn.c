/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each turn of the loop is one of the gateway's: its budget begins anew, and what waits goes on after what has come. */
#include "loop_turn.h"

struct turn_source {
	GSource source;
	struct gateway *gateway;
};

static gboolean turn_prepare(GSource *source, gint *timeout)
{
	struct gateway *g = ((struct turn_source *)source)->gateway;

	*timeout = -1;
	gateway_turn(g);
	return gateway_has_work(g);
}

static gboolean turn_check(GSource *source)
{
	return gateway_has_work(((struct turn_source *)source)->gateway);
}

static gboolean turn_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void)callback;
	(void)user;
	gateway_work(((struct turn_source *)source)->gateway);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs turn_funcs = {
	.prepare = turn_prepare,
	.check = turn_check,
	.dispatch = turn_dispatch,
};

GSource *loop_turn_attach(struct gateway *g, GMainContext *context)
{
	GSource *source = g_source_new(&turn_funcs, sizeof(struct turn_source));

	((struct turn_source *)source)->gateway = g;
	g_source_set_static_name(source, "turns");
	g_source_attach(source, context);
	return source;
}
