/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank client's queue against a bank and a disk that fail: what is to be told is told, in order, after all. */
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

/* ---- the queue ---- */

#define CHAINS 150
#define STEPS 5

/* For every chain: init, replaced in place, rekeyed twice, deleted. All at once, with a bank that does all it can to confuse. */
static void check_chains(void)
{
	for (unsigned i = 1; i <= CHAINS; i++) {
		char *steps[STEPS] = {
			g_strdup_printf("init %u.1;", 1000 + i),
			g_strdup_printf("update %u %u.2;", 1000 + i, 1000 + i),
			g_strdup_printf("update %u %u.3;", 1000 + i, 2000 + i),
			g_strdup_printf("update %u %u.4;", 2000 + i, 3000 + i),
			g_strdup_printf("delete %u;", 3000 + i),
		};
		const char *at = world.bank.done->str;

		for (unsigned s = 0; s < STEPS; s++) {
			const char *found = strstr(at, steps[s]);

			if (!found)
				fail_msg("%s is missing or out of order", steps[s]);
			if (strstr(&found[1], steps[s]))
				fail_msg("%s twice", steps[s]);
			at = found;
			g_free(steps[s]);
		}
		assert_int_equal(fake_bank_version(&world.bank, 1000 + i), 0);
		assert_int_equal(fake_bank_version(&world.bank, 2000 + i), 0);
		assert_int_equal(fake_bank_version(&world.bank, 3000 + i), 0);
	}
}

static void ask_chains(struct result (*r)[STEPS])
{
	for (unsigned i = 1; i <= CHAINS; i++) {
		ask_init(1000 + i, 1, r ? &r[i - 1][0] : NULL);
		ask_update(1000 + i, 1000 + i, 2, r ? &r[i - 1][1] : NULL);
		ask_update(1000 + i, 2000 + i, 3, r ? &r[i - 1][2] : NULL);
		ask_update(2000 + i, 3000 + i, 4, r ? &r[i - 1][3] : NULL);
		ask_delete(3000 + i, r ? &r[i - 1][4] : NULL);
	}
}

static void order_survives_a_bad_bank(void **state)
{
	struct result(*r)[STEPS] = g_malloc0(sizeof(*r) * CHAINS);

	(void)state;
	world.config.reply_timeout_ms = 500;
	start_both();
	world.bank.busy_percent = 20;
	world.bank.lose_percent = 10;
	world.bank.lose_reply_percent = 5;
	ask_chains(r);
	assert_int_equal(bank_client_pending(world.client), CHAINS * STEPS);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	check_chains();
	for (unsigned i = 0; i < CHAINS; i++)
		for (unsigned s = 0; s < STEPS; s++)
			assert_int_equal(r[i][s].calls, 1);
	assert_true(world.bank.connections > 1);
	assert_true(bank_client_counters(world.client)->retried > 50);
	g_free(r);
}

/* An update names two indexes: one answer is not enough to let it go. */
static void waits_for_both_indexes(void **state)
{
	struct result a, b, c;

	(void)state;
	start_both();
	world.bank.hold = true;
	ask_init(1, 1, &a);
	RUN_UNTIL(world.bank.held.length == 1);
	ask_init(2, 2, &b);
	RUN_UNTIL(world.bank.held.length == 2);
	ask_update(1, 2, 3, &c);
	fake_bank_release(&world.bank, 1);
	RUN_UNTIL(b.calls);
	run_for(50);
	assert_int_equal(world.bank.messages, 2);
	world.bank.hold = false;
	fake_bank_release(&world.bank, 1);
	RUN_UNTIL(a.calls && c.calls);
	assert_string_equal(world.bank.done->str, "init 1.1;init 2.2;update 1 2.3;");
}

