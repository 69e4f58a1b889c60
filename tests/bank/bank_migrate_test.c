/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From one engine to another and back: nothing is missing, nothing is new, nothing comes back, and the first one stays as it was. */
#include <glib/gstdio.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "migrate.h"
#include "store/rocks_repair.h"
#include "store/transfer.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

#define STUBS 600
#define A "192.0.2.1"
#define B "2001:db8::3"

static GBytes *stub(const struct fixture *f, const struct index *ix, uint32_t lifetime)
{
	return made_container(ix, lifetime, f->seconds + lifetime, (uint32_t)ix->spi);
}

/* Of each hundred: some moved, some deleted, some brought anew, the rest as they came. */
static void fill(struct fixture *f)
{
	struct peer *a = peer_new(f, A, "ikesync:a"), *b = peer_new(f, B, "ikesync:a");

	f->seconds = (uint64_t)time(NULL);
	for (uint64_t i = 1; i <= STUBS; i++) {
		struct index ix = made_index(i % 2 ? A : B, i), to = made_index(B, 100000 + i);
		struct peer *owner = i % 2 ? a : b;

		assert_int_equal(peer_ask(owner, made_init(1, stub(f, &ix, 80000))), STUB_OK);
		if (i % 10 == 1)
			assert_int_equal(peer_ask(b, made_update(2, &ix, stub(f, &to, 80000))),
					 STUB_OK);
		else if (i % 10 == 2)
			assert_int_equal(peer_ask(owner, made_delete(3, &ix)), STUB_OK);
	}
	peer_free(a);
	peer_free(b);
}

static void asks(struct fixture *f)
{
	struct peer *b = peer_new(f, B, "ikesync:a");

	f->seconds = (uint64_t)time(NULL);
	for (uint64_t i = 1; i <= STUBS; i++) {
		struct index ix = made_index(i % 2 ? A : B, i), to = made_index(B, 100000 + i);
		bool moved = i % 10 == 1, deleted = i % 10 == 2;

		assert_int_equal(peer_get(b, &ix, NULL),
				 moved || deleted ? STUB_NOT_FOUND : STUB_OK);
		assert_int_equal(peer_get(b, &to, NULL), moved ? STUB_OK : STUB_NOT_FOUND);
		if (deleted) /* it is known that it has ended */
			assert_int_equal(peer_ask(b, made_init(1, stub(f, &ix, 80000))),
					 STUB_CONFLICT);
	}
	peer_free(b);
}

/* ---- what is in there ---- */

static bool note(struct engine_scan *scan, struct span key, struct span value)
{
	GString *out = scan->user;

	g_string_append_len(out, (const char *)key.p, (gssize)key.n);
	g_string_append_c(out, '=');
	g_string_append_len(out, (const char *)value.p, (gssize)value.n);
	g_string_append_c(out, '\n');
	return true;
}

static bool noted;

static void note_done(struct engine_scan *scan)
{
	assert_int_equal(scan->result, ENGINE_OK);
	noted = true;
}

static GString *dump(struct engine *e)
{
	GString *out = g_string_new(NULL);
	struct engine_scan scan = {
		.max_records = UINT_MAX, .each = note, .done = note_done, .user = out
	};

	noted = false;
	e->scan(e, &scan);
	while (!noted)
		g_main_context_iteration(NULL, TRUE);
	assert_true(scan.end);
	return out;
}

static void end(struct engine *e, bool on_redis)
{
	while (on_redis && engine_redis_calls(e))
		g_main_context_iteration(NULL, TRUE);
	e->free(e);
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static struct engine *open_settings(const struct bank_settings *s)
{
	struct engine *e = s->on_redis
			       ? engine_redis_open(&s->redis, NULL, NULL)
			       : engine_rocksdb_open(&s->rocksdb, (uint64_t)time(NULL), NULL);

	assert_non_null(e);
	return e;
}

static GString *dump_settings(const struct bank_settings *s)
{
	struct engine *e = open_settings(s);
	GString *out = dump(e);

	end(e, s->on_redis);
	return out;
}

static void same(const GString *a, const GString *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->str, b->str, a->len);
}

/* Names and octets of all files but LOG, in which RocksDB talks of itself. */
static char *files(const char *directory)
{
	g_autofree char *command = g_strdup_printf(
	    "cd %s && find . -type f ! -name 'LOG*' | sort | xargs sha256sum", directory);
	const char *argv[] = { "sh", "-c", command, NULL };
	char *out = NULL;
	int status = 1;

	assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
				 NULL, &out, NULL, &status, NULL));
	assert_int_equal(status, 0);
	assert_non_null(strstr(out, "CURRENT"));
	return out;
}

static struct bank_settings in_directory(const char *directory)
{
	struct bank_settings s;

	bank_config_defaults(&s);
	s.rocksdb.directory = directory;
	s.rocksdb.cache = 1 << 20;
	return s;
}

