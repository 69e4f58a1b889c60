/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules over an engine: read what a group of operations names, decide them, commit what they change. */
#include "ledger.h"

#include <limits.h>

#include "atrest.h"
#include "census.h"
#include "keys/secret.h"
#include "rules.h"
#include "tool/log.h"

/* Records looked at in one call of a scan: many may be tombstones, and a get must not wait for
 * them. */
#define SCAN_TURN 4096
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

struct ledger {
	struct engine *engine;
	uint64_t (*clock)(void *ctx);
	void *ctx;
	uint64_t max_stubs;
	bool has_rest_key;
	uint8_t rest_key[ATREST_KEY_SIZE];
	struct census census;
	struct engine_scan first_count;
	bool counting;
	size_t calls; /* gets and scans on their way */

	/* of the thread that applies */
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

static uint8_t *arena_take(struct ledger *l, size_t n)
{
	uint8_t *p;

	if (l->chunks->len == 0 || n > l->chunk_size - l->chunk_used) {
		l->chunk_size = MAX(n, ARENA_CHUNK);
		l->chunk_used = 0;
		g_ptr_array_add(l->chunks, g_malloc(l->chunk_size));
	}
	p = (uint8_t *)g_ptr_array_index(l->chunks, l->chunks->len - 1) + l->chunk_used;
	l->chunk_used += n;
	return p;
}

/* Keeps the last chunk, for the next group. */
static void arena_clear(struct ledger *l)
{
	if (l->chunks->len > 1)
		g_ptr_array_remove_range(l->chunks, 0, l->chunks->len - 1);
	l->chunk_used = 0;
}

static void parse_view(const struct ledger *l, const struct index *ix, struct span value,
		       struct rules_view *view)
{
	struct fault fault = { 0 };
	char text[INDEX_TEXT_MAX];

	view->known = true;
	view->damaged = record_parse(value, &view->record, &fault) != ERR_OK;
	if (view->damaged)
		log_error("store %s: record of %s is damaged: %s: %s", l->engine->name,
			  index_text(ix, text), fault.field, err_text(fault.err));
}

/*
 * The container of a live record as it is to be returned: decrypted, with the remaining lifetime in
 * it. NULL (and a log line) when what is stored is not sound.
 */
static GBytes *container_out(const struct ledger *l, const struct record *rec,
			     const struct index *ix, uint64_t now)
{
	struct record_key key = record_key(ix);
	struct stub_container container;
	struct chain_payload payload = { .type = STUB_PAYLOAD_STUB };
	struct fault fault = { 0 };
	struct wcursor w;
	size_t n = rec->container.n;
	uint8_t *octets = g_malloc(n ? n : 1);
	enum err err = ERR_OK;

	if (!rec->encrypted)
		memcpy(octets, rec->container.p ? rec->container.p : (const uint8_t *)"", n);
	else if (!l->has_rest_key)
		err = ERR_KEY;
	else
		err = atrest_decrypt(l->rest_key, span_of(key.octets, key.n), rec->container,
				     octets, &n);
	payload.body = span_of(octets, n);
	if (err == ERR_OK)
		err = stub_container_parse(&payload, &container, &fault);
	if (err == ERR_OK && !index_equal(&container.index, ix))
		err = ERR_VALUE;
	if (err != ERR_OK) {
		char text[INDEX_TEXT_MAX];

		log_error("store %s: stub of %s cannot be returned: %s", l->engine->name,
			  index_text(ix, text), err_text(err));
		secret_wipe(octets, rec->container.n);
		g_free(octets);
		return NULL;
	}
	w = wcursor_init(octets, n);
	(void)wcursor_reserve(&w, n);
	wcursor_patch(&w, container.lifetime_offset, 4, MIN(rec->expiry - now, STUB_LIFETIME_MAX));
	return g_bytes_new_take(octets, n);
}

static void storage_failed(struct store_op *op, enum engine_result result)
{
	op->status = STUB_BUSY;
	switch (result) {
	case ENGINE_FULL:
		op->why = "the storage is full";
		break;
	case ENGINE_READ_ONLY:
		op->why = "the storage takes no writes";
		break;
	case ENGINE_CHANGED:
	case ENGINE_BUSY:
		op->why = "the storage is busy: ask again";
		break;
	default:
		op->why = "the storage failed";
		break;
	}
}

static void finish_get(const struct ledger *l, struct store_op *op, const struct rules_view *view,
		       uint64_t now)
{
	if (!rules_get(op, view, now))
		return;
	op->found = container_out(l, &view->record, &op->index, now);
	if (!op->found) {
		op->status = STUB_NOT_FOUND;
		op->why = "the stored stub is damaged";
	}
}

/* ---- a group of operations ---- */

static struct held *held_of(struct ledger *l, const struct index *ix)
{
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(l->by_index, ix));

