/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group of operations in rounds: read the records that they name, decide, commit what they change. One
 * round does for an atomic engine; for another, a round ends where an operation needs what one before it may
 * have changed, and what somebody else changed meanwhile is decided anew in the next.
 */
#include "group.h"

#include "rules.h"

/* Somebody else changed a record just then: so many times an operation is decided anew. */
#define TRIES 16
/* A chunk of what a group's records are kept in. */
#define ARENA_CHUNK (256u << 10)

/* A record of the group under way: as it was read, then as the operations so far left it. */
struct held {
	struct index index;
	bool written;              /* an operation names it to change it */
	enum engine_result result; /* of reading it */
	bool found;
	struct span value; /* in the arena */
};

/* What an operation did to the census: to be undone when it cannot be written. */
struct counted {
	struct census *census;
	uint64_t expiry;
	bool added;
};

/* Beside each transaction. */
struct decided {
	struct store_op *op;
	unsigned n;
	struct counted counted[4];
};

/* What the next step() does: of a round, or with its end. */
enum phase { IDLE, READ, DECIDE, SETTLE, DONE };

/* In an operation's status: a record was changed beside us. No status of the wire. */
#define DECIDE_AGAIN 0xff

struct group {
	struct engine *engine;
	const struct vault *vault;
	struct counts *counts;
	enum phase phase;
	bool stepping, again;
	struct store_op **ops;
	size_t n, from, to; /* operations, and those of the round under way */
	unsigned tries;
	uint64_t now;
	engine_done_fn *done;
	void *user;
	GHashTable *by_index; /* struct index -> place in `held`, plus one */
	GArray *held;         /* struct held */
	GArray *reads;        /* struct engine_read, as `held` */
	GArray *transactions; /* struct engine_transaction */
	GArray *decided;      /* struct decided, as `transactions` */
	GPtrArray *chunks;    /* of the arena */
	size_t chunk_used, chunk_size;
};

static uint8_t *arena_take(struct group *g, size_t n)
{
	uint8_t *p;

	if (g->chunks->len == 0 || n > g->chunk_size - g->chunk_used) {
		g->chunk_size = MAX(n, ARENA_CHUNK);
		g->chunk_used = 0;
		g_ptr_array_add(g->chunks, g_malloc(g->chunk_size));
	}
	p = (uint8_t *)g_ptr_array_index(g->chunks, g->chunks->len - 1) + g->chunk_used;
	g->chunk_used += n;
	return p;
}

/* Keeps the last chunk, for the next group. */
static void arena_clear(struct group *g)
{
	if (g->chunks->len > 1)
		g_ptr_array_remove_range(g->chunks, 0, g->chunks->len - 1);
	g->chunk_used = 0;
}

static struct held *held_of(struct group *g, const struct index *ix)
{
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(g->by_index, ix));

	return at ? &g_array_index(g->held, struct held, at - 1) : NULL;
}

static void hold(struct group *g, struct index *ix, bool written)
{
	struct held *known = held_of(g, ix), fresh = { .index = *ix, .written = written };
	struct engine_read read = { .key = record_key(ix) };

	if (known) {
		known->written = known->written || written;
		return;
	}
	g_array_append_val(g->held, fresh);
	g_array_append_val(g->reads, read);
	/* The key is the first-seen operation's own: it lives as long as the group. */
	g_hash_table_insert(g->by_index, ix, GUINT_TO_POINTER(g->held->len));
}

static bool taken(struct group *g, const struct index *ix)
{
	const struct held *h = held_of(g, ix);

	return h && h->written;
}

/* Does `op` have to wait for the next round, since a transaction of this one may change its record? */
static bool must_wait(struct group *g, const struct store_op *op)
{
	if (g->engine->atomic || op->kind == STORE_BARRIER)
		return false;
	return taken(g, &op->index) || (op->kind == STORE_UPDATE && taken(g, &op->new_index));
}

