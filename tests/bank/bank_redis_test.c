/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bank owes over a Redis beyond any engine: it looks before it trusts, several banks have one truth, and nothing is
 * acknowledged that too few servers have. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool/log.h"

#define FAR (FIXTURE_START + 1000000)
#define RACES 300

static GBytes *stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 1000, FAR, content);
}

/* Two banks, one Redis: of two moves of one stub one is ok, and both banks say which. */
static void one_winner_among_banks(void **state)
{
	struct fixture *f[2] = { fixture_over_redis(fixture_redis(), "race", 0),
				 fixture_over_redis(fixture_redis(), "race", 0) };
	struct peer *owner = peer_new(f[0], "192.0.2.1", "ikesync:a"),
		    *p[2] = { peer_new(f[0], "192.0.2.2", "ikesync:a"),
			      peer_new(f[1], "2001:db8::3", "ikesync:a") };
	unsigned won[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < RACES; i++) {
		struct index old = made_index("192.0.2.1", 1 + i),
			     to[2] = { made_index("192.0.2.2", 1 + i),
				       made_index("2001:db8::3", 1 + i) };
		int status[2];

		assert_int_equal(peer_ask(owner, made_init(1, stub(&old, 1))), STUB_OK);
		for (unsigned k = 0; k < 2; k++) {
			unsigned who = (i + k) % 2; /* who begins wins too often else */

			peer_send(p[who], made_update(2, &old, stub(&to[who], 2)));
			store_flush(f[who]->bank.store);
		}
		fixture_settle_both(f);
		for (unsigned k = 0; k < 2; k++)
			status[k] = peer_next_status(p[k]);
		for (unsigned k = 0; k < 2; k++) {
			if (status[k] != STUB_OK)
				continue;
			won[k]++;
			assert_int_equal(status[1 - k], STUB_CONFLICT);
			assert_int_equal(peer_get(p[1 - k], &to[k], NULL), STUB_OK);
			assert_int_equal(peer_get(p[k], &to[1 - k], NULL), STUB_NOT_FOUND);
		}
		assert_int_equal(peer_get(p[0], &old, NULL), STUB_NOT_FOUND);
	}
	assert_int_equal(won[0] + won[1], RACES);
	peer_free(owner);
	for (unsigned k = 0; k < 2; k++) {
		peer_free(p[k]);
		fixture_free(f[k]);
	}
}

/* What another bank did counts after the next look, and not before. */
static void others_are_counted_in_time(void **state)
{
	struct fixture *f[2] = { fixture_over_redis(fixture_redis(), "count", 0),
				 fixture_over_redis(fixture_redis(), "count", 0) };
	struct peer *p[2] = { peer_new(f[0], "192.0.2.1", "ikesync:a"),
			      peer_new(f[1], "192.0.2.2", "ikesync:a") };
	struct index ix = made_index("192.0.2.1", 1), other = made_index("192.0.2.2", 1);

	(void)state;
	for (ix.spi = other.spi = 1; ix.spi <= 600; ix.spi++, other.spi++) {
		assert_int_equal(peer_ask(p[0], made_init(1, stub(&ix, 1))), STUB_OK);
		if (ix.spi % 10 == 0)
			assert_int_equal(peer_ask(p[0], made_delete(1, &ix)), STUB_OK);
		if (ix.spi % 2)
			assert_int_equal(peer_ask(p[1], made_init(1, stub(&other, 1))), STUB_OK);
	}
	assert_int_equal(store_count(f[0]->bank.store), 540);
	assert_int_equal(store_count(f[1]->bank.store), 300);
	for (unsigned k = 0; k < 2; k++) {
		store_expire(f[k]->bank.store);
		fixture_settle(f[k]);
		assert_int_equal(store_count(f[k]->bank.store), 840);
		assert_int_equal(store_tombstones(f[k]->bank.store), 60);
		peer_free(p[k]);
		fixture_free(f[k]);
	}
}

static void count_call(void *user)
{
	++*(unsigned *)user;
}

static bool lets_read(struct engine *e)
{
	struct index ix = made_index("192.0.2.1", 1);
	struct engine_read read = { .key = record_key(&ix) };
	unsigned done = 0;

	e->read(e, &read, 1, count_call, &done);
	while (engine_redis_calls(e))
		g_main_context_iteration(NULL, TRUE);
	return done == 1 && read.result == ENGINE_OK && !read.found;
}

/* `text` is what it says; NULL: it opens. */
static void opens(const char *const *arguments, struct engine_redis_settings change,
		  const char *text)
{
	struct redis_server *server = redis_server_new(arguments);
	struct engine_redis_settings s = redis_server_settings(server, "x");
	struct engine *e;
	GError *error = NULL;

	s.access.user = change.access.user;
	s.access.password = change.access.password;
	s.access.unchecked = change.access.unchecked;
	e = engine_redis_open(&s, NULL, &error);
	if (text) {
		assert_null(e);
		assert_non_null(strstr(error->message, text));
		g_error_free(error);
	} else {
		assert_non_null(e);
		assert_true(lets_read(e));
		e->free(e);
		while (g_main_context_iteration(NULL, FALSE))
			; /* what it leaves to the loop */
	}
	redis_server_free(server);
}