	return at ? &g_array_index(l->held, struct held, at - 1) : NULL;
}

static void hold(struct ledger *l, const struct index *ix, bool written)
{
	struct held *known = held_of(l, ix), fresh = { .index = *ix, .written = written };
	struct engine_read read = { .key = record_key(ix) };

	if (known) {
		known->written = known->written || written;
		return;
	}
	g_array_append_val(l->held, fresh);
	g_array_append_val(l->reads, read);
	/* The key is the first-seen operation's own: it lives as long as the group. */
	g_hash_table_insert(l->by_index, (gpointer)(uintptr_t)ix, GUINT_TO_POINTER(l->held->len));
}

static bool taken(struct ledger *l, const struct index *ix)
{
	const struct held *h = held_of(l, ix);

	return h && h->written;
}

/* Does `op` have to wait for the next round, since a transaction of this one may change its record? */
static bool must_wait(struct ledger *l, const struct store_op *op)
{
	if (l->engine->atomic || op->kind == STORE_BARRIER)
		return false;
	return taken(l, &op->index) || (op->kind == STORE_UPDATE && taken(l, &op->new_index));
}

static void on_read(void *user);
static void on_commit(void *user);

static void begin_round(struct ledger *l)
{
	g_hash_table_remove_all(l->by_index);
	g_array_set_size(l->held, 0);
	g_array_set_size(l->reads, 0);
	g_array_set_size(l->transactions, 0);
	g_array_set_size(l->decided, 0);
	arena_clear(l);
	for (l->to = l->from; l->to < l->n && !must_wait(l, l->ops[l->to]); l->to++) {
		const struct store_op *op = l->ops[l->to];

		if (op->kind == STORE_BARRIER)
			continue;
		hold(l, &op->index, store_op_writes(op));
		if (op->kind == STORE_UPDATE)
			hold(l, &op->new_index, true);
	}
	l->phase = DECIDE;
	if (l->reads->len == 0)
		on_read(l);
	else
		l->engine->read(l->engine, &g_array_index(l->reads, struct engine_read, 0),
				l->reads->len, on_read, l);
}

/* Write the record into the arena. Empty: it cannot be written. */
static struct span record_octets(struct ledger *l, const struct index *ix,
				 const struct record *record, bool encrypt)
{
	struct record out = *record;
	struct record_key key = record_key(ix);
	struct wcursor c;
	size_t size;

	if (encrypt && out.state == RECORD_LIVE) {
		uint8_t *sealed;

		if (!l->has_rest_key)
			return SPAN_NONE;
		sealed = arena_take(l, out.container.n + ATREST_OVERHEAD);
		if (atrest_encrypt(l->rest_key, span_of(key.octets, key.n), out.container,
				   sealed) != ERR_OK)
			return SPAN_NONE;
		out.container = span_of(sealed, out.container.n + ATREST_OVERHEAD);
		out.encrypted = true;
	}
	size = RECORD_OVERHEAD + out.pool.n + out.container.n;
	c = wcursor_init(arena_take(l, size), size);
	record_write(&c, &out);
	return c.err == ERR_OK ? span_of(c.base, wcursor_size(&c)) : SPAN_NONE;
}

static void count_one(struct ledger *l, struct decided *d, uint64_t expiry, bool add)
{
	if (add)
		census_add(&l->census, expiry);
	else
		census_remove(&l->census, expiry);
	d->counted[d->n++] = (struct counted){ expiry, add };
}

static void uncount(struct ledger *l, const struct decided *d)
{
	for (unsigned i = d->n; i-- > 0;) {
		if (d->counted[i].added)
			census_remove(&l->census, d->counted[i].expiry);
		else
			census_add(&l->census, d->counted[i].expiry);
	}
}

