/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store against a model of rule 30 in a plain array: random operations, a clock that jumps,
 * restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool/log.h"

#define SPIS 6
#define ADDRESSES 3
#define INDEXES (SPIS * ADDRESSES)
#define STEPS 20000
/* Contents at a time, and seconds after which there are new ones. */
#define CONTENTS 3
#define ERA 100

static const char *const addresses[ADDRESSES] = { "192.0.2.1", "192.0.2.2", "2001:db8::1" };

enum kind { NONE, LIVE, MOVED, DELETED };

struct cell {
	enum kind kind;
	uint32_t content;
	uint64_t expiry;
	unsigned pool;
	unsigned target; /* moved: cell of the new index */
	uint32_t target_content;
};

struct model {
	struct cell cells[INDEXES];
	uint64_t now;
};

static const char *const pools[2] = { "ikesync:a", "ikesync:b" };

/* The sealed stub's own expiry: of the octets, so it follows from `content`; always later than the lifetime. */
static uint64_t sealed_until(uint32_t content)
{
	return FIXTURE_START + content / CONTENTS * ERA + ERA + 100;
}

/* Rule 30: a tombstone stands until nobody can open the stub any more. */
static void bury(struct cell *c, enum kind kind)
{
	c->kind = kind;
	c->expiry = sealed_until(c->content) + 30;
}

static struct index index_at(unsigned i)
{
	return made_index(addresses[i / SPIS], 1 + i % SPIS);
}

static bool is_live(const struct model *m, unsigned i)
{
	return m->cells[i].kind == LIVE && m->cells[i].expiry > m->now;
}

static bool is_stone(const struct model *m, unsigned i)
{
	return (m->cells[i].kind == MOVED || m->cells[i].kind == DELETED) &&
	       m->cells[i].expiry > m->now;
}

/* Section 6.3: its lifetime is over, and its seal (with 30 s for clocks) is not. */
static bool is_expired(const struct model *m, unsigned i)
{
	const struct cell *c = &m->cells[i];

	return c->kind == LIVE && c->expiry <= m->now && sealed_until(c->content) + 30 > m->now;
}

/* What is past its end is as if it had never been. */
static void forget(struct model *m, unsigned i)
{
	if (!is_live(m, i) && !is_stone(m, i) && !is_expired(m, i))
		m->cells[i].kind = NONE;
}

static int model_put(struct model *m, unsigned i, uint32_t content, uint64_t expiry, unsigned pool,
		     bool owner)
{
	if (!owner)
		return STUB_NOT_AUTHORISED;
	if (is_live(m, i))
		return m->cells[i].content == content ? STUB_OK : STUB_EXISTS;
	if (is_stone(m, i) || is_expired(m, i))
		return STUB_CONFLICT;
	m->cells[i] =
	    (struct cell){ .kind = LIVE, .content = content, .expiry = expiry, .pool = pool };
	return STUB_OK;
}

static int model_update(struct model *m, unsigned i, unsigned j, uint32_t content, uint64_t expiry,
			unsigned pool, bool owns_i, bool owns_j)
{
	bool move = i / SPIS != j / SPIS;
	struct cell *old = &m->cells[i];

	if (old->kind == NONE)
		return STUB_NOT_FOUND;
	if (move ? !owns_j : !owns_i)
		return STUB_NOT_AUTHORISED;
	if (move && old->pool != pool)
		return STUB_NOT_AUTHORISED;
	if (is_stone(m, i))
		return old->kind == MOVED && old->target == j && old->target_content == content
			   ? STUB_OK
			   : STUB_CONFLICT;
	if (is_expired(m, i))
		return STUB_EXPIRED;
	if (i != j && is_live(m, j))
		return STUB_EXISTS;
	if (i != j && (is_stone(m, j) || is_expired(m, j)))
		return STUB_CONFLICT;
	m->cells[j] =
	    (struct cell){ .kind = LIVE, .content = content, .expiry = expiry, .pool = pool };
	if (i != j) {
		bury(old, MOVED);
		old->target = j;
		old->target_content = content;
	}
	return STUB_OK;
}

static int model_delete(struct model *m, unsigned i, unsigned pool, bool owner)
{
	struct cell *c = &m->cells[i];

	if (c->kind == NONE)
		return STUB_NOT_FOUND;
	if (!owner && c->pool != pool)
		return STUB_NOT_AUTHORISED;
	if (is_stone(m, i))
		return STUB_NOT_FOUND;
	bury(c, DELETED);
	return STUB_OK;
}

