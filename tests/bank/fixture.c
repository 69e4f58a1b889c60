/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and ends a bank for a test, and turns its loop until all is answered. */
#include "fixture.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A replica that is late on a busy machine is not what these tests are about. */
#define WAIT_MS 20000

static uint64_t seconds(void *ctx)
{
	return ((struct fixture *)ctx)->seconds;
}

static uint64_t milliseconds(void *ctx)
{
	return ((struct fixture *)ctx)->ms;
}

static struct engine *open_engine(struct fixture *f)
{
	struct engine_rocksdb_settings settings = { .directory = f->directory, .cache = 1 << 20 };
	GError *error = NULL;
	struct engine *e;

	if (f->memory)
		return engine_memory_new(f->memory);
	if (f->redis) {
		e = engine_redis_open(&f->redis_settings, NULL, &error);
	} else {
		e = engine_rocksdb_open(&settings, f->seconds, &error);
	}
	if (!e)
		g_error("%s", error->message);
	return e;
}

void fixture_open(struct fixture *f)
{
	struct ledger_settings s = { .max_stubs = f->settings.max_stubs,
				     .max_tombstones = f->settings.max_tombstones,
				     .rest_key =
					 f->settings.has_rest_key ? f->settings.rest_key : NULL,
				     .clock = seconds,
				     .ctx = f };
	GError *error = NULL;

	f->bank.store = store_new(f->engine = open_engine(f), &s, NULL, false, &error);
	if (!f->bank.store)
		g_error("%s", error->message);
	fixture_settle(f);
}

void fixture_close(struct fixture *f)
{
	store_free(f->bank.store);
	while (f->redis && g_main_context_iteration(NULL, FALSE))
		; /* what it leaves to the loop */
}

void fixture_settle(struct fixture *f)
{
	store_flush(f->bank.store);
	store_run(f->bank.store);
	while ((f->memory || f->redis) && (fixture_waits(f) || g_main_context_pending(NULL)))
		g_main_context_iteration(NULL, f->redis && fixture_waits(f));
}

void fixture_settle_both(struct fixture *const f[2])
{
	while (fixture_waits(f[0]) || fixture_waits(f[1]) || g_main_context_pending(NULL)) {
		fixture_settle(f[0]);
		fixture_settle(f[1]);
	}
}

bool fixture_waits(const struct fixture *f)
{
	if (f->memory)
		return memory_calls(f->memory) > 0;
	return f->redis && engine_redis_calls(f->engine) > 0;
}

static bool on_replicas(void)
{
	return g_strcmp0(g_getenv("IKESYNC_TEST_ENGINE"), "replicas") == 0;
}

bool fixture_on_redis(void)
{
	return g_strcmp0(g_getenv("IKESYNC_TEST_ENGINE"), "redis") == 0 || on_replicas();
}

bool fixture_on_cluster(void)
{
	return g_strcmp0(g_getenv("IKESYNC_TEST_ENGINE"), "cluster") == 0;
}

static struct redis_server *shared, *replica;
static struct redis_cluster *cluster;

static void end_shared(void)
{
	if (replica)
		redis_server_free(replica);
	redis_server_free(shared);
}

static void make_shared(void)
{
	if (!on_replicas()) {
		shared = redis_server_new(NULL);
		return;
	}
	shared = redis_server_with_port();
	replica = redis_server_replica(shared);
	if (!redis_server_await(shared, "INFO replication", "state=online"))
		g_error("the replica does not come up");
}

static void end_cluster(void)
{
	redis_cluster_free(cluster);
}

struct redis_cluster *fixture_cluster(void)
{
	if (!cluster) {
		cluster = redis_cluster_new();
		atexit(end_cluster);
	}
	return cluster;
}

const struct redis_server *fixture_redis(void)
{
	if (!shared) {
		make_shared();
		atexit(end_shared);
	}
	return shared;
}

bool fixture_in_memory(void)
{
	return g_strcmp0(g_getenv("IKESYNC_TEST_ENGINE"), "memory") == 0;
}

static struct fixture *new_over(const struct bank_settings *settings, struct memory *memory,
				const struct redis_server *redis,
				const struct engine_redis_settings *redis_settings)
{
	struct fixture *f = g_new0(struct fixture, 1);
	GError *error = NULL;

	f->directory = g_dir_make_tmp("ikesync-bank-XXXXXX", &error);
	if (!f->directory)
		g_error("%s", error->message);
	f->seconds = FIXTURE_START;
	f->ms = 5000;
	f->memory = memory;
	f->redis = redis;
	if (redis) {
		f->redis_settings = *redis_settings;
		f->redis_settings.prefix = g_strdup(redis_settings->prefix);
	}
	if (settings)
		f->settings = *settings;
	else
		bank_config_defaults(&f->settings);
	f->bank.settings = &f->settings;
	f->bank.clock = (struct bank_clock){ seconds, milliseconds, f };
	f->bank.gets = rate_limits_new("gets", f->settings.gets_per_second);
	f->bank.moves = rate_limits_new("moves", f->settings.moves_per_second);
	fixture_open(f);
	return f;
}

struct fixture *fixture_new(const struct bank_settings *settings)
{
	struct memory *memory = fixture_in_memory() ? memory_new(20261121) : NULL;
	const struct redis_server *redis = NULL;
	struct engine_redis_settings on = { 0 };
	static unsigned made;
	g_autofree char *prefix = g_strdup_printf("test%u", made++);
	struct fixture *f;

	if (fixture_on_redis()) {
		redis = fixture_redis();
		on = redis_server_settings(redis, prefix);
		on.replicas = on_replicas();
	} else if (fixture_on_cluster()) {
		redis = fixture_cluster()->server[0];
		on = redis_cluster_settings(fixture_cluster(), prefix);
		on.replicas = 1;
	}
	on.wait_ms = WAIT_MS;
	f = new_over(settings, memory, redis, &on);
	f->owns_memory = memory != NULL;
	return f;
}