static void nothing_is_lost_over_restarts(void **state)
{
	(void)state;
	fake_bank_start(&world.bank);
	fake_bank_stop(&world.bank);
	start_client();
	ask_chains(NULL);
	stop_client(); /* nothing has been sent */
	start_client();
	assert_int_equal(bank_client_pending(world.client), CHAINS * STEPS);
	assert_int_equal(bank_client_counters(world.client)->recovered, CHAINS * STEPS);
	fake_bank_start(&world.bank);
	world.bank.busy_percent = 30;
	/* the client dies again and again while its queue is worked off */
	for (unsigned i = 0; i < 200 && bank_client_pending(world.client); i++) {
		unsigned before = world.bank.messages;

		RUN_UNTIL(world.bank.messages > before || bank_client_pending(world.client) == 0);
		if (i % 2)
			run_once(1);
		stop_client();
		start_client();
	}
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	check_chains();
	stop_client();
	start_client();
	assert_int_equal(bank_client_pending(world.client), 0);
}

/* What is on the disk when the call returns is all that a killed process leaves: copied away behind the client's back. */
static void killed_process(void **state)
{
	char *command = g_strdup_printf("mkdir %s/copy && cp %s/journal %s/copy/", world.folder,
					world.folder, world.folder);
	char *copy = g_strdup_printf("%s/copy", world.folder);

	(void)state;
	fake_bank_start(&world.bank);
	fake_bank_stop(&world.bank);
	start_client();
	ask_chains(NULL);
	assert_int_equal(system(command), 0);
	stop_client();
	world.config.queue_directory = copy;
	fake_bank_start(&world.bank);
	start_client();
	assert_int_equal(bank_client_counters(world.client)->recovered, CHAINS * STEPS);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	check_chains();
	stop_client();
	world.config.queue_directory = world.folder;
	g_free(command);
	g_free(copy);
}

static void bank_restarts(void **state)
{
	(void)state;
	start_both();
	ask_chains(NULL);
	for (unsigned i = 0; i < 10; i++) {
		run_once(2);
		fake_bank_stop(&world.bank);
		run_once(2);
		fake_bank_start(&world.bank);
	}
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	check_chains();
	assert_true(world.changes > 2);
}

/* Replays go before what is asked when the connection is there again. */
static void replay_before_new_work(void **state)
{
	struct result r;

	(void)state;
	fake_bank_start(&world.bank);
	fake_bank_stop(&world.bank);
	start_client();
	ask_init(1, 1, NULL);
	ask_init(2, 2, NULL);
	fake_bank_start(&world.bank);
	RUN_UNTIL(reachable());
	ask_get(1, &r);
	ask_init(3, 3, NULL);
	RUN_UNTIL(r.calls && bank_client_pending(world.client) == 0);
	assert_int_equal(r.version, 1);
	assert_string_equal(world.bank.done->str, "init 1.1;init 2.2;init 3.3;");
}

/* Before the bank sees a request it is stable; many requests of one turn share one sync. */
static void synced_before_sent(void **state)
{
	(void)state;
	start_both();
	disk.calls = 0;
	for (unsigned i = 0; i < 100; i++)
		ask_init(i + 1, 1, NULL);
	assert_int_equal(disk.calls, 0);
	while (!world.bank.messages) {
		unsigned before = disk.calls;

		run_once(1);
		if (world.bank.messages)
			assert_true(before > 0);
	}
	assert_in_range(disk.calls, 1, 3);
	assert_int_equal(world.bank.items, 100);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	disk.calls = 0;
	ask_init(500, 1, NULL);
	assert_true(bank_client_sync(world.client));
	assert_int_equal(disk.calls, 1);
}

/* The journal is written anew, and all goes on. */
static void sick_disk(void **state)
{
	struct result r;

	(void)state;
	start_both();
	disk.fail = true;
	ask_init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	ask_init(2, 1, NULL);
	assert_true(bank_client_sync(world.client));
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	disk.calls = 0;
	run_for(300);
	assert_in_range(disk.calls, 0, 3); /* no spinning on it */
	disk.fail = false;
}

