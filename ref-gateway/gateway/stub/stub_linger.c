/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deleted later. */
#include "stub/stub_linger.h"

#include <glib.h>

#include "core/services.h"
#include "stub/stub_tell.h"

#define LINGER_MS 60000

struct lingering {
	GList link; /* of gateway.lingering */
	struct wheel_timer timer;
	struct gateway *gateway;
	struct index index;
};

static void lingering_free(struct lingering *l)
{
	wheel_cancel(l->gateway->ops.wheel, &l->timer);
	g_queue_unlink(&l->gateway->lingering, &l->link);
	g_free(l);
}

static void its_time(void *user)
{
	struct lingering *l = user;

	stub_tell_delete(l->gateway, &l->index);
	lingering_free(l);
}

void stub_linger(struct gateway *g, const struct index *ix)
{
	struct lingering *l = g_new0(struct lingering, 1);

	l->link.data = l;
	l->gateway = g;
	l->index = *ix;
	g_queue_push_tail_link(&g->lingering, &l->link);
	wheel_arm(g->ops.wheel, &l->timer, services_now(g) + LINGER_MS, its_time, l);
}

void stub_linger_forget(struct gateway *g)
{
	while (g->lingering.head)
		lingering_free(g->lingering.head->data);
}