static void on_read(void *user);
static void on_commit(void *user);

static void begin_round(struct group *g)
{
	g_hash_table_remove_all(g->by_index);
	g_array_set_size(g->held, 0);
	g_array_set_size(g->reads, 0);
	g_array_set_size(g->transactions, 0);
	g_array_set_size(g->decided, 0);
	arena_clear(g);
	for (g->to = g->from; g->to < g->n && !must_wait(g, g->ops[g->to]); g->to++) {
		struct store_op *op = g->ops[g->to];

		if (op->kind == STORE_BARRIER)
			continue;
		hold(g, &op->index, store_op_writes(op));
		if (op->kind == STORE_UPDATE)
			hold(g, &op->new_index, true);
	}
	g->phase = DECIDE;
	if (g->reads->len == 0)
		on_read(g);
	else
		g->engine->read(g->engine, &g_array_index(g->reads, struct engine_read, 0),
				g->reads->len, on_read, g);
}

static struct span octets_of(struct group *g, const struct index *ix, const struct record *record,
			     bool encrypt)
{
	size_t room = vault_room(record, encrypt);

	return vault_write(g->vault, ix, record, encrypt, arena_take(g, room), room);
}

static void count_one(struct group *g, struct decided *d, const struct record *r, bool add)
{
	struct census *census =
	    r->state == RECORD_LIVE ? &g->counts->living : &g->counts->tombstones;

	if (add)
		census_add(census, r->expiry);
	else
		census_remove(census, r->expiry);
	d->counted[d->n++] = (struct counted){ census, r->expiry, add };
}

static void uncount(const struct decided *d)
{
	for (unsigned i = d->n; i-- > 0;) {
		const struct counted *c = &d->counted[i];

		if (c->added)
			census_remove(c->census, c->expiry);
		else
			census_add(c->census, c->expiry);
	}
}

/* One change of an operation: into the transaction, what is held, and the census. */
static bool change(struct group *g, struct engine_transaction *t, struct decided *d,
		   const struct rules_view *before, const struct index *ix,
		   const struct record *after)
{
	struct held *h = held_of(g, ix);
	struct span value = octets_of(g, ix, after, d->op->clear);

	if (value.n == 0)
		return false;
	t->at[t->n++] = (struct engine_change){ .key = record_key(ix),
						.expect_none = !h->found,
						.expected = h->value,
						.value = value };
	h->found = true;
	h->value = value;
	if (before->known && !before->damaged)
		count_one(g, d, &before->record, false);
	count_one(g, d, after, true);
	return true;
}

static void view_of(struct group *g, const struct index *ix, struct rules_view *view)
{
	const struct held *h = held_of(g, ix);

	*view = (struct rules_view){ 0 };
	if (h->found)
		vault_view(g->vault, ix, h->value, view);
}

/* Turn what the rules want into a transaction. */
static void enter(struct group *g, struct store_op *op, const struct rules_view *view,
		  const struct rules_view *target, const struct rules_change *changes)
{
	struct engine_transaction t = { 0 };
	struct decided d = { .op = op };
	bool ok = true;

	/* The old record of a move first: it decides (engine.h). */
	for (unsigned i = changes->n; ok && i-- > 0;) {
		const struct index *ix = &changes->at[i].index;
		const struct rules_view *before = index_equal(ix, &op->index) ? view : target;

		ok = change(g, &t, &d, before, ix, &changes->at[i].record);
	}
	if (!ok) { /* no octets could be made of it; a move's first change is undone with it */
		if (t.n > 0) {
			struct held *h = held_of(g, &changes->at[changes->n - 1].index);

			h->found = !t.at[0].expect_none;
			h->value = t.at[0].expected;
		}
		uncount(&d);
		store_op_busy(op, engine_trouble(ENGINE_FAILED));
		return;
	}
	if (t.n > 0) {
		g_array_append_val(g->transactions, t);
		g_array_append_val(g->decided, d);
	}
}