static struct bank_settings on_redis(const struct engine_redis_settings *redis)
{
	struct bank_settings s;

	bank_config_defaults(&s);
	s.on_redis = true;
	s.redis = *redis;
	return s;
}

/* ---- there and back ---- */

static void there_and_back(const struct engine_redis_settings *redis, struct fixture *other)
{
	struct fixture *f = fixture_new(NULL);
	g_autofree char *back = g_strconcat(f->directory, ".back", NULL);
	struct bank_settings rocks = in_directory(f->directory), far = on_redis(redis),
			     again = in_directory(back);
	GString *first, *far_first, *third;
	char *before, *after;

	fill(f);
	fixture_close(f);
	first = dump_settings(&rocks);
	assert_true(first->len > STUBS * 100);
	before = files(f->directory);
	assert_int_equal(migrate(&rocks, &far, false), DAEMON_EXIT_OK);
	after = files(f->directory);
	assert_string_equal(before, after);
	far_first = dump_settings(&far);
	same(first, far_first);
	/* twice is once */
	assert_int_equal(migrate(&rocks, &far, false), DAEMON_EXIT_OK);
	assert_int_equal(migrate(&far, &again, false), DAEMON_EXIT_OK);
	third = dump_settings(&far);
	same(far_first, third);
	g_string_free(third, TRUE);
	third = dump_settings(&again);
	same(first, third);
	/* a bank on either has what the first had */
	fixture_open(f);
	asks(f);
	fixture_reopen(other);
	asks(other);
	g_string_free(first, TRUE);
	g_string_free(far_first, TRUE);
	g_string_free(third, TRUE);
	g_free(before);
	g_free(after);
	fixture_remove(back);
	fixture_free(f);
}

static void by_one_redis(void **state)
{
	struct fixture *other = fixture_over_redis(fixture_redis(), "far", 0);

	(void)state;
	there_and_back(&other->redis_settings, other);
	fixture_free(other);
}

static void by_a_cluster(void **state)
{
	struct fixture *other = fixture_over_cluster(fixture_cluster(), "far", 1);

	(void)state;
	there_and_back(&other->redis_settings, other);
	fixture_free(other);
}

/* ---- stopped, and what else may go wrong ---- */

struct watch {
	uint64_t stop_at; /* 0: never */
	struct redis_server *kill;
};

static bool watch(const char *doing, uint64_t done, uint64_t of, void *user)
{
	struct watch *w = user;

	(void)of;
	if (!g_str_equal(doing, "copying") || done < w->stop_at || done == 0)
		return true;
	if (w->kill) {
		redis_server_kill(w->kill);
		redis_server_start(w->kill);
		w->kill = NULL;
		w->stop_at = 0;
		return true;
	}
	return w->stop_at == 0;
}

/* What a bank has, in a RocksDB that is closed now. */
static struct fixture *filled(void)
{
	struct fixture *f = fixture_new(NULL);

	fill(f);
	fixture_close(f);
	return f;
}

static void done_with(struct fixture *f)
{
	fixture_open(f);
	fixture_free(f);
}

static void goes_on(void **state)
{
	struct fixture *f = filled();
	struct redis_server *server = redis_server_new(NULL);
	struct engine_redis_settings redis = redis_server_settings(server, "on");
	struct bank_settings rocks = in_directory(f->directory), far = on_redis(&redis);
	struct watch w = { .stop_at = 300 };
	struct transfer t = { .from = open_settings(&rocks),
			      .to = open_settings(&far),
			      .now = (uint64_t)time(NULL),
			      .page = 100,
			      .patience_ms = 60000,
			      .progress = watch,
			      .user = &w };
	GError *error = NULL;
	GString *first = dump(t.from), *second;
	uint64_t copied;

	(void)state;
	assert_false(transfer_run(&t, &error));
	assert_non_null(strstr(error->message, "stopped"));
	g_clear_error(&error);
	copied = t.copied;
	assert_in_range(copied, 300, STUBS);
	/* its Redis dies meanwhile, and comes back */
	w = (struct watch){ .stop_at = copied + 1, .kill = server };
	if (!transfer_run(&t, &error))
		fail_msg("%s", error->message);
	assert_null(w.kill);
	assert_int_equal(t.records, STUBS + STUBS / 10);
	assert_int_equal(t.compared, t.records);
	assert_true(t.there >= copied);
	assert_int_equal(t.there + t.copied, t.records);
	second = dump(t.to);
	same(first, second);
	g_string_free(first, TRUE);
	g_string_free(second, TRUE);
	end(t.from, false);
	end(t.to, true);
	redis_server_free(server);
	done_with(f);
}

static void put_done(void *user)
{
	(void)user;
}