static void looks_before_it_trusts(void **state)
{
	const struct engine_redis_settings plain = { 0 }, unchecked = { .access.unchecked = true },
					   user = { .access = { .user = "bank",
								.password = "secret" } },
					   password = { .access = { .password = "secret" } },
					   wrong = { .access = { .password = "Secret" } };

	(void)state;
	opens((const char *const[]){ "--appendfsync", "everysec", NULL }, plain,
	      "must say: appendfsync always");
	opens((const char *const[]){ "--appendonly", "no", NULL }, unchecked,
	      "must say: appendonly yes");
	opens((const char *const[]){ "--maxmemory-policy", "allkeys-lru", NULL }, plain,
	      "must say: maxmemory-policy noeviction");
	opens((const char *const[]){ "--rename-command", "CONFIG", "", NULL }, plain,
	      "redis-unchecked is no");
	opens((const char *const[]){ "--rename-command", "CONFIG", "", NULL }, unchecked, NULL);
	opens((const char *const[]){ "--requirepass", "secret", NULL }, password, NULL);
	opens((const char *const[]){ "--requirepass", "secret", NULL }, wrong,
	      "does not let us in");
	opens((const char *const[]){ "--requirepass", "secret", NULL }, plain, "NOAUTH");
	/* what docs/bank.md says that a bank needs is enough */
	opens((const char *const[]){ "--user", "bank", "on", ">secret", "~x:*", "+get", "+set",
				     "+del", "+exists", "+zadd", "+zrem", "+zrangebylex", "+scan",
				     "+evalsha", "+script|load", "+wait", "+role", "+config|get",
				     NULL },
	      user, NULL);
}

/* Until there is another answer than `busy`: the connection comes back when it does. */
static int init_in_time(struct peer *p, const struct index *ix)
{
	gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
	int status = STUB_BUSY;

	while (status == STUB_BUSY && g_get_monotonic_time() < end)
		status = peer_ask(p, made_init(1, stub(ix, 1)));
	return status;
}

/* kill -9 of the Redis: what it acknowledged is there, and what it did not is `busy`. */
static void a_server_that_dies(void **state)
{
	struct redis_server *server = redis_server_new(NULL);
	struct fixture *f = fixture_over_redis(server, "die", 0);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), gone = made_index("192.0.2.1", 1000);

	(void)state;
	for (unsigned round = 0; round < 3; round++, gone.spi++) {
		ix.spi = 1 + round;
		assert_int_equal(init_in_time(p, &ix), STUB_OK);
		peer_send(p, made_init(2, stub(&gone, 1)));
		redis_server_kill(server);
		store_flush(f->bank.store);
		g_main_context_iteration(NULL, FALSE);
		redis_server_start(server);
		peer_settle(p); /* busy or ok: nobody knows; but an answer */
		assert_in_range(peer_next_status(p), STUB_OK, STUB_BUSY);
		for (ix.spi = 1; ix.spi <= 1 + round; ix.spi++) {
			int status = STUB_BUSY;

			while (status == STUB_BUSY)
				status = peer_get(p, &ix, NULL);
			assert_int_equal(status, STUB_OK);
		}
	}
	g_free(redis_server_ask(server, "SCRIPT FLUSH"));
	ix.spi = 500;
	assert_int_equal(init_in_time(p, &ix), STUB_OK);
	/* a disk or a memory that is full, as Redis says it */
	g_free(redis_server_ask(server, "CONFIG SET maxmemory 1"));
	ix.spi = 501;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_BUSY);
	ix.spi = 500;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	g_free(redis_server_ask(server, "CONFIG SET maxmemory 0"));
	ix.spi = 501;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_OK);
	peer_free(p);
	fixture_free(f);
	redis_server_free(server);
}

/* The primary has it, the replica does not: that is no acknowledgement, neither now nor for who asks again. */
static void replicas_that_do_not_answer(void **state)
{
	struct redis_server *primary = redis_server_with_port(), *replica;
	struct fixture *f = fixture_over_redis(primary, "wait", 1);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), second = made_index("192.0.2.1", 2);

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_BUSY);
	/* it is there all the same; but the same again is not ok before a replica has it */
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_BUSY);
	replica = redis_server_replica(primary);
	assert_int_equal(init_in_time(p, &ix), STUB_OK);
	assert_int_equal(init_in_time(p, &second), STUB_OK);
	kill(replica->pid, SIGSTOP);
	assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_BUSY);
	assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_BUSY);
	assert_int_equal(peer_get(p, &second, NULL), STUB_OK);
	kill(replica->pid, SIGCONT);
	assert_int_equal(init_in_time(p, &second), STUB_OK);
	/* the replica takes over, and has all that was ok; the bank finds it by itself */
	redis_server_kill(primary);
	g_free(redis_server_ask(replica, "REPLICAOF NO ONE"));
	peer_free(p);
	fixture_free(f);
	redis_server_free(primary);
	f = fixture_over_redis(replica, "wait", 0);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(peer_get(p, &second, NULL), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	peer_free(p);
	fixture_free(f);
	redis_server_free(replica);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_winner_among_banks),
		cmocka_unit_test(others_are_counted_in_time),
		cmocka_unit_test(looks_before_it_trusts),
		cmocka_unit_test(a_server_that_dies),
		cmocka_unit_test(replicas_that_do_not_answer),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
