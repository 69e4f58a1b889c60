/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records in a sorted tree; every step on them at a turn of the loop that a generator chooses. */
#include "engine_memory.h"

#include <string.h>

/* Records in one page of a scan. */
#define PAGE 50

enum what { READ, TRANSACTION, SCAN };

/* One call; its steps are taken one by one, in any order. */
struct call {
	GList link;
	struct memory *memory;
	enum what what;
	bool held;
	uint8_t *taken; /* steps */
	size_t n, left;
	struct engine_read *reads;
	GBytes **values; /* of the reads */
	struct engine_transaction *transactions;
	struct engine_scan *scan;
	engine_done_fn *done;
	void *user;
};

struct memory {
	GTree *records; /* struct record_key -> GBytes */
	GQueue calls;
	GRand *rand;
	GSource *source;
	bool commits_held, reads_held;
	enum engine_result refusal, read_refusal;
	unsigned refusals;
};

struct engine_memory {
	struct engine engine;
	struct memory *memory;
};

static gint compare(gconstpointer a, gconstpointer b, gpointer user)
{
	const struct record_key *x = a, *y = b;
	int c = memcmp(x->octets, y->octets, MIN(x->n, y->n));

	(void)user;
	return c ? c : (int)x->n - (int)y->n;
}

static bool same(GBytes *is, const struct engine_change *c)
{
	gsize n = 0;
	const void *octets = is ? g_bytes_get_data(is, &n) : NULL;

	if (!is || c->expect_none)
		return !is && c->expect_none;
	return span_equal(span_of(octets, n), c->expected);
}

static void apply(struct memory *m, struct engine_transaction *t)
{
	t->result = ENGINE_OK;
	if (m->refusals > 0) {
		m->refusals--;
		t->result = m->refusal;
		return;
	}
	for (unsigned i = 0; i < t->n; i++) {
		if (!same(g_tree_lookup(m->records, &t->at[i].key), &t->at[i]))
			t->result = ENGINE_CHANGED;
	}
	for (unsigned i = 0; t->result == ENGINE_OK && i < t->n; i++) {
		const struct engine_change *c = &t->at[i];

		g_tree_replace(m->records, g_memdup2(&c->key, sizeof(c->key)),
			       g_bytes_new(c->value.p, c->value.n));
	}
}

static void read_one(struct call *c, size_t i)
{
	struct memory *m = c->memory;
	struct engine_read *r = &c->reads[i];
	GBytes *value = g_tree_lookup(m->records, &r->key);
	gsize n;
	const void *octets;

	r->result = m->read_refusal;
	r->found = value != NULL;
	if (!value)
		return;
	c->values[i] = g_bytes_ref(value);
	octets = g_bytes_get_data(value, &n);
	r->value = span_of(octets, n);
}

static void scan_page(struct memory *m, struct engine_scan *s)
{
	GTreeNode *at = s->after.n ? g_tree_upper_bound(m->records, &s->after)
				   : g_tree_lower_bound(m->records, &s->prefix);
	unsigned seen = 0;

	s->result = m->read_refusal;
	s->end = true;
	for (; s->result == ENGINE_OK && at; at = g_tree_node_next(at)) {
		const struct record_key *key = g_tree_node_key(at);
		gsize n;
		const void *octets = g_bytes_get_data(g_tree_node_value(at), &n);

		if (key->n < s->prefix.n || memcmp(key->octets, s->prefix.octets, s->prefix.n) != 0)
			return;
		s->end = seen++ < MIN(PAGE, s->max_records) &&
			 s->each(s, span_of(key->octets, key->n), span_of(octets, n));
		if (!s->end)
			return;
		s->after = *key;
	}
}

static void call_free(struct call *c)
{
	for (size_t i = 0; c->values && i < c->n; i++)
		g_clear_pointer(&c->values[i], g_bytes_unref);
	g_free(c->values);
	g_free(c->taken);
	g_free(c);
}

static void take_step(struct memory *m, struct call *c)
{
	size_t i = (size_t)g_rand_int_range(m->rand, 0, (gint32)c->n);

	while (c->taken[i])
		i = (i + 1) % c->n;
	c->taken[i] = 1;
	c->left--;
	if (c->what == READ)
		read_one(c, i);
	else if (c->what == TRANSACTION)
		apply(m, &c->transactions[i]);
	else
		scan_page(m, c->scan);
	if (c->left > 0)
		return;
	g_queue_unlink(&m->calls, &c->link);
	if (c->what == SCAN)
		c->scan->done(c->scan);
	else
		c->done(c->user);
	call_free(c);
}

static bool held(const struct memory *m, const struct call *c)
{
	return c->held || (c->what == TRANSACTION ? m->commits_held : m->reads_held);
}

static void wake(struct memory *m)
{
	bool work = false;

	for (GList *l = m->calls.head; l; l = l->next)
		work = work || !held(m, l->data);
	g_source_set_ready_time(m->source, work ? 0 : -1);
}