struct fixture *fixture_over(struct memory *memory)
{
	return new_over(NULL, memory, NULL, NULL);
}

struct fixture *fixture_over_redis(const struct redis_server *redis, const char *prefix,
				   uint64_t replicas)
{
	struct engine_redis_settings on = redis_server_settings(redis, prefix);

	on.replicas = replicas;
	return new_over(NULL, NULL, redis, &on);
}

struct fixture *fixture_over_cluster(const struct redis_cluster *over, const char *prefix,
				     uint64_t replicas)
{
	struct engine_redis_settings on = redis_cluster_settings(over, prefix);

	on.replicas = replicas;
	return new_over(NULL, NULL, over->server[0], &on);
}

void fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	fixture_open(f);
}

void fixture_remove(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *file = g_build_filename(path, name, NULL);

		if (g_unlink(file) != 0)
			fixture_remove(file);
		g_free(file);
	}
	if (dir)
		g_dir_close(dir);
	g_rmdir(path);
}

void fixture_free(struct fixture *f)
{
	fixture_close(f);
	rate_limits_free(f->bank.gets);
	rate_limits_free(f->bank.moves);
	if (f->owns_memory)
		memory_free(f->memory);
	fixture_remove(f->directory);
	g_free(f->directory);
	if (f->redis)
		g_free((char *)(uintptr_t)f->redis_settings.prefix);
	g_free(f);
}

static bool on_send(void *user, struct span message)
{
	struct peer *p = user;

	assert_false(p->closed);
	g_queue_push_tail(&p->replies, g_bytes_new(message.p, message.n));
	return true;
}

static void on_close(void *user, const char *why)
{
	struct peer *p = user;

	assert_non_null(why);
	assert_false(p->closed);
	p->closed = true;
}

static void on_pump(void *user)
{
	(void)user; /* peer_settle() pumps anyway */
}

struct peer *peer_new(struct fixture *f, const char *addresses, const char *pool)
{
	static const struct session_io io = { on_send, on_close, on_pump };
	struct peer *p = g_new0(struct peer, 1);
	struct channel_identity id = { .n_addresses = 0 };
	char **list = g_strsplit(addresses, " ", 0);

	for (char **a = list; *a && **a; a++)
		assert_int_equal(address_from_text(*a, &id.addresses[id.n_addresses++]), ERR_OK);
	g_strfreev(list);
	g_strlcpy(id.pool, pool, sizeof(id.pool));
	g_snprintf(id.subject, sizeof(id.subject), "CN=%s", addresses);
	p->f = f;
	g_queue_init(&p->replies);
	p->session = session_new(&f->bank, &id, true, &io, p);
	return p;
}

void peer_free(struct peer *p)
{
	session_free(p->session);
	g_queue_clear_full(&p->replies, (GDestroyNotify)g_bytes_unref);
	g_free(p);
}

struct span bytes_span(GBytes *b)
{
	gsize n = 0;
	const void *octets = b ? g_bytes_get_data(b, &n) : NULL;

	return span_of(octets, n);
}

void peer_send(struct peer *p, GBytes *message)
{
	session_message(p->session, bytes_span(message));
	g_bytes_unref(message);
}

void peer_settle(struct peer *p)
{
	do {
		fixture_settle(p->f);
		while (session_pump(p->session))
			;
	} while (fixture_waits(p->f));
}

GBytes *peer_reply(struct peer *p)
{
	return g_queue_pop_head(&p->replies);
}

int peer_next_status(struct peer *p)
{
	GBytes *reply = peer_reply(p);
	int status = reply ? bytes_span(reply).p[16] : -1;

	if (reply)
		g_bytes_unref(reply);
	return status;
}

/* Header and transaction are read by hand: the oracle is the profile's diagram, not the parser
 * under test. */
static int ask(struct peer *p, GBytes *message, GBytes **stub)
{
	struct span q = bytes_span(message), a;
	uint8_t type = q.p[1] == STUB_GET ? STUB_DOWNLOAD : q.p[1];
	GBytes *reply;
	int status;

	g_bytes_ref(message);
	peer_send(p, message);
	peer_settle(p);
	reply = peer_reply(p);
	assert_non_null(reply);
	assert_null(peer_reply(p));
	a = bytes_span(reply);
	assert_true(a.n >= 20);
	assert_int_equal(a.p[0], STUB_PAYLOAD_TRANSACTION);
	assert_int_equal(a.p[1], type);
	assert_int_equal(a.p[2] << 8 | a.p[3], a.n);
	assert_memory_equal(&a.p[8], &q.p[8], 4);
	assert_int_equal(a.p[4], STUB_PAYLOAD_STATUS);
	status = a.p[16];
	if (stub) {
		size_t at = 12u + (size_t)(a.p[14] << 8 | a.p[15]) + 4;

		*stub = a.p[12] == STUB_PAYLOAD_STUB ? g_bytes_new(&a.p[at], a.n - at) : NULL;
	}
	g_bytes_unref(reply);
	g_bytes_unref(message);
	return status;
}

int peer_ask(struct peer *p, GBytes *message)
{
	return ask(p, message, NULL);
}

int peer_get(struct peer *p, const struct index *ix, GBytes **stub)
{
	GBytes *found = NULL;
	int status = ask(p, made_get(0x11223344, ix), &found);

	assert_true((status == STUB_OK) == (found != NULL));
	if (stub)
		*stub = found;
	else if (found)
		g_bytes_unref(found);
	return status;
}