static int model_get(const struct model *m, unsigned i, unsigned pool)
{
	const struct cell *c = &m->cells[i];

	if (c->kind == NONE)
		return STUB_NOT_FOUND;
	if (c->pool != pool)
		return STUB_NOT_AUTHORISED;
	if (c->kind != LIVE)
		return STUB_NOT_FOUND;
	return c->expiry > m->now ? STUB_OK : STUB_EXPIRED;
}

struct step {
	struct store_op op;
	unsigned i, j, pool;
	uint32_t content;
	GBytes *container;
};

static void check_found(struct model *m, const struct step *s, GBytes *found)
{
	struct index ix = index_at(s->i);
	const struct cell *c = &m->cells[s->i];
	GBytes *want = made_container(&ix, 0, sealed_until(c->content), c->content);
	uint32_t lifetime = 0;

	assert_true(made_same(bytes_span(found), bytes_span(want), &lifetime));
	assert_int_equal(lifetime, c->expiry - m->now);
	g_bytes_unref(want);
}

static void digest_of(GBytes *container, uint8_t out[static RECORD_DIGEST_SIZE])
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = bytes_span(container) };
	struct stub_container c;
	struct fault fault;

	assert_int_equal(stub_container_parse(&p, &c, &fault), ERR_OK);
	record_digest(&c, out);
}

static void make_step(const struct model *m, struct step *s)
{
	unsigned dice = (unsigned)(random() % 100);
	/* two gateways: pool a owns the first two addresses, pool b the second and third */
	unsigned who = (unsigned)(random() % 2);
	bool owns[ADDRESSES] = { who == 0, true, who == 1 };
	uint64_t expiry = m->now + 1 + (uint64_t)(random() % 100);

	*s = (struct step){ .i = (unsigned)(random() % INDEXES),
			    .j = (unsigned)(random() % INDEXES),
			    .pool = who };
	s->content =
	    (uint32_t)((m->now - FIXTURE_START) / ERA * CONTENTS) + (uint32_t)(random() % CONTENTS);
	s->op = (struct store_op){ .index = index_at(s->i), .pool = pools[who], .expiry = expiry };
	s->op.owns_old = owns[s->i / SPIS];
	s->op.owns_new = owns[s->j / SPIS];
	if (dice < 30) {
		s->op.kind = STORE_PUT;
		s->container =
		    made_container(&s->op.index, 5, sealed_until(s->content), s->content);
	} else if (dice < 65) {
		s->op.kind = STORE_UPDATE;
		s->op.new_index = index_at(s->j);
		s->container =
		    made_container(&s->op.new_index, 5, sealed_until(s->content), s->content);
	} else if (dice < 75) {
		s->op.kind = STORE_DELETE;
	} else {
		s->op.kind = STORE_GET;
	}
	if (s->container) {
		s->op.container = bytes_span(s->container);
		digest_of(s->container, s->op.digest);
	}
}

static int outcome(struct model *m, const struct step *s)
{
	const struct store_op *op = &s->op;

	switch (op->kind) {
	case STORE_PUT:
		return model_put(m, s->i, s->content, op->expiry, s->pool, op->owns_old);
	case STORE_UPDATE:
		return model_update(m, s->i, s->j, s->content, op->expiry, s->pool, op->owns_old,
				    op->owns_new);
	case STORE_DELETE:
		return model_delete(m, s->i, s->pool, op->owns_old);
	default:
		return model_get(m, s->i, s->pool);
	}
}

static int expected(struct model *m, const struct step *s)
{
	forget(m, s->i);
	forget(m, s->j);
	return outcome(m, s);
}

static void note_done(struct store_op *op, void *user)
{
	(void)op;
	(*(size_t *)user)++;
}

static void apply_all(struct fixture *f, struct store_op *const *ops, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		ops[i]->done = note_done;
		ops[i]->user = &done;
		store_submit(f->bank.store, ops[i]);
	}
	fixture_settle(f);
	assert_int_equal(done, n);
}

