/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Group commit: in a thread of its own or in the loop, and the way back to the loop. */
#include "writer.h"

/* Operations in one commit: bounds how long a group's first one waits for its last. */
#define WRITER_GROUP 4096

struct writer {
	struct ledger *ledger;
	GMainContext *context;
	void (*applied)(struct store_op *op, void *user);
	void *user;
	GThread *thread;
	GSource *source;
	bool in_loop; /* the engine answers later: no thread, no lock needed */
	GMutex mutex; /* over the rest */
	GCond work, idle;
	struct store_ops incoming, finished;
	bool busy, stop;
	/* of whoever applies */
	struct store_op *group[WRITER_GROUP];
	size_t n;
	bool done;
};

static void collect_group(struct writer *w, struct store_ops *from)
{
	for (w->n = 0; from->first && w->n < WRITER_GROUP; w->n++)
		w->group[w->n] = store_ops_pop(from);
}

static void group_done(struct writer *w, struct store_ops *done)
{
	for (size_t i = 0; i < w->n; i++)
		store_ops_push(done, w->group[i]);
	w->n = 0;
}

static void on_applied(void *user)
{
	((struct writer *)user)->done = true;
}

/* All groups of `work`, over an engine that blocks: every answer has come when the call returns. */
static void apply(struct writer *w, struct store_ops *work, struct store_ops *done)
{
	while (work->first) {
		collect_group(w, work);
		w->done = false;
		ledger_apply(w->ledger, w->group, w->n, on_applied, w);
		g_assert(w->done);
		group_done(w, done);
	}
}

static void *run_thread(void *user)
{
	struct writer *w = user;
	struct store_ops work, done;

	store_ops_init(&work);
	store_ops_init(&done);
	g_mutex_lock(&w->mutex);
	for (;;) {
		while (!w->incoming.first && !w->stop)
			g_cond_wait(&w->work, &w->mutex);
		if (!w->incoming.first)
			break;
		store_ops_append(&work, &w->incoming);
		w->busy = true;
		g_mutex_unlock(&w->mutex);
		apply(w, &work, &done);
		g_mutex_lock(&w->mutex);
		store_ops_append(&w->finished, &done);
		w->busy = false;
		g_cond_broadcast(&w->idle);
		g_source_set_ready_time(w->source, 0);
	}
	g_mutex_unlock(&w->mutex);
	return NULL;
}

static void deliver(struct writer *w)
{
	struct store_ops done;
	struct store_op *op;

	store_ops_init(&done);
	g_mutex_lock(&w->mutex);
	store_ops_append(&done, &w->finished);
	g_mutex_unlock(&w->mutex);
	while ((op = store_ops_pop(&done)))
		w->applied(op, w->user); /* may free it */
}

static void on_applied_later(void *user)
{
	struct writer *w = user;

	group_done(w, &w->finished);
	w->busy = false;
	g_source_set_ready_time(w->source, 0);
}

/* The next group, over an engine that answers later. */
static void begin_group(struct writer *w)
{
	if (w->busy || !w->incoming.first)
		return;
	if (!ledger_ready(w->ledger)) {
		/* Nothing tells when it is; a bank that has just started can wait so long. */
		g_source_set_ready_time(w->source,
					g_get_monotonic_time() + G_TIME_SPAN_MILLISECOND);
		return;
	}
	w->busy = true;
	collect_group(w, &w->incoming);
	ledger_apply(w->ledger, w->group, w->n, on_applied_later, w);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct writer *w = *(struct writer **)user;

	(void)callback;
	g_source_set_ready_time(source, -1);
	deliver(w);
	if (w->in_loop)
		begin_group(w);
	return G_SOURCE_CONTINUE;
}

static gboolean never(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

struct writer *writer_new(struct ledger *ledger, GMainContext *context, bool threaded,
			  void (*applied)(struct store_op *op, void *user), void *user)
{
	static GSourceFuncs funcs = { .dispatch = dispatch };
	struct writer *w = g_new0(struct writer, 1);
	struct writer **self = g_new(struct writer *, 1);

	w->ledger = ledger;
	w->context = context;
	w->applied = applied;
	w->user = user;
	w->in_loop = !ledger_blocks(ledger);
	store_ops_init(&w->incoming);
	store_ops_init(&w->finished);
	g_mutex_init(&w->mutex);
	g_cond_init(&w->work);
	g_cond_init(&w->idle);
	w->source = g_source_new(&funcs, sizeof(GSource));
	*self = w;
	g_source_set_callback(w->source, never, self, g_free);
	g_source_attach(w->source, context);
	if (threaded && !w->in_loop)
		w->thread = g_thread_new("writer", run_thread, w);
	return w;
}

void writer_submit(struct writer *w, struct store_ops *ops)
{
	if (!ops->first)
		return;
	g_mutex_lock(&w->mutex);
	store_ops_append(&w->incoming, ops);
	g_cond_signal(&w->work);
	g_mutex_unlock(&w->mutex);
	if (w->in_loop)
		begin_group(w);
}

void writer_run(struct writer *w)
{
	struct store_ops work, done;

	if (w->thread || w->in_loop)
		return;
	store_ops_init(&work);
	store_ops_init(&done);
	store_ops_append(&work, &w->incoming);
	apply(w, &work, &done);
	store_ops_append(&w->finished, &done);
	deliver(w);
}

void writer_finish(struct writer *w)
{
	if (w->in_loop) {
		while (w->busy || w->incoming.first)
			g_main_context_iteration(w->context, TRUE);
	} else if (!w->thread) {
		writer_run(w);
		return;
	} else {
		g_mutex_lock(&w->mutex);
		while (w->busy || w->incoming.first)
			g_cond_wait(&w->idle, &w->mutex);
		g_mutex_unlock(&w->mutex);
	}
	deliver(w);
}

void writer_free(struct writer *w)
{
	writer_finish(w);
	if (w->thread) {
		g_mutex_lock(&w->mutex);
		w->stop = true;
		g_cond_signal(&w->work);
		g_mutex_unlock(&w->mutex);
		g_thread_join(w->thread);
	}
	g_source_destroy(w->source);
	g_source_unref(w->source);
	g_mutex_clear(&w->mutex);
	g_cond_clear(&w->work);
	g_cond_clear(&w->idle);
	g_free(w);
}