/* One change of an operation: into the transaction, what is held, and the census. */
static bool change(struct ledger *l, struct engine_transaction *t, struct decided *d,
		   const struct rules_view *before, const struct index *ix, bool erase,
		   const struct record *after)
{
	struct held *h = held_of(l, ix);
	struct span value = erase ? SPAN_NONE : record_octets(l, ix, after, d->op->clear);

	if (!erase && value.n == 0)
		return false;
	t->at[t->n++] = (struct engine_change){ .key = record_key(ix),
						.expect_none = !h->found,
						.expected = h->value,
						.erase = erase,
						.value = value };
	h->found = !erase;
	h->value = value;
	if (before->known && !before->damaged && before->record.state == RECORD_LIVE)
		count_one(l, d, before->record.expiry, false);
	if (!erase && after->state == RECORD_LIVE)
		count_one(l, d, after->expiry, true);
	return true;
}

static void view_of(struct ledger *l, const struct index *ix, struct rules_view *view)
{
	const struct held *h = held_of(l, ix);

	*view = (struct rules_view){ 0 };
	if (h->found)
		parse_view(l, ix, h->value, view);
}

/* Turn what the rules want into a transaction. */
static void enter(struct ledger *l, struct store_op *op, const struct rules_view *view,
		  const struct rules_view *target, const struct rules_change *changes)
{
	struct engine_transaction t = { 0 };
	struct decided d = { .op = op };
	bool ok = true;

	/* The old record of a move first: it decides (engine.h). */
	for (unsigned i = changes->n; ok && i-- > 0;) {
		const struct index *ix = &changes->at[i].index;
		const struct rules_view *before = index_equal(ix, &op->index) ? view : target;

		ok = change(l, &t, &d, before, ix, changes->at[i].erase, &changes->at[i].record);
	}
	if (!ok) { /* no octets could be made of it; a move's first change is undone with it */
		if (t.n > 0) {
			struct held *h = held_of(l, &changes->at[changes->n - 1].index);

			h->found = !t.at[0].expect_none;
			h->value = t.at[0].expected;
		}
		uncount(l, &d);
		storage_failed(op, ENGINE_FAILED);
		return;
	}
	if (t.n > 0) {
		g_array_append_val(l->transactions, t);
		g_array_append_val(l->decided, d);
	}
}

static void decide(struct ledger *l, struct store_op *op)
{
	struct rules_view view, target = { 0 };
	struct rules_change changes = { 0 };
	bool full = l->max_stubs && ledger_count(l) >= l->max_stubs;
	enum engine_result read;

	if (op->kind == STORE_BARRIER) {
		op->status = STUB_OK;
		return;
	}
	g_clear_pointer(&op->found, g_bytes_unref); /* decided anew */
	read = held_of(l, &op->index)->result;
	if (read == ENGINE_OK && op->kind == STORE_UPDATE)
		read = held_of(l, &op->new_index)->result;
	if (read != ENGINE_OK) { /* is not its neighbours' affair */
		storage_failed(op, read);
		return;
	}
	view_of(l, &op->index, &view);
	if (op->kind == STORE_UPDATE)
		view_of(l, &op->new_index, &target);
	if (op->kind == STORE_GET) {
		finish_get(l, op, &view, l->now);
		return;
	}
	rules_apply(op, &view, &target, full, l->now, &changes);
	enter(l, op, &view, &target, &changes);
}

static void decide_round(struct ledger *l)
{
	for (size_t i = l->from; i < l->to; i++)
		decide(l, l->ops[i]);
	l->phase = SETTLE;
	if (l->transactions->len == 0)
		on_commit(l);
	else
		l->engine->commit(l->engine,
				  &g_array_index(l->transactions, struct engine_transaction, 0),
				  l->transactions->len, l->now, on_commit, l);
}

/* All or none: where the write failed, what was decided on it did not happen either, gets among it. */
static void fail_round(struct ledger *l, enum engine_result result)
{
	for (size_t i = l->from; i < l->to; i++) {
		struct store_op *op = l->ops[i];

		g_clear_pointer(&op->found, g_bytes_unref);
		storage_failed(op, result);
	}
}

/* Operations to be decided anew move to the end of the round, in order, and the next begins with them. */
static void repeat_changed(struct ledger *l, size_t again)
{
	struct store_op **repeat = g_new(struct store_op *, again);
	size_t n = 0, kept = l->from;

	for (size_t i = l->from; i < l->to; i++) {
		if (l->ops[i]->status == DECIDE_AGAIN)
			repeat[n++] = l->ops[i];
		else
			l->ops[kept++] = l->ops[i];
	}
	memcpy(&l->ops[kept], repeat, n * sizeof(*repeat));
	g_free(repeat);
	l->from = kept;
}

