/* SPDX-License-Identifier: GPL-2.0-or-later */
/* At the start of a loop turn, what the last one has left to do: sync the journal, tell results, send what is queued. */
#include "bank_link/bank_pump.h"

#include "bank_link/bank_bundle.h"
#include "net/loop.h"

#define SYNC_RETRY_MS UINT64_C(1000)
#define SYNC_RETRY_MAX_MS UINT64_C(30000)

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

/* Requests that are stable, or for which no disk is to be had, may go to the bank. */
static void release(struct bank_client *b)
{
	struct bank_op *op;

	while ((op = g_queue_peek_head(&b->unsynced)) != NULL &&
	       (!op->number || op->number <= bank_queue_stable(b->queue) ||
		bank_queue_failed(b->queue)))
		bank_order_add(b->order, g_queue_pop_head(&b->unsynced));
}

static bool may_sync(const struct bank_client *b)
{
	return bank_queue_dirty(b->queue) && !bank_queue_busy(b->queue) &&
	       (!b->sync_again || loop_now() >= b->sync_again);
}

/* After a refusal the disk has some rest. */
static void note_disk(struct bank_client *b)
{
	if (!bank_queue_failed(b->queue)) {
		b->sync_again = b->sync_wait = 0;
		return;
	}
	b->sync_wait = b->sync_wait ? MIN(2 * b->sync_wait, SYNC_RETRY_MAX_MS) : SYNC_RETRY_MS;
	b->sync_again = loop_now() + b->sync_wait;
}

void bank_pump_step(struct bank_client *b)
{
	if (b->queue && bank_queue_poll(b->queue))
		note_disk(b);
	release(b);
	if (b->queue && may_sync(b))
		(void)bank_queue_start_sync(b->queue);
}

bool bank_pump_sync(struct bank_client *b)
{
	bool ok = !b->queue || bank_queue_sync(b->queue);

	if (b->queue)
		note_disk(b);
	release(b);
	return ok;
}

static bool may_release(const struct bank_client *b)
{
	const struct bank_op *op = b->unsynced.head ? b->unsynced.head->data : NULL;

	return op && (!op->number || bank_queue_failed(b->queue));
}

static gboolean pump_prepare(GSource *source, gint *timeout)
{
	struct bank_client *b = ((struct bank_pump *)source)->b;
	uint64_t now;

	*timeout = -1;
	if (b->deferred.length || bank_bundle_can_send(b) || may_release(b))
		return TRUE;
	if (!b->queue)
		return FALSE;
	if (bank_queue_has_result(b->queue) || may_sync(b))
		return TRUE;
	now = loop_now();
	if (bank_queue_dirty(b->queue) && !bank_queue_busy(b->queue) && b->sync_again > now)
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
	bank_pump_step(b);
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