static void put(struct engine *e, const struct index *ix, const char *value)
{
	struct engine_transaction t = {
		.n = 1,
		.at = { { .key = record_key(ix), .expect_none = true, .value = span_text(value) } }
	};

	e->commit(e, &t, 1, (uint64_t)time(NULL), put_done, NULL);
	while (engine_redis_calls(e))
		g_main_context_iteration(NULL, TRUE);
	assert_int_equal(t.result, ENGINE_OK);
}

/* Whatever is there and is not the same is neither written over nor passed over. */
static void tells_differences(void **state)
{
	struct fixture *f = filled();
	struct engine_redis_settings redis = redis_server_settings(fixture_redis(), "different"),
				     more = redis_server_settings(fixture_redis(), "more");
	struct bank_settings rocks = in_directory(f->directory), far = on_redis(&redis),
			     further = on_redis(&more);
	struct index ix = made_index(A, 5), other = made_index("192.0.2.77", 5);
	struct engine *e = open_settings(&far);
	GString *first, *second;

	(void)state;
	put(e, &ix, "of somebody else");
	end(e, true);
	assert_int_equal(migrate(&rocks, &far, false), DAEMON_EXIT_FAILURE);
	e = open_settings(&far);
	second = dump(e);
	assert_non_null(memmem(second->str, second->len, "of somebody else", 16));
	end(e, true);
	g_string_free(second, TRUE);
	assert_int_equal(migrate(&rocks, &far, true), DAEMON_EXIT_OK);
	first = dump_settings(&rocks);
	second = dump_settings(&far);
	same(first, second);
	/* one too many */
	e = open_settings(&further);
	put(e, &other, "of somebody else");
	end(e, true);
	assert_int_equal(migrate(&rocks, &further, true), DAEMON_EXIT_FAILURE);
	/* itself */
	assert_int_equal(migrate(&rocks, &rocks, false), DAEMON_EXIT_FAILURE);
	/* other keys for what is encrypted */
	rocks.has_rest_key = true;
	assert_int_equal(migrate(&rocks, &far, true), DAEMON_EXIT_FAILURE);
	g_string_free(first, TRUE);
	g_string_free(second, TRUE);
	done_with(f);
}

/* A bank, as far as its lock goes, in a process of its own until the descriptor is closed. */
static int have_open(const char *directory)
{
	int up[2], down[2];
	char octet;

	assert_int_equal(pipe(up) | pipe(down), 0);
	if (fork() == 0) {
		int fd = rocks_lock(directory, NULL);

		close(down[1]);
		_exit(fd < 0 || write(up[1], "", 1) != 1 || read(down[0], &octet, 1) != 0);
	}
	close(up[1]);
	close(down[0]);
	assert_int_equal(read(up[0], &octet, 1), 1);
	close(up[0]);
	return down[1];
}

static void leaves_banks_alone(void **state)
{
	struct fixture *f = filled(), *other = filled();
	struct bank_settings rocks = in_directory(f->directory),
			     second = in_directory(other->directory);
	int fd = have_open(f->directory), status = 1;

	(void)state;
	assert_int_equal(migrate(&rocks, &second, true), DAEMON_EXIT_FAILURE);
	assert_int_equal(migrate(&second, &rocks, true), DAEMON_EXIT_FAILURE);
	close(fd);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(migrate(&rocks, &second, true), DAEMON_EXIT_OK);
	done_with(f);
	done_with(other);
}

/* What nobody needs to remember any more stays where it is. */
static void leaves_out_what_is_over(void **state)
{
	struct fixture *f = fixture_new(NULL);
	g_autofree char *to = g_strconcat(f->directory, ".to", NULL);
	struct bank_settings rocks = in_directory(f->directory), second = in_directory(to);
	struct peer *a = peer_new(f, A, "ikesync:a");
	struct transfer t = { .patience_ms = 1000 };
	GError *error = NULL;

	(void)state;
	f->seconds = (uint64_t)time(NULL);
	for (uint64_t i = 1; i <= 40; i++) {
		struct index ix = made_index(A, i);

		assert_int_equal(peer_ask(a, made_init(1, stub(f, &ix, i % 4 ? 80000 : 10))),
				 STUB_OK);
	}
	t.now = f->seconds + 40000;
	peer_free(a);
	fixture_close(f);
	t.from = open_settings(&rocks);
	t.to = open_settings(&second);
	assert_true(transfer_run(&t, &error));
	assert_int_equal(t.over, 10);
	assert_int_equal(t.records, 30);
	assert_int_equal(t.copied, 30);
	end(t.from, false);
	end(t.to, false);
	fixture_remove(to);
	done_with(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_one_redis),
		cmocka_unit_test(by_a_cluster),
		cmocka_unit_test(goes_on),
		cmocka_unit_test(tells_differences),
		cmocka_unit_test(leaves_banks_alone),
		cmocka_unit_test(leaves_out_what_is_over),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
