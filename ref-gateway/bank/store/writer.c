/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Group commit: a thread of its own, and the way back to the loop. */
#include "writer.h"

/* Operations in one write: bounds how long a group's first one waits for its last. */
#define WRITER_GROUP 4096

struct queue {
	struct store_op *first, **last;
};

struct writer {
	struct store *store;
	uint64_t (*clock)(void *ctx);
	void *ctx;
	GThread *thread;
	GSource *source;
	GHashTable *pending;    /* struct index -> count */
	struct queue collected; /* of the loop's thread */
	GMutex mutex;           /* over the rest */
	GCond work, idle;
	struct queue incoming, finished;
	bool busy, stop;
	struct store_op *group[WRITER_GROUP]; /* of the thread that applies */
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_push(struct queue *q, struct store_op *op)
{
	op->next = NULL;
	*q->last = op;
	q->last = &op->next;
}

static void queue_append(struct queue *to, struct queue *from)
{
	if (!from->first)
		return;
	*to->last = from->first;
	to->last = from->last;
	queue_init(from);
}

static void pending_add(struct writer *w, const struct index *ix, int by)
{
	int count = GPOINTER_TO_INT(g_hash_table_lookup(w->pending, ix)) + by;

	if (count > 0)
		g_hash_table_insert(w->pending, g_memdup2(ix, sizeof(*ix)), GINT_TO_POINTER(count));
	else
		g_hash_table_remove(w->pending, ix);
}

static void note(struct writer *w, const struct store_op *op, int by)
{
	if (op->kind == STORE_BARRIER)
		return;
	pending_add(w, &op->index, by);
	if (op->kind == STORE_UPDATE)
		pending_add(w, &op->new_index, by);
}

/* One group: a write, then its operations are finished. */
static void apply(struct writer *w, struct queue *q, struct queue *done)
{
	while (q->first) {
		size_t n = 0;

		while (q->first && n < WRITER_GROUP) {
			w->group[n++] = q->first;
			q->first = q->first->next;
		}
		if (!q->first)
			queue_init(q);
		if (!w->store->write_batch(w->store, w->group, n, w->clock(w->ctx))) {
			for (size_t i = 0; i < n; i++) {
				w->group[i]->status = STUB_BUSY;
				w->group[i]->why = "the storage failed";
			}
		}
		for (size_t i = 0; i < n; i++)
			queue_push(done, w->group[i]);
	}
}

static void *run_thread(void *user)
{
	struct writer *w = user;
	struct queue work, done;

	queue_init(&work);
	queue_init(&done);
	g_mutex_lock(&w->mutex);
	for (;;) {
		while (!w->incoming.first && !w->stop)
			g_cond_wait(&w->work, &w->mutex);
		if (!w->incoming.first)
			break;
		queue_append(&work, &w->incoming);
		w->busy = true;
		g_mutex_unlock(&w->mutex);
		apply(w, &work, &done);
		g_mutex_lock(&w->mutex);
		queue_append(&w->finished, &done);
		w->busy = false;
		g_cond_broadcast(&w->idle);
		g_source_set_ready_time(w->source, 0);
	}
	g_mutex_unlock(&w->mutex);
	return NULL;
}

static void deliver(struct writer *w)
{
	struct queue done;
	struct store_op *op;

	queue_init(&done);
	g_mutex_lock(&w->mutex);
	queue_append(&done, &w->finished);
	g_mutex_unlock(&w->mutex);
	while ((op = done.first)) {
		done.first = op->next; /* done() may free it */
		note(w, op, -1);
		op->done(op, op->user);
	}
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void)callback;
	g_source_set_ready_time(source, -1);
	deliver(*(struct writer **)user);
	return G_SOURCE_CONTINUE;
}

static gboolean never(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

struct writer *writer_new(struct store *store, uint64_t (*clock)(void *ctx), void *ctx,
			  GMainContext *context, bool threaded)
{
	static GSourceFuncs funcs = { .dispatch = dispatch };
	struct writer *w = g_new0(struct writer, 1);
	struct writer **self = g_new(struct writer *, 1);

	w->store = store;
	w->clock = clock;
	w->ctx = ctx;
	w->pending = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, NULL);
	queue_init(&w->collected);
	queue_init(&w->incoming);
	queue_init(&w->finished);
	g_mutex_init(&w->mutex);
	g_cond_init(&w->work);
	g_cond_init(&w->idle);
	w->source = g_source_new(&funcs, sizeof(GSource));
	*self = w;
	g_source_set_callback(w->source, never, self, g_free);
	g_source_attach(w->source, context);
	if (threaded)
		w->thread = g_thread_new("writer", run_thread, w);
	return w;
}

void writer_submit(struct writer *w, struct store_op *op)
{
	note(w, op, 1);
	queue_push(&w->collected, op);
}

void writer_flush(struct writer *w)
{
	if (!w->collected.first)
		return;
	g_mutex_lock(&w->mutex);
	queue_append(&w->incoming, &w->collected);
	g_cond_signal(&w->work);
	g_mutex_unlock(&w->mutex);
}

bool writer_pending(struct writer *w, const struct index *ix)
{
	return g_hash_table_contains(w->pending, ix);
}

void writer_run(struct writer *w)
{
	struct queue work, done;

	queue_init(&work);
	queue_init(&done);
	queue_append(&work, &w->incoming);
	apply(w, &work, &done);
	queue_append(&w->finished, &done);
	deliver(w);
}

void writer_finish(struct writer *w)
{
	writer_flush(w);
	if (!w->thread) {
		writer_run(w);
		return;
	}
	g_mutex_lock(&w->mutex);
	while (w->busy || w->incoming.first)
		g_cond_wait(&w->idle, &w->mutex);
	g_mutex_unlock(&w->mutex);
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
	g_hash_table_unref(w->pending);
	g_mutex_clear(&w->mutex);
	g_cond_clear(&w->work);
	g_cond_clear(&w->idle);
	g_free(w);
}
