/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One engine's records as stubs: groups of operations, gets and scans beside them, and the count. */
#include "ledger.h"

#include <limits.h>

#include "census.h"
#include "group.h"
#include "tool/log.h"
#include "vault.h"

/* Records looked at in one call of a scan: many may be tombstones, and a get must not wait for
 * them. */
#define SCAN_TURN 4096

struct ledger {
	struct engine *engine;
	uint64_t (*clock)(void *ctx);
	void *ctx;
	struct vault vault;
	struct counts counts;
	struct group *group;
	struct engine_scan first_count;
	struct recount *recount; /* under way */
	bool counting;
	bool mended;  /* for the count to succeed */
	size_t calls; /* gets and scans on their way */
};

void ledger_apply(struct ledger *l, struct store_op **ops, size_t n, engine_done_fn *done,
		  void *user)
{
	group_apply(l->group, ops, n, l->clock(l->ctx), done, user);
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
			store_op_busy(op, engine_trouble(g->reads[i].result));
			continue;
		}
		if (g->reads[i].found)
			vault_view(&l->vault, &op->index, g->reads[i].value, &view);
		vault_get(&l->vault, op, &view, now);
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
	vault_view(&s->ledger->vault, &ix, value, &view);
	if (view.damaged || view.record.state != RECORD_LIVE || view.record.expiry <= s->now ||
	    !rules_may_read(&view.record, s->pool, s->owner))
		return true;
	container = vault_open(&s->ledger->vault, &view.record, &ix, s->now);
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

static bool browse_record(struct engine_scan *e, struct span key, struct span value)
{
	struct ledger_browse *b = e->user;
	struct rules_view view = { 0 };
	struct index ix;

	if (record_key_parse(key, &ix) != ERR_OK)
		return true;
	vault_view(&b->ledger->vault, &ix, value, &view);
	return b->each(b, &ix, &view);
}

static void browse_done(struct engine_scan *e)
{
	struct ledger_browse *b = e->user;
	struct index ix;

	if (record_key_parse(span_of(e->after.octets, e->after.n), &ix) == ERR_OK) {
		b->spi = ix.spi;
		b->from_spi = false;
	}
	b->ledger->calls--;
	b->failed = e->result != ENGINE_OK;
	b->end = b->failed || e->end;
	b->done(b);
}

void ledger_browse(struct ledger *l, struct ledger_browse *b)
{
	struct index from = { .spi = b->spi - (b->from_spi && b->spi ? 1 : 0),
			      .address = b->gateway };

	b->ledger = l;
	b->engine = (struct engine_scan){ .prefix = record_key_prefix(&b->gateway),
					  .max_records = SCAN_TURN,
					  .each = browse_record,
					  .done = browse_done,
					  .user = b };
	if (b->spi)
		b->engine.after = record_key(&from);
	l->calls++;
	l->engine->scan(l->engine, &b->engine);
}

bool ledger_checkpoint(struct ledger *l, const char *directory, GError **error)
{
	if (l->engine->checkpoint)
		return l->engine->checkpoint(l->engine, directory, error);
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSYS,
		    "what this engine keeps is backed up with its own means");
	return false;
}

const char *ledger_name(const struct ledger *l)
{
	return l->engine->name;
}

/* ---- the count, and the rest ---- */

static void count_in(struct counts *c, struct span key, struct span value)
{
	struct record record;
	struct index ix;

	if (record_key_parse(key, &ix) == ERR_OK && record_parse(value, &record, NULL) == ERR_OK &&
	    record.expiry > 0)
		census_add(record.state == RECORD_LIVE ? &c->living : &c->tombstones,
			   record.expiry);
}

static bool count_record(struct engine_scan *e, struct span key, struct span value)
{
	struct ledger *l = e->user;

	count_in(&l->counts, key, value);
	return true;
}

static void begin_count(struct ledger *l)
{
	uint64_t now = l->clock(l->ctx);

	census_init(&l->counts.living, now);
	census_init(&l->counts.tombstones, now);
}

static void count_done(struct engine_scan *e)
{
	struct ledger *l = e->user;

	if (e->result == ENGINE_OK && !e->end) {
		l->engine->scan(l->engine, e);
		return;
	}
	if (e->result != ENGINE_OK && !l->mended && l->engine->mend && l->engine->mend(l->engine)) {
		l->mended = true;
		begin_count(l);
		e->after = (struct record_key){ 0 };
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
	begin_count(l);
	l->counting = true;
	l->first_count = (struct engine_scan){
		.max_records = UINT_MAX, .each = count_record, .done = count_done, .user = l
	};
	l->engine->scan(l->engine, &l->first_count);
}

/* ---- the count again, where others write, too ---- */

struct recount {
	struct ledger *ledger;
	struct engine_scan scan;
	struct counts counts;
};

static bool recount_record(struct engine_scan *e, struct span key, struct span value)
{
	count_in(&((struct recount *)e->user)->counts, key, value);
	return true;
}

/* What was written meanwhile is counted in part; the next time has it right. */
static void recount_done(struct engine_scan *e)
{
	struct recount *c = e->user;
	struct ledger *l = c->ledger;

	if (e->result == ENGINE_OK && !e->end) {
		l->engine->scan(l->engine, e);
		return;
	}
	if (e->result == ENGINE_OK) {
		census_take(&l->counts.living, &c->counts.living);
		census_take(&l->counts.tombstones, &c->counts.tombstones);
	}
	l->calls--;
	l->recount = NULL;
	g_free(c);
}

static void count_again(struct ledger *l)
{
	uint64_t now = l->clock(l->ctx);
	struct recount *c;

	if (l->recount || l->counting)
		return;
	l->recount = c = g_new0(struct recount, 1);
	c->ledger = l;
	census_init(&c->counts.living, now);
	census_init(&c->counts.tombstones, now);
	c->scan = (struct engine_scan){
		.max_records = UINT_MAX, .each = recount_record, .done = recount_done, .user = c
	};
	l->calls++;
	l->engine->scan(l->engine, &c->scan);
}

struct ledger *ledger_new(struct engine *engine, const struct ledger_settings *settings,
			  GError **error)
{
	struct ledger *l = g_new0(struct ledger, 1);

	l->engine = engine;
	l->clock = settings->clock;
	l->ctx = settings->ctx;
	vault_init(&l->vault, engine->name, settings->rest_key);
	ledger_limit(l, settings->max_stubs, settings->max_tombstones);
	l->group = group_new(engine, &l->vault, &l->counts);
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
	group_free(l->group);
	vault_clear(&l->vault);
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
	if (l->engine->shared)
		count_again(l);
}

void ledger_limit(struct ledger *l, uint64_t max_stubs, uint64_t max_tombstones)
{
	atomic_store(&l->counts.max_stubs, max_stubs);
	atomic_store(&l->counts.max_tombstones, max_tombstones);
}

uint64_t ledger_tombstones(const struct ledger *l)
{
	return atomic_load(&l->counts.tombstones.total);
}

uint64_t ledger_count(const struct ledger *l)
{
	return atomic_load(&l->counts.living.total);
}