static void random_operations(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct model m = { .now = f->seconds };
	unsigned seen[10] = { 0 };

	(void)state;
	srandom(20261121);
	for (unsigned n = 0; n < STEPS;) {
		struct step steps[8];
		struct store_op *ops[8];
		unsigned size = 1 + (unsigned)(random() % 8);

		for (unsigned k = 0; k < size; k++) {
			make_step(&m, &steps[k]);
			ops[k] = &steps[k].op;
		}
		apply_all(f, ops, size);
		for (unsigned k = 0; k < size; k++) {
			assert_int_equal(steps[k].op.status, expected(&m, &steps[k]));
			seen[steps[k].op.status]++;
			if (steps[k].op.found) {
				check_found(&m, &steps[k], steps[k].op.found);
				g_bytes_unref(steps[k].op.found);
			}
			if (steps[k].container)
				g_bytes_unref(steps[k].container);
		}
		n += size;
		if (random() % 20 == 0)
			m.now += (uint64_t)(random() % 30);
		f->seconds = m.now;
		if (random() % 500 == 0)
			fixture_reopen(f);
		if (random() % 500 == 0) {
			store_expire(f->bank.store);
			fixture_reopen(f); /* waits for it */
		}
	}
	/* the walk must have met every answer it can */
	for (unsigned code = STUB_OK; code <= STUB_NOT_AUTHORISED; code++)
		assert_true(seen[code] > 20);
	fixture_free(f);
}

static bool count_one(struct ledger_scan *scan, const struct index *ix, struct span container)
{
	(void)ix;
	(void)container;
	(*(unsigned *)scan->user)++;
	return true;
}

static void count_done(struct ledger_scan *scan)
{
	assert_false(scan->failed);
}

static unsigned count_stubs(struct fixture *f, const struct address *gateway)
{
	unsigned n = 0;
	struct ledger_scan scan = { .gateway = *gateway,
				    .pool = "ikesync:a",
				    .owner = true,
				    .each = count_one,
				    .done = count_done,
				    .user = &n };

	while (!scan.end) {
		store_scan(f->bank.store, &scan);
		fixture_settle(f);
	}
	return n;
}

static bool count_raw(struct engine_scan *scan, struct span key, struct span value)
{
	(void)key;
	(void)value;
	(*(unsigned *)scan->user)++;
	return true;
}

static void raw_counted(struct engine_scan *scan)
{
	assert_int_equal(scan->result, ENGINE_OK);
}

/* All that is on the storage, whatever it means. */
static unsigned count_records(struct fixture *f)
{
	unsigned n = 0;
	struct engine_scan scan = {
		.max_records = 1000, .each = count_raw, .done = raw_counted, .user = &n
	};

	while (!scan.end) {
		f->engine->scan(f->engine, &scan);
		fixture_settle(f);
	}
	return n;
}

static void compaction_takes_what_is_over(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1);

	(void)state;
	for (ix.spi = 1; ix.spi <= 100; ix.spi++) {
		bool brief = ix.spi <= 50;
		uint64_t seal = FIXTURE_START + (brief ? 300 : 10000);

		assert_int_equal(
		    peer_ask(p, made_init(1, made_container(&ix, brief ? 10 : 10000, seal, 1))),
		    STUB_OK);
	}
	assert_int_equal(store_count(f->bank.store), 100);
	/* the lifetime is over, the seal is not: that is known, over a restart too (rule 43) */
	f->seconds += 200;
	store_expire(f->bank.store);
	peer_free(p);
	fixture_reopen(f);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(count_records(f), 100);
	assert_int_equal(count_stubs(f, &ix.address), 50);
	ix.spi = 1;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_EXPIRED);
	f->seconds = FIXTURE_START + 329;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_EXPIRED);
	f->seconds = FIXTURE_START + 330;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	f->seconds += 60;
	store_expire(f->bank.store);
	for (unsigned i = 0; i < 500 && count_records(f) > 50; i++)
		g_usleep(10000);
	assert_int_equal(count_records(f), 50);
	ix.spi = 51;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	peer_free(p);
	fixture_reopen(f);
	assert_int_equal(store_count(f->bank.store), 50);
	fixture_free(f);
}

static int ask_init(struct peer *p, const struct index *ix)
{
	return peer_ask(p, made_init(1, made_container(ix, 1000, FIXTURE_START + 1000, 1)));
}