/* When that fails too, requests go to the bank from memory, and nobody is told that they are durable; until the disk comes back. */
static void dead_disk(void **state)
{
	const struct stub_service *s;
	struct result r;

	(void)state;
	start_both();
	s = service();
	disk.fail = disk.fail_rewrite = true;
	ask_init(1, 1, &r);
	assert_true(s->ops->durable(s->self));
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_false(s->ops->durable(s->self));
	disk.calls = 0;
	world.bank.silent = true;
	for (unsigned i = 2; i < 50; i++)
		ask_init(i, 1, NULL);
	run_for(300);
	assert_in_range(disk.calls, 0, 2);
	assert_int_equal(bank_client_pending(world.client), 48);
	disk.fail = disk.fail_rewrite = false;
	RUN_UNTIL(s->ops->durable(s->self));
	/* and now they would survive */
	stop_client();
	world.bank.silent = false;
	start_client();
	assert_int_equal(bank_client_counters(world.client)->recovered, 48);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
}

/* A full disk at the start is no reason not to start. */
static void full_disk_at_the_start(void **state)
{
	const struct stub_service *s;
	struct result r;

	(void)state;
	disk.fail_rewrite = true;
	start_both();
	s = service();
	assert_false(s->ops->durable(s->self));
	ask_init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	disk.fail_rewrite = false;
	ask_init(2, 1, &r);
	RUN_UNTIL(s->ops->durable(s->self) && r.calls);
}

/* A sync that hangs holds up what waits for it, and nothing else. */
static void slow_disk(void **state)
{
	struct result r, got = { .code = PENDING };
	struct index ix = stubs_index(1);

	(void)state;
	start_both();
	ask_init(1, 1, &r);
	RUN_UNTIL(r.calls);
	g_mutex_lock(&disk.gate);
	ask_init(2, 1, &r);
	RUN_UNTIL(g_atomic_int_get(&disk.waiting));
	for (unsigned i = 0; i < 20; i++) {
		got = (struct result){ .code = PENDING };
		service()->ops->get(service()->self, &ix, on_got, &got);
		RUN_UNTIL(got.calls);
		assert_int_equal(got.code, STUB_OK);
	}
	assert_int_equal(r.calls, 0); /* not sent before it is stable */
	g_mutex_unlock(&disk.gate);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
}

/* Replies that cannot be read are no reason to come back at once, however often. */
static void no_storm_after_garbage(void **state)
{
	int64_t since;

	(void)state;
	world.config.backoff_min_ms = 100;
	world.config.backoff_max_ms = 5000;
	start_both();
	world.bank.garbage = true;
	since = g_get_monotonic_time();
	ask_init(1, 1, NULL);
	/* five times again, after 100, 200, 400, 800 and 1600 ms, of which half is by chance */
	RUN_UNTIL(world.bank.connections >= 6);
	assert_true(g_get_monotonic_time() - since >= 1550000);
	world.bank.garbage = false;
	RUN_UNTIL(bank_client_pending(world.client) == 0);
}

static void silent_bank_is_left(void **state)
{
	struct result r;

	(void)state;
	world.config.reply_timeout_ms = 100;
	start_both();
	world.bank.silent = true;
	ask_init(1, 1, &r);
	RUN_UNTIL(world.bank.connections >= 2);
	world.bank.silent = false;
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_string_equal(world.bank.done->str, "init 1.1;");
}

static void one_poisonous_request(void **state)
{
	struct result r[50];

	(void)state;
	start_both();
	world.bank.poison = 20;
	for (unsigned i = 0; i < 50; i++)
		ask_init(i + 1, 1, &r[i]);
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(r[i].calls, 1);
		assert_int_equal(r[i].code, i + 1 == 20 ? STUB_MALFORMED : STUB_OK);
	}
}