/*
 * An answer that rests on what somebody else may have written just now, and that has not reached all of the storage: it is
 * written again as it is, so that it is there where it must be when we say so.
 */
static void confirm(struct group *g, struct store_op *op, const struct rules_view *view,
		    const struct rules_view *target)
{
	struct held *h = held_of(g, &op->index);
	struct engine_transaction t = { .n = 1 };
	struct decided d = { .op = op };
	bool rests =
	    op->status == STUB_OK || (op->kind == STORE_DELETE && op->status == STUB_NOT_FOUND);

	if (!g->engine->shared || !rests || !view->known || view->damaged)
		return;
	t.at[0] = (struct engine_change){ .key = record_key(&op->index),
					  .expected = h->value,
					  .value = h->value };
	if (target->known && op->status == STUB_OK &&
	    !index_equal(&op->index, &op->new_index)) { /* what it was moved to, as well */
		h = held_of(g, &op->new_index);
		t.at[t.n++] = (struct engine_change){ .key = record_key(&op->new_index),
						      .expected = h->value,
						      .value = h->value };
	}
	g_array_append_val(g->transactions, t);
	g_array_append_val(g->decided, d);
}

static bool is_full(const struct census *c, const _Atomic uint64_t *max)
{
	uint64_t limit = atomic_load(max);

	return limit && atomic_load(&c->total) >= limit;
}

static void decide(struct group *g, struct store_op *op)
{
	struct rules_view view, target = { 0 };
	struct rules_change changes = { 0 };
	bool full = is_full(&g->counts->living, &g->counts->max_stubs) ||
		    is_full(&g->counts->tombstones, &g->counts->max_tombstones);
	enum engine_result read;

	if (op->kind == STORE_BARRIER) {
		op->status = STUB_OK;
		return;
	}
	g_clear_pointer(&op->found, g_bytes_unref); /* decided anew */
	read = held_of(g, &op->index)->result;
	if (read == ENGINE_OK && op->kind == STORE_UPDATE)
		read = held_of(g, &op->new_index)->result;
	if (read != ENGINE_OK) { /* is not its neighbours' affair */
		store_op_busy(op, engine_trouble(read));
		return;
	}
	view_of(g, &op->index, &view);
	if (op->kind == STORE_UPDATE)
		view_of(g, &op->new_index, &target);
	if (op->kind == STORE_GET) {
		vault_get(g->vault, op, &view, g->now);
		return;
	}
	rules_apply(op, &view, &target, full, g->now, &changes);
	if (changes.n > 0)
		enter(g, op, &view, &target, &changes);
	else
		confirm(g, op, &view, &target);
}

static void decide_round(struct group *g)
{
	for (size_t i = g->from; i < g->to; i++)
		decide(g, g->ops[i]);
	g->phase = SETTLE;
	if (g->transactions->len == 0)
		on_commit(g);
	else
		g->engine->commit(g->engine,
				  &g_array_index(g->transactions, struct engine_transaction, 0),
				  g->transactions->len, g->now, on_commit, g);
}

/* All or none: where the write failed, what was decided on it did not happen either, gets among it. */
static void fail_round(struct group *g, enum engine_result result)
{
	for (size_t i = g->from; i < g->to; i++) {
		store_op_busy(g->ops[i], engine_trouble(result));
	}
}

/* Operations to be decided anew move to the end of the round, in order, and the next begins with them. */
static void repeat_changed(struct group *g, size_t again)
{
	struct store_op **repeat = g_new(struct store_op *, again);
	size_t n = 0, kept = g->from;

	for (size_t i = g->from; i < g->to; i++) {
		if (g->ops[i]->status == DECIDE_AGAIN)
			repeat[n++] = g->ops[i];
		else
			g->ops[kept++] = g->ops[i];
	}
	memcpy(&g->ops[kept], repeat, n * sizeof(*repeat));
	g_free(repeat);
	g->from = kept;
}