static void settle_round(struct ledger *l)
{
	size_t again = 0;

	l->tries++;
	for (guint i = l->decided->len; i-- > 0;) {
		struct decided *d = &g_array_index(l->decided, struct decided, i);
		enum engine_result result =
		    g_array_index(l->transactions, struct engine_transaction, i).result;

		if (result == ENGINE_OK)
			continue;
		uncount(l, d);
		if (result == ENGINE_CHANGED && l->tries < TRIES) {
			d->op->status = DECIDE_AGAIN;
			again++;
		} else if (l->engine->atomic) {
			fail_round(l, result);
		} else {
			storage_failed(d->op, result);
		}
	}
	if (again && !l->engine->atomic) {
		repeat_changed(l, again);
	} else if (!again) {
		l->from = l->to;
		l->tries = 0;
	} /* else all of the round again */
	l->phase = l->from < l->n ? READ : DONE;
}

/* One phase after the other. The engine may answer from inside its call: then the loop goes on, and
 * nothing recurses. */
static void step(struct ledger *l)
{
	if (l->stepping) {
		l->again = true;
		return;
	}
	l->stepping = true;
	do {
		l->again = false;
		switch (l->phase) {
		case READ:
			begin_round(l);
			break;
		case DECIDE:
			decide_round(l);
			break;
		case SETTLE:
			settle_round(l);
			l->again = l->phase == READ;
			break;
		default:
			break;
		}
	} while (l->again);
	l->stepping = false;
	if (l->phase == DONE) {
		l->phase = IDLE;
		l->done(l->user);
	}
}

/* What was read is the engine's, so it is copied: it must last until the commit is answered. */
static void on_read(void *user)
{
	struct ledger *l = user;

	for (guint i = 0; i < l->reads->len; i++) {
		const struct engine_read *r = &g_array_index(l->reads, struct engine_read, i);
		struct held *h = &g_array_index(l->held, struct held, i);

		h->result = r->result;
		h->found = r->result == ENGINE_OK && r->found;
		if (h->found) {
			uint8_t *octets = arena_take(l, r->value.n);

			if (r->value.n)
				memcpy(octets, r->value.p, r->value.n);
			h->value = span_of(octets, r->value.n);
		}
	}
	step(l);
}

static void on_commit(void *user)
{
	step(user);
}

void ledger_apply(struct ledger *l, struct store_op **ops, size_t n, engine_done_fn *done,
		  void *user)
{
	l->ops = ops;
	l->n = n;
	l->from = 0;
	l->tries = 0;
	l->now = l->clock(l->ctx);
	l->done = done;
	l->user = user;
	census_advance(&l->census, l->now);
	l->phase = n > 0 ? READ : DONE;
	step(l);
}

/* ---- gets beside it ---- */

struct gets {
	struct ledger *ledger;
	engine_done_fn *done;
	void *user;
	struct store_op **ops;
	size_t n;
	struct engine_read reads[];
};

static void on_got(void *user)
{
	struct gets *g = user;
	struct ledger *l = g->ledger;
	uint64_t now = l->clock(l->ctx);

	for (size_t i = 0; i < g->n; i++) {
		struct store_op *op = g->ops[i];
		struct rules_view view = { 0 };

		if (g->reads[i].result != ENGINE_OK) {
			storage_failed(op, g->reads[i].result);
			continue;
		}
		if (g->reads[i].found)
			parse_view(l, &op->index, g->reads[i].value, &view);
		finish_get(l, op, &view, now);
	}
	l->calls--;
	g->done(g->user);
	g_free(g->ops);
	g_free(g);
}

void ledger_get(struct ledger *l, struct store_op *const *ops, size_t n, engine_done_fn *done,
		void *user)
{
	struct gets *g = g_malloc0(sizeof(*g) + n * sizeof(g->reads[0]));

	g->ledger = l;
	g->done = done;
	g->user = user;
	g->ops = g_memdup2(ops, n * sizeof(*ops));
	g->n = n;
	for (size_t i = 0; i < n; i++)
		g->reads[i].key = record_key(&ops[i]->index);
	l->calls++;
	l->engine->read(l->engine, g->reads, n, on_got, g);
}

/* ---- scans ---- */

static bool scan_record(struct engine_scan *e, struct span key, struct span value)
{
	struct ledger_scan *s = e->user;
	struct rules_view view = { 0 };
	struct index ix;
	GBytes *container;
	gsize n;
	const void *octets;
	bool more;

	if (record_key_parse(key, &ix) != ERR_OK)
		return true;
	parse_view(s->ledger, &ix, value, &view);
	if (view.damaged || view.record.state != RECORD_LIVE || view.record.expiry <= s->now ||
	    !rules_may_read(&view.record, s->pool, s->owner))
		return true;
	container = container_out(s->ledger, &view.record, &ix, s->now);
	if (!container)
		return true;
	octets = g_bytes_get_data(container, &n);
	more = s->each(s, &ix, span_of(octets, n));
	g_bytes_unref(container);
	return more;
}