/* Who makes and deletes without end is stopped by what must be remembered of it; and not for ever. */
static void tombstones_are_counted(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct peer *p;
	struct index ix = made_index("192.0.2.1", 1), to;

	(void)state;
	bank_config_defaults(&settings);
	settings.max_tombstones = 10;
	f = fixture_new(&settings);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	for (ix.spi = 1; ix.spi <= 11; ix.spi++)
		assert_int_equal(ask_init(p, &ix), STUB_OK);
	for (ix.spi = 1; ix.spi <= 9; ix.spi++)
		assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_OK);
	assert_int_equal(store_tombstones(f->bank.store), 9);
	fixture_reopen(f);
	assert_int_equal(store_tombstones(f->bank.store), 9);
	ix.spi = 12;
	assert_int_equal(ask_init(p, &ix), STUB_OK);
	to = made_index("192.0.2.1", 13); /* a rekey leaves one, too */
	assert_int_equal(
	    peer_ask(p, made_update(1, &ix, made_container(&to, 1000, FIXTURE_START + 1000, 1))),
	    STUB_OK);
	assert_int_equal(store_tombstones(f->bank.store), 10);
	ix.spi = 14;
	assert_int_equal(ask_init(p, &ix), STUB_FULL);
	/* what is there goes on */
	assert_int_equal(peer_ask(p, made_delete(1, &to)), STUB_OK);
	assert_int_equal(ask_init(p, &ix), STUB_FULL);
	store_limit(f->bank.store, 0, 12);
	assert_int_equal(ask_init(p, &ix), STUB_OK);
	store_limit(f->bank.store, 0, 10);
	f->seconds += 1100; /* seals and skew are over */
	ix.spi = 15;
	assert_int_equal(peer_ask(p, made_init(1, made_container(&ix, 1000, f->seconds + 1000, 1))),
			 STUB_OK);
	assert_int_equal(store_tombstones(f->bank.store), 0);
	peer_free(p);
	fixture_free(f);
}

/* Files may not grow: as with a full disk, but for one process and for a moment. */
static void files_may_grow(bool may)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = may ? limit.rlim_max : 0;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Ask until there is another answer than `busy`, or for half a minute. */
static int init_in_time(struct peer *p, const struct index *ix)
{
	int status = STUB_BUSY;

	for (unsigned i = 0; i < 3000 && status == STUB_BUSY; i++) {
		status = ask_init(p, ix);
		if (status == STUB_BUSY)
			g_usleep(10000);
	}
	return status;
}

/*
 * What could not be written is neither acknowledged nor counted; what was acknowledged can be read; and
 * when the disk takes writes again, so does the store.
 */
static void a_disk_that_refuses(void **state)
{
	struct fixture *f;
	struct peer *p;
	struct index ix = made_index("192.0.2.1", 1);
	gint64 end;

	(void)state;
	if (fixture_in_memory() || fixture_on_redis() || fixture_on_cluster())
		skip(); /* the disk is not the bank's */
	f = fixture_new(NULL);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(ask_init(p, &ix), STUB_OK);
	for (unsigned round = 0; round < 3; round++) {
		files_may_grow(false);
		end = g_get_monotonic_time() + G_USEC_PER_SEC;
		for (ix.spi = 1000; g_get_monotonic_time() < end; ix.spi++) {
			struct index kept = made_index("192.0.2.1", 1);
			int written = ask_init(p, &ix), read = peer_get(p, &kept, NULL);

			if (written != STUB_BUSY || read != STUB_OK) {
				files_may_grow(true); /* so that this can be told */
				assert_int_equal(written, STUB_BUSY);
				assert_int_equal(read, STUB_OK);
			}
		}
		if (round == 1)
			fixture_reopen(f);
		files_may_grow(true);
		assert_int_equal(store_count(f->bank.store), 1 + round);
		ix.spi = 2 + round;
		assert_int_equal(init_in_time(p, &ix), STUB_OK);
		for (ix.spi = 1; ix.spi <= 2 + round; ix.spi++)
			assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
		ix.spi = 1000;
		assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	}
	peer_free(p);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(compaction_takes_what_is_over),
		cmocka_unit_test(tombstones_are_counted),
		cmocka_unit_test(a_disk_that_refuses),
	};

	log_init("bank-test", LOG_LEVEL_ERROR); /* refusals are the point here, and warnings */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
