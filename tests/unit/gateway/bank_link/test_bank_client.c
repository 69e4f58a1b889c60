/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank client against a bank that loses, delays, turns round and dies: requests and the connection. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "bank_link/bank_queue.h"
#include "net/loop.h"
#include "tool/log.h"
#include "net/channel_listen.h"
#include "unit/gateway/bank_link/client_world.h"

/* ---- the good way ---- */

static void life_of_a_stub(void **state)
{
	struct result r;

	(void)state;
	start_both();
	assert_true(world.reachable);
	ask_init(1, 7, &r);
	assert_int_equal(bank_client_pending(world.client), 1);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_int_equal(r.version, 7);
	ask_update(1, 2, 8, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	ask_init(1, 7, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_CONFLICT);
	ask_delete(2, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	ask_delete(2, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	assert_string_equal(world.bank.done->str, "init 1.7;update 1 2.8;delete 2;");
	assert_int_equal(bank_client_pending(world.client), 0);
	assert_int_equal(bank_client_counters(world.client)->hits, 1);
	assert_int_equal(world.bank.connections, 1);
}

static void bundles(void **state)
{
	const unsigned n = 2000;
	struct result *r = g_new0(struct result, n);

	(void)state;
	start_both();
	for (unsigned i = 0; i < n; i++)
		ask_init(i + 1, 1, &r[i]);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	for (unsigned i = 0; i < n; i++)
		assert_true(r[i].calls == 1 && r[i].code == STUB_OK);
	assert_in_range(world.bank.messages, 4, 12);
	assert_in_range(world.bank.largest, 30000, 60000);
	for (unsigned i = 0; i < n; i++)
		ask_delete(i + 1, &r[i]);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	for (unsigned i = 0; i < n; i++)
		assert_true(r[i].calls == 1 && r[i].code == STUB_OK);
	assert_in_range(world.bank.messages, 8, 20);
	g_free(r);
}

static void replies_in_any_order(void **state)
{
	struct result a, b, c, d;

	(void)state;
	start_both();
	ask_init(1, 1, &a);
	ask_init(2, 2, &b);
	RUN_UNTIL(a.calls && b.calls);
	world.bank.hold = true;
	ask_init(3, 3, &a);
	RUN_UNTIL(world.bank.held.length == 1);
	ask_get(1, &b);
	ask_get(2, &c);
	ask_get(9, &d);
	RUN_UNTIL(world.bank.held.length == 4);
	fake_bank_release(&world.bank, UINT_MAX);
	RUN_UNTIL(a.calls && b.calls && c.calls && d.calls);
	assert_int_equal(a.code, STUB_OK);
	assert_int_equal(b.version, 1);
	assert_int_equal(c.version, 2);
	assert_int_equal(d.code, STUB_NOT_FOUND);
}

/* ---- gets ---- */

static void get_times_out_and_late_answers_are_nobodys(void **state)
{
	struct result r, again;
	int64_t start;

	(void)state;
	world.config.get_timeout_ms = 100;
	start_both();
	ask_init(1, 7, &r);
	RUN_UNTIL(r.calls);
	world.bank.hold = true;
	start = g_get_monotonic_time();
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	assert_true(g_get_monotonic_time() - start >= 99000);
	world.bank.hold = false;
	fake_bank_release(&world.bank, UINT_MAX);
	ask_get(1, &again);
	RUN_UNTIL(again.calls);
	assert_int_equal(again.version, 7);
	assert_int_equal(r.calls, 1);
	assert_int_equal(bank_client_counters(world.client)->late, 1);
	assert_int_equal(bank_client_counters(world.client)->get_timeouts, 1);
}

/* A stub of another index would be somebody else's session. */
static void get_brings_another_stub(void **state)
{
	struct result r;

	(void)state;
	start_both();
	ask_init(1, 7, &r);
	RUN_UNTIL(r.calls);
	world.bank.wrong_stub = true;
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
}

static void unreachable(void **state)
{
	struct result r, m;

	(void)state;
	fake_bank_start(&world.bank);
	fake_bank_stop(&world.bank); /* nobody listens there now */
	start_client();
	assert_false(reachable());
	ask_get(1, &r);
	ask_move(1, 2, 3, 100, &m);
	RUN_UNTIL(r.calls && m.calls);
	assert_int_equal(r.code, STUB_SERVICE_UNREACHABLE);
	assert_int_equal(m.code, STUB_SERVICE_UNREACHABLE);
}

static void get_when_the_bank_dies(void **state)
{
	struct result r;

	(void)state;
	start_both();
	world.bank.silent = true;
	ask_get(1, &r);
	RUN_UNTIL(world.bank.gets == 1);
	fake_bank_stop(&world.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_UNREACHABLE);
	assert_false(world.reachable);
}

/* A bank that hangs with its connection up is away as well (rule 32); our own gets find out when it is back. */
static void hanging_bank_is_unreachable(void **state)
{
	struct result r;

	(void)state;
	world.config.get_timeout_ms = 100;
	start_both();
	world.bank.silent = true;
	for (unsigned i = 0; i < 2; i++) {
		ask_get(1, &r);
		RUN_UNTIL(r.calls);
		assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	}
	assert_true(reachable());
	/* an answer in between: they were not in a row */
	world.bank.silent = false;
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	world.bank.silent = true;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(reachable());
		ask_get(1, &r);
		RUN_UNTIL(r.calls);
	}
	assert_false(reachable());
	assert_false(world.reachable);
	assert_int_equal(world.changes, 2);
	assert_int_equal(world.bank.connections, 1);
	RUN_UNTIL(bank_client_counters(world.client)->probes >= 2);
	assert_false(reachable());
	/* nobody asks, and it is found out all the same */
	world.bank.silent = false;
	RUN_UNTIL(reachable());
	assert_true(world.reachable);
	assert_int_equal(world.changes, 3);
	assert_int_equal(world.bank.connections, 1);
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	/* a new connection begins anew */
	world.bank.silent = true;
	for (unsigned i = 0; i < 3; i++) {
		ask_get(1, &r);
		RUN_UNTIL(r.calls);
	}
	assert_false(reachable());
	fake_bank_stop(&world.bank);
	fake_bank_start(&world.bank);
	RUN_UNTIL(reachable());
}

/* ---- moves ---- */

static void moves(void **state)
{
	struct result r;

	(void)state;
	start_both();
	ask_init(1, 7, &r);
	RUN_UNTIL(r.calls);
	ask_move(1, 2, 8, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	ask_move(1, 3, 9, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_CONFLICT);
	ask_move(55, 56, 9, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	world.bank.silent = true;
	ask_move(2, 4, 9, 100, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	world.bank.silent = false;
	world.bank.no_status = true;
	ask_move(4, 5, 9, 1000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
	world.bank.no_status = false;
	world.bank.wrong_type = true; /* rule 28: no reply to it at all */
	ask_move(4, 5, 9, 100, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	assert_int_equal(bank_client_counters(world.client)->late, 1);
}

/* The connection is lost after the bank has done the move: asked again, and the same move again is ok. */
static void move_over_a_lost_connection(void **state)
{
	struct result r;

	(void)state;
	start_both();
	ask_init(1, 7, &r);
	RUN_UNTIL(r.calls);
	world.bank.silent = true;
	ask_move(1, 2, 8, 5000, &r);
	RUN_UNTIL(fake_bank_version(&world.bank, 2) == 8);
	fake_bank_stop(&world.bank);
	RUN_UNTIL(!reachable());
	assert_int_equal(r.calls, 0);
	world.bank.silent = false;
	fake_bank_start(&world.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	/* and when nobody comes back in time, that is a time-out, not "never sent" */
	world.bank.silent = true;
	ask_move(2, 3, 9, 300, &r);
	RUN_UNTIL(fake_bank_version(&world.bank, 3) == 9);
	fake_bank_stop(&world.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
}

/* ---- the connection ---- */

static void comes_back(void **state)
{
	struct result r;

	(void)state;
	start_both();
	for (unsigned i = 0; i < 3; i++) {
		ask_get(1, &r); /* a connection that has answered is a good one */
		RUN_UNTIL(r.calls);
		fake_bank_stop(&world.bank);
		RUN_UNTIL(!reachable());
		fake_bank_start(&world.bank);
		RUN_UNTIL(reachable());
		RUN_UNTIL(world.bank.channel);
	}
	assert_int_equal(bank_client_counters(world.client)->connections, 4);
}

static unsigned knocks;

static void turn_away(struct channel *c, const struct channel_identity *peer, void *user)
{
	(void)peer;
	(void)user;
	knocks++;
	channel_close(c, "go away");
}

static void turned_away(struct channel *c, const char *why, void *user)
{
	(void)c;
	(void)why;
	(void)user;
}

static void *let_in(struct channel *c, void *user)
{
	(void)c;
	return user;
}

static void back_off(void **state)
{
	static const struct channel_handler door = { .up = turn_away, .closed = turned_away };
	struct channel_listener *l;
	struct endpoint local;

	(void)state;
	assert_int_equal(endpoint_from_text("127.0.0.1:0", 0, &local), ERR_OK);
	l = channel_listen(&local, NULL, &door, let_in, &world, world.context, NULL);
	world.bank.port = channel_listener_local(l)->port;
	knocks = 0;
	start_client();
	run_for(3000);
	/*
	 * At once, then after 50..100, 100..200, 200..400, 400..800, 800..1600, 1600..3200 ms. Each connection is up for a
	 * moment, as with a bank that refuses our certificate: that is not "good".
	 */
	assert_in_range(knocks, 4, 8);
	stop_client();
	channel_listener_free(l);
}

static void pushes_are_refused(void **state)
{
	(void)state;
	start_both();
	fake_bank_push(&world.bank, STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 5);
	RUN_UNTIL(world.bank.pushed_type);
	assert_int_equal(world.bank.pushed_type, STUB_DOWNLOAD);
	assert_int_equal(world.bank.pushed_status.code, STUB_UNSUPPORTED);
	world.bank.pushed_type = 0;
	fake_bank_push(&world.bank, STUB_DELETE, STUB_TRANSACTION_PUSH | 6);
	RUN_UNTIL(world.bank.pushed_type);
	assert_int_equal(world.bank.pushed_type, STUB_DELETE);
	assert_int_equal(bank_client_counters(world.client)->pushes, 2);
	/* not ours, not a push: no answer */
	fake_bank_push(&world.bank, STUB_DOWNLOAD, 7);
	RUN_UNTIL(bank_client_counters(world.client)->late == 1);
}

static uint8_t moved(const struct index *ix, void *user)
{
	(void)user;
	return ix->spi == stubs_index(5).spi ? STUB_OK : STUB_NOT_FOUND;
}

/* Rule 33: a notice is handed on, and acknowledged with what is said there; a stub is still refused. */
static void notices_are_obeyed(void **state)
{
	(void)state;
	world.config.moved = moved;
	start_both();
	fake_bank_push(&world.bank, STUB_DELETE, STUB_TRANSACTION_PUSH | 6);
	RUN_UNTIL(world.bank.pushed_type);
	assert_int_equal(world.bank.pushed_type, STUB_DELETE);
	assert_int_equal(world.bank.pushed_status.code, STUB_OK);
	assert_int_equal(world.bank.pushed_status.item, 0);
	assert_int_equal(bank_client_counters(world.client)->notices, 1);
	world.bank.pushed_type = 0;
	fake_bank_push(&world.bank, STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 7);
	RUN_UNTIL(world.bank.pushed_type);
	assert_int_equal(world.bank.pushed_status.code, STUB_UNSUPPORTED);
}

static void garbage_from_the_bank(void **state)
{
	static const uint8_t no_transaction[] = { 206, 4, 0, 12, 0, 0, 0, 8, 0, 0, 0, 0 };
	static const uint8_t empty[] = { 0, 9, 0, 4 };
	static const uint8_t broken[] = { 207, 1, 0, 0, 1, 2, 3, 4 };
	struct result r;

	(void)state;
	start_both();
	channel_send(world.bank.channel, SPAN_OF(no_transaction));
	channel_send(world.bank.channel, SPAN_OF(empty));
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	channel_send(world.bank.channel, SPAN_OF(broken));
	RUN_UNTIL(world.bank.connections == 2);
	ask_get(1, &r);
	RUN_UNTIL(r.calls);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, client_world_setup, client_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(life_of_a_stub),
		TEST(bundles),
		TEST(replies_in_any_order),
		TEST(get_times_out_and_late_answers_are_nobodys),
		TEST(get_brings_another_stub),
		TEST(unreachable),
		TEST(get_when_the_bank_dies),
		TEST(moves),
		TEST(move_over_a_lost_connection),
		TEST(hanging_bank_is_unreachable),
		TEST(comes_back),
		TEST(back_off),
		TEST(pushes_are_refused),
		TEST(notices_are_obeyed),
		TEST(garbage_from_the_bank),
	};

	return cmocka_run_group_tests_name("gateway/bank_client", tests, NULL, NULL);
}