static void scan_done(struct engine_scan *e)
{
	struct ledger_scan *s = e->user;
	struct index ix;

	if (record_key_parse(span_of(e->after.octets, e->after.n), &ix) == ERR_OK)
		s->after = ix.spi;
	s->ledger->calls--;
	s->failed = e->result != ENGINE_OK;
	s->end = s->failed || e->end;
	s->done(s);
}

void ledger_scan(struct ledger *l, struct ledger_scan *s)
{
	struct index from = { .spi = s->after, .address = s->gateway };

	s->ledger = l;
	s->now = l->clock(l->ctx);
	s->engine = (struct engine_scan){ .prefix = record_key_prefix(&s->gateway),
					  .after = record_key(&from),
					  .max_records = SCAN_TURN,
					  .each = scan_record,
					  .done = scan_done,
					  .user = s };
	l->calls++;
	l->engine->scan(l->engine, &s->engine);
}

/* ---- the count, and the rest ---- */

static bool count_record(struct engine_scan *e, struct span key, struct span value)
{
	struct ledger *l = e->user;
	struct record record;
	struct index ix;

	if (record_key_parse(key, &ix) == ERR_OK && record_parse(value, &record, NULL) == ERR_OK &&
	    record.state == RECORD_LIVE)
		census_add(&l->census, record.expiry);
	return true;
}

static void count_done(struct engine_scan *e)
{
	struct ledger *l = e->user;

	if (e->result == ENGINE_OK && !e->end) {
		l->engine->scan(l->engine, e);
		return;
	}
	if (e->result != ENGINE_OK)
		log_error("store %s: not all of it can be read: what lives was not counted",
			  l->engine->name);
	l->counting = false;
}

/* One pass over everything: counts the living, and shows early whether the store can be read at
 * all. */
static void take_count(struct ledger *l)
{
	census_init(&l->census, l->clock(l->ctx));
	l->counting = true;
	l->first_count = (struct engine_scan){
		.max_records = UINT_MAX, .each = count_record, .done = count_done, .user = l
	};
	l->engine->scan(l->engine, &l->first_count);
}

struct ledger *ledger_new(struct engine *engine, const struct ledger_settings *settings,
			  GError **error)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->engine = engine;
	l->clock = settings->clock;
	l->ctx = settings->ctx;
	l->max_stubs = settings->max_stubs;
	l->has_rest_key = settings->rest_key;
	if (settings->rest_key)
		memcpy(l->rest_key, settings->rest_key, sizeof(l->rest_key));
	l->by_index = g_hash_table_new(index_key_hash, index_key_equal);
	l->held = g_array_new(FALSE, FALSE, sizeof(struct held));
	l->reads = g_array_new(FALSE, FALSE, sizeof(struct engine_read));
	l->transactions = g_array_new(FALSE, FALSE, sizeof(struct engine_transaction));
	l->decided = g_array_new(FALSE, FALSE, sizeof(struct decided));
	l->chunks = g_ptr_array_new_with_free_func(g_free);
	take_count(l);
	if (!l->counting && l->first_count.result != ENGINE_OK) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "store %s: cannot be read",
			    engine->name);
		ledger_free(l);
		return NULL;
	}
	return l;
}

void ledger_free(struct ledger *l)
{
	l->engine->free(l->engine);
	g_hash_table_unref(l->by_index);
	g_array_unref(l->held);
	g_array_unref(l->reads);
	g_array_unref(l->transactions);
	g_array_unref(l->decided);
	g_ptr_array_unref(l->chunks);
	secret_wipe(l->rest_key, sizeof(l->rest_key));
	g_free(l);
}

bool ledger_blocks(const struct ledger *l)
{
	return l->engine->blocks;
}

size_t ledger_calls(const struct ledger *l)
{
	return l->calls;
}

bool ledger_ready(const struct ledger *l)
{
	return !l->counting;
}

void ledger_expire(struct ledger *l)
{
	l->engine->expire(l->engine, l->clock(l->ctx));
}

uint64_t ledger_count(const struct ledger *l)
{
	return atomic_load(&l->census.total);
}
