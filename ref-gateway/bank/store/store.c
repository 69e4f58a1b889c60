/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door of the store: who waits for whom, index by index. */
#include "store.h"

#include "writer.h"

/* Gets handed to the engine at once. */
#define GET_GROUP 64

struct store {
	struct ledger *ledger;
	struct writer *writer;
	GMainContext *context;
	GHashTable *queued;  /* struct index -> operations that are not done */
	GHashTable *reading; /* struct index -> gets on their way */
	struct store_ops collected;
	bool held; /* the first collected waits for a get */
};

static void add(GHashTable *table, const struct index *ix, int by)
{
	int count = GPOINTER_TO_INT(g_hash_table_lookup(table, ix)) + by;

	if (count > 0)
		g_hash_table_insert(table, g_memdup2(ix, sizeof(*ix)), GINT_TO_POINTER(count));
	else
		g_hash_table_remove(table, ix);
}

static void note(struct store *s, const struct store_op *op, int by)
{
	if (op->kind == STORE_BARRIER)
		return;
	add(s->queued, &op->index, by);
	if (op->kind == STORE_UPDATE)
		add(s->queued, &op->new_index, by);
}

bool store_pending(const struct store *s, const struct index *ix)
{
	return g_hash_table_contains(s->queued, ix);
}

static void applied(struct store_op *op, void *user)
{
	note(user, op, -1);
	op->done(op, op->user);
}

void store_submit(struct store *s, struct store_op *op)
{
	note(s, op, 1);
	store_ops_push(&s->collected, op);
}

static bool is_read(const struct store *s, const struct store_op *op)
{
	return store_op_writes(op) &&
	       (g_hash_table_contains(s->reading, &op->index) ||
		(op->kind == STORE_UPDATE && g_hash_table_contains(s->reading, &op->new_index)));
}

void store_flush(struct store *s)
{
	struct store_ops ready;

	store_ops_init(&ready);
	s->held = false;
	if (g_hash_table_size(s->reading) == 0)
		store_ops_append(&ready, &s->collected);
	while (s->collected.first && !s->held) {
		s->held = is_read(s, s->collected.first);
		if (!s->held)
			store_ops_push(&ready, store_ops_pop(&s->collected));
	}
	writer_submit(s->writer, &ready);
}

/* ---- gets ---- */

static void get_more(struct store_gets *g);

static void on_got(void *user)
{
	struct store_gets *g = user;

	for (; g->answered < g->asked; g->answered++) {
		GBytes *found = g->ops[g->answered]->found;

		g->budget -= MIN(found ? g_bytes_get_size(found) : 0, g->budget);
	}
	if (g->calling)
		return;
	get_more(g);
}

static void note_reading(struct store_gets *g, int by)
{
	for (size_t i = g->noted_from; i < g->n; i++)
		add(g->store->reading, &g->ops[i]->index, by);
}

/* As long as the engine answers at once, group by group; then on_got() goes on. */
static void get_more(struct store_gets *g)
{
	struct store *s = g->store;

	while (g->answered < g->n && g->budget > 0) {
		size_t n = MIN(g->n - g->asked, GET_GROUP);

		g->asked += n;
		g->calling = true;
		ledger_get(s->ledger, g->ops + g->answered, n, on_got, g);
		g->calling = false;
		if (g->answered == g->asked)
			continue;
		if (!g->noted) {
			g->noted = true;
			g->noted_from = g->answered;
			note_reading(g, 1);
		}
		return;
	}
	for (; g->answered < g->n; g->answered++) {
		g->ops[g->answered]->status = STUB_BUSY;
		g->ops[g->answered]->why = "too much for one reply: ask again";
	}
	if (g->noted)
		note_reading(g, -1);
	g->done(g); /* may free it */
	if (s->held)
		store_flush(s);
}

void store_get(struct store *s, struct store_gets *g)
{
	g->store = s;
	g->asked = g->answered = 0;
	g->noted = false;
	get_more(g);
}

void store_scan(struct store *s, struct ledger_scan *scan)
{
	ledger_scan(s->ledger, scan);
}

void store_browse(struct store *s, struct ledger_browse *browse)
{
	ledger_browse(s->ledger, browse);
}

bool store_checkpoint(struct store *s, const char *directory, GError **error)
{
	return ledger_checkpoint(s->ledger, directory, error);
}

bool store_counted(const struct store *s)
{
	return ledger_ready(s->ledger);
}

const char *store_name(const struct store *s)
{
	return ledger_name(s->ledger);
}

/* ---- the rest ---- */

void store_expire(struct store *s)
{
	ledger_expire(s->ledger);
}

uint64_t store_count(const struct store *s)
{
	return ledger_count(s->ledger);
}

uint64_t store_tombstones(const struct store *s)
{
	return ledger_tombstones(s->ledger);
}

void store_limit(struct store *s, uint64_t max_stubs, uint64_t max_tombstones)
{
	ledger_limit(s->ledger, max_stubs, max_tombstones);
}

void store_run(struct store *s)
{
	writer_run(s->writer);
}

void store_finish(struct store *s)
{
	store_flush(s);
	while (s->held || ledger_calls(s->ledger) || !ledger_ready(s->ledger))
		g_main_context_iteration(s->context, TRUE);
	writer_finish(s->writer);
}

struct store *store_new(struct engine *engine, const struct ledger_settings *settings,
			GMainContext *context, bool threaded, GError **error)
{
	struct ledger *ledger = ledger_new(engine, settings, error);
	struct store *s;

	if (!ledger)
		return NULL;
	s = g_new0(struct store, 1);
	s->ledger = ledger;
	s->context = context;
	s->queued = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, NULL);
	s->reading = g_hash_table_new_full(index_key_hash, index_key_equal, g_free, NULL);
	store_ops_init(&s->collected);
	s->writer = writer_new(ledger, context, threaded, applied, s);
	return s;
}

void store_free(struct store *s)
{
	store_finish(s);
	writer_free(s->writer);
	ledger_free(s->ledger);
	g_hash_table_unref(s->queued);
	g_hash_table_unref(s->reading);
	g_free(s);
}