static void replies_without_answers(void **state)
{
	struct result r;

	(void)state;
	start_both();
	world.bank.no_status = true;
	ask_init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
	world.bank.no_status = false;
	world.bank.wrong_type = true;
	ask_init(2, 1, &r);
	RUN_UNTIL(bank_client_counters(world.client)->late == 1);
	assert_int_equal(r.calls, 0);
	assert_int_equal(bank_client_pending(world.client), 1);
	world.bank.wrong_type = false;
	fake_bank_stop(&world.bank);
	fake_bank_start(&world.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_int_equal(bank_client_pending(world.client), 0);
}

static void stale_lifetimes(void **state)
{
	uint64_t now = (uint64_t)(g_get_real_time() / G_USEC_PER_SEC);
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct bank_queue_record r = { .type = STUB_INIT, .when = now - 1000 };
	struct bank_queue *q = bank_queue_open(world.folder, NULL, NULL, NULL);
	unsigned left;

	(void)state;
	assert_non_null(q);
	r.container = stubs_sealed(1, 1, 3600, buf);
	assert_true(bank_queue_append(q, &r));
	r.container = stubs_sealed(2, 2, 900, buf); /* over 100 s ago */
	assert_true(bank_queue_append(q, &r));
	bank_queue_close(q);
	start_both();
	RUN_UNTIL(bank_client_pending(world.client) == 0);
	assert_string_equal(world.bank.done->str, "init 1.1;");
	left = GPOINTER_TO_UINT(g_hash_table_lookup(world.bank.last_lifetime, GSIZE_TO_POINTER(1)));
	assert_in_range(left, 2500, 2600);
}

static void clear_stubs_stay_off_the_disk(void **state)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct result r = { .code = PENDING };
	struct stat st;
	char *command, *path = g_strdup_printf("%s/journal", world.folder);

	(void)state;
	start_both();
	world.bank.silent = true;
	service()->ops->init(service()->self, stubs_clear(1, buf), on_done, &r);
	ask_init(2, 1, NULL);
	RUN_UNTIL(world.bank.messages);
	assert_true(bank_client_sync(world.client));
	command = g_strdup_printf("grep -rq CLEAR-KEY %s", world.folder);
	assert_int_not_equal(system(command), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(st.st_size > 100);
	g_free(command);
	g_free(path);
	stop_client();
	world.bank.silent = false;
	start_client();
	assert_int_equal(bank_client_counters(world.client)->recovered, 1);
}

static void refusals(void **state)
{
	struct result r;
	GError *error = NULL;
	g_autofree char *journal = g_strdup_printf("%s/journal", world.folder);
	struct stat before, after;

	(void)state;
	world.config.max_queued = 2000;
	fake_bank_start(&world.bank);
	fake_bank_stop(&world.bank);
	start_client();
	for (unsigned i = 0; i < 50; i++)
		ask_init(i + 1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_FULL);
	assert_in_range(bank_client_pending(world.client), 3, 15);
	/* what is refused is not written either */
	assert_true(bank_client_sync(world.client));
	assert_int_equal(stat(journal, &before), 0);
	for (unsigned i = 0; i < 50; i++)
		ask_init(i + 100, 1, &r);
	assert_true(bank_client_sync(world.client));
	assert_int_equal(stat(journal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	RUN_UNTIL(r.calls);
	r = (struct result){ .code = PENDING };
	service()->ops->init(service()->self, span_text("no container"), on_done, &r);
	assert_int_equal(r.calls, 0);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_MALFORMED);
	assert_null(bank_client_new(&world.config, &error)); /* the folder is in use */
	assert_non_null(strstr(error->message, world.folder));
	g_clear_error(&error);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, client_world_setup, client_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_survives_a_bad_bank),
		TEST(waits_for_both_indexes),
		TEST(nothing_is_lost_over_restarts),
		TEST(killed_process),
		TEST(bank_restarts),
		TEST(replay_before_new_work),
		TEST(synced_before_sent),
		TEST(sick_disk),
		TEST(dead_disk),
		TEST(full_disk_at_the_start),
		TEST(slow_disk),
		TEST(no_storm_after_garbage),
		TEST(silent_bank_is_left),
		TEST(one_poisonous_request),
		TEST(replies_without_answers),
		TEST(stale_lifetimes),
		TEST(clear_stubs_stay_off_the_disk),
		TEST(refusals),
	};

	return cmocka_run_group_tests_name("gateway/bank_client_queue", tests, NULL, NULL);
}