static void settle_round(struct group *g)
{
	size_t again = 0;

	g->tries++;
	for (guint i = g->decided->len; i-- > 0;) {
		struct decided *d = &g_array_index(g->decided, struct decided, i);
		enum engine_result result =
		    g_array_index(g->transactions, struct engine_transaction, i).result;

		if (result == ENGINE_OK)
			continue;
		uncount(d);
		if (result == ENGINE_CHANGED && g->tries < TRIES) {
			d->op->status = DECIDE_AGAIN;
			again++;
		} else if (g->engine->atomic) {
			fail_round(g, result);
		} else {
			store_op_busy(d->op, engine_trouble(result));
		}
	}
	if (again && !g->engine->atomic) {
		repeat_changed(g, again);
	} else if (!again) {
		g->from = g->to;
		g->tries = 0;
	} /* else all of the round again */
	g->phase = g->from < g->n ? READ : DONE;
}

/* One phase after the other. The engine may answer from inside its call: then the loop goes on, and
 * nothing recurses. */
static void step(struct group *g)
{
	if (g->stepping) {
		g->again = true;
		return;
	}
	g->stepping = true;
	do {
		g->again = false;
		switch (g->phase) {
		case READ:
			begin_round(g);
			break;
		case DECIDE:
			decide_round(g);
			break;
		case SETTLE:
			settle_round(g);
			g->again = g->phase == READ;
			break;
		default:
			break;
		}
	} while (g->again);
	g->stepping = false;
	if (g->phase == DONE) {
		g->phase = IDLE;
		g->done(g->user);
	}
}

/* What was read is the engine's, so it is copied: it must last until the commit is answered. */
static void on_read(void *user)
{
	struct group *g = user;

	for (guint i = 0; i < g->reads->len; i++) {
		const struct engine_read *r = &g_array_index(g->reads, struct engine_read, i);
		struct held *h = &g_array_index(g->held, struct held, i);

		h->result = r->result;
		h->found = r->result == ENGINE_OK && r->found;
		if (h->found) {
			uint8_t *octets = arena_take(g, r->value.n);

			if (r->value.n)
				memcpy(octets, r->value.p, r->value.n);
			h->value = span_of(octets, r->value.n);
		}
	}
	step(g);
}

static void on_commit(void *user)
{
	step(user);
}

void group_apply(struct group *g, struct store_op **ops, size_t n, uint64_t now,
		 engine_done_fn *done, void *user)
{
	g->ops = ops;
	g->n = n;
	g->from = 0;
	g->tries = 0;
	g->now = now;
	g->done = done;
	g->user = user;
	census_advance(&g->counts->living, now);
	census_advance(&g->counts->tombstones, now);
	g->phase = n > 0 ? READ : DONE;
	step(g);
}

struct group *group_new(struct engine *engine, const struct vault *vault, struct counts *counts)
{
	struct group *g = g_new0(struct group, 1);

	g->engine = engine;
	g->vault = vault;
	g->counts = counts;
	g->by_index = g_hash_table_new(index_key_hash, index_key_equal);
	g->held = g_array_new(FALSE, FALSE, sizeof(struct held));
	g->reads = g_array_new(FALSE, FALSE, sizeof(struct engine_read));
	g->transactions = g_array_new(FALSE, FALSE, sizeof(struct engine_transaction));
	g->decided = g_array_new(FALSE, FALSE, sizeof(struct decided));
	g->chunks = g_ptr_array_new_with_free_func(g_free);
	return g;
}

void group_free(struct group *g)
{
	g_hash_table_unref(g->by_index);
	g_array_unref(g->held);
	g_array_unref(g->reads);
	g_array_unref(g->transactions);
	g_array_unref(g->decided);
	g_ptr_array_unref(g->chunks);
	g_free(g);
}