/* One step of one call: of whichever. */
static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct memory *m = *(struct memory **)user;
	guint skip = (guint)g_rand_int_range(m->rand, 0, (gint32)m->calls.length + 1);
	struct call *chosen = NULL;

	(void)source;
	(void)callback;
	for (GList *l = m->calls.head; l && (skip > 0 || !chosen); l = l->next) {
		if (!held(m, l->data))
			chosen = l->data;
		if (skip > 0)
			skip--;
	}
	if (chosen)
		take_step(m, chosen);
	wake(m);
	return G_SOURCE_CONTINUE;
}

static gboolean never(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

static struct call *call_new(struct engine *e, enum what what, size_t n)
{
	struct memory *m = ((struct engine_memory *)(void *)e)->memory;
	struct call *c = g_new0(struct call, 1);

	c->link.data = c;
	c->memory = m;
	c->what = what;
	c->taken = g_new0(uint8_t, n);
	c->n = c->left = n;
	g_queue_push_tail_link(&m->calls, &c->link);
	wake(m);
	return c;
}

static void memory_read(struct engine *e, struct engine_read *reads, size_t n, engine_done_fn *done,
			void *user)
{
	struct call *c = call_new(e, READ, n);

	c->reads = reads;
	c->values = g_new0(GBytes *, n);
	c->done = done;
	c->user = user;
}

static void memory_commit(struct engine *e, struct engine_transaction *t, size_t n, uint64_t now,
			  engine_done_fn *done, void *user)
{
	struct call *c = call_new(e, TRANSACTION, n);

	(void)now;
	c->transactions = t;
	c->done = done;
	c->user = user;
}

static void memory_scan(struct engine *e, struct engine_scan *scan)
{
	call_new(e, SCAN, 1)->scan = scan;
}

struct over {
	GPtrArray *keys;
	uint64_t now;
};

static gboolean find_over(gpointer key, gpointer value, gpointer user)
{
	struct over *o = user;
	gsize n;
	const void *octets = g_bytes_get_data(value, &n);

	if (record_is_over(span_of(octets, n), o->now))
		g_ptr_array_add(o->keys, key);
	return FALSE;
}

static void memory_expire(struct engine *e, uint64_t now)
{
	struct memory *m = ((struct engine_memory *)(void *)e)->memory;
	struct over o = { g_ptr_array_new(), now };

	g_tree_foreach(m->records, find_over, &o);
	for (guint i = 0; i < o.keys->len; i++)
		g_tree_remove(m->records, g_ptr_array_index(o.keys, i));
	g_ptr_array_unref(o.keys);
}

static void memory_engine_free(struct engine *e)
{
	g_free(e);
}

struct engine *engine_memory_new(struct memory *m)
{
	struct engine_memory *e = g_new0(struct engine_memory, 1);

	e->memory = m;
	e->engine = (struct engine){ .shared = true,
				     .name = "memory",
				     .read = memory_read,
				     .commit = memory_commit,
				     .scan = memory_scan,
				     .expire = memory_expire,
				     .free = memory_engine_free };
	return &e->engine;
}

struct memory *memory_new(unsigned seed)
{
	static GSourceFuncs funcs = { .dispatch = dispatch };
	struct memory *m = g_new0(struct memory, 1);
	struct memory **self = g_new(struct memory *, 1);

	m->records = g_tree_new_full(compare, NULL, g_free, (GDestroyNotify)g_bytes_unref);
	m->rand = g_rand_new_with_seed(seed);
	g_queue_init(&m->calls);
	m->source = g_source_new(&funcs, sizeof(GSource));
	*self = m;
	g_source_set_callback(m->source, never, self, g_free);
	g_source_set_ready_time(m->source, -1);
	g_source_attach(m->source, NULL);
	return m;
}

void memory_free(struct memory *m)
{
	g_source_destroy(m->source);
	g_source_unref(m->source);
	g_tree_unref(m->records);
	g_rand_free(m->rand);
	g_free(m);
}

size_t memory_calls(const struct memory *m)
{
	size_t n = 0;

	for (GList *l = m->calls.head; l; l = l->next)
		n += !held(m, l->data);
	return n;
}

void memory_hold_commits(struct memory *m, bool hold)
{
	m->commits_held = hold;
	wake(m);
}

void memory_hold_reads(struct memory *m, bool hold)
{
	m->reads_held = hold;
	wake(m);
}

void memory_hold_calls(struct memory *m, bool hold)
{
	for (GList *l = m->calls.head; l; l = l->next)
		((struct call *)l->data)->held = hold;
	wake(m);
}

void memory_refuse(struct memory *m, enum engine_result result, unsigned times)
{
	m->refusal = result;
	m->refusals = times;
}

void memory_refuse_reads(struct memory *m, enum engine_result result)
{
	m->read_refusal = result;
}
