/* SPDX-License-Identifier: GPL-2.0-or-later */
/* At the start of a loop turn, what the last one has left to do: sync the journal, tell results, send what is queued. */
#include "bank_link/bank_pump.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bank_link/bank_bundle.h"
#include "net/loop.h"
#include "tool/log.h"

#define SYNC_RETRY_MS 1000

/* What was decided inside a call is told from the loop. */
struct deferred {
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
	int result;
};

struct bank_pump {
	GSource source;
	struct bank_client *b;
};

void bank_pump_defer(struct bank_client *b, stub_service_get_fn *got, stub_service_done_fn *done,
		     void *user, int result)
{
	struct deferred *d;

	if (!got && !done)
		return;
	d = g_new(struct deferred, 1);
	*d = (struct deferred){ got, done, user, result };
	g_queue_push_tail(&b->deferred, d);
}

bool bank_pump_sync(struct bank_client *b)
{
	if (!b->queue)
		return true;
	if (bank_queue_sync(b->queue)) {
		b->sync_again = 0;
		b->warned_disk = false;
		return true;
	}
	if (bank_queue_failed(b->queue)) {
		/* To go on would be to call durable what is not. A new process writes anew what it finds. */
		log_error("bank queue: what was to be stored is not, and cannot be stored anew: "
			  "giving up");
		_exit(EXIT_FAILURE);
	}
	if (!b->warned_disk)
		log_error("bank queue: the disk refuses to store requests: %s", g_strerror(errno));
	b->warned_disk = true;
	b->sync_again = loop_now() + SYNC_RETRY_MS;
	return false;
}

static gboolean pump_prepare(GSource *source, gint *timeout)
{
	struct bank_client *b = ((struct bank_pump *)source)->b;
	uint64_t now;

	*timeout = -1;
	if (b->deferred.length || bank_bundle_can_send(b))
		return TRUE;
	if (!b->queue || !bank_queue_dirty(b->queue))
		return FALSE;
	now = b->sync_again ? loop_now() : 0;
	if (now >= b->sync_again)
		return TRUE;
	*timeout = (gint)(b->sync_again - now);
	return FALSE;
}

static gboolean pump_check(GSource *source)
{
	gint timeout;

	return pump_prepare(source, &timeout);
}

static gboolean pump_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct bank_client *b = ((struct bank_pump *)source)->b;
	struct deferred *d;

	(void)callback;
	(void)user;
	bank_pump_sync(b);
	for (guint n = b->deferred.length; n && (d = g_queue_pop_head(&b->deferred)) != NULL; n--) {
		if (d->got)
			d->got(d->result, SPAN_NONE, d->user);
		else
			d->done(d->result, d->user);
		g_free(d);
	}
	bank_bundle_send(b);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs pump_funcs = {
	.prepare = pump_prepare,
	.check = pump_check,
	.dispatch = pump_dispatch,
};

void bank_pump_start(struct bank_client *b)
{
	b->pump = (struct bank_pump *)g_source_new(&pump_funcs, sizeof(*b->pump));
	b->pump->b = b;
	g_source_set_static_name(&b->pump->source, "bank client");
	g_source_attach(&b->pump->source, b->config.context);
}

void bank_pump_stop(struct bank_client *b)
{
	g_queue_clear_full(&b->deferred, g_free);
	if (!b->pump)
		return;
	g_source_destroy(&b->pump->source);
	g_source_unref(&b->pump->source);
}
