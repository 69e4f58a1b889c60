/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank client against a bank that loses, delays, turns round and dies. */
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

#include "bank_link/bank_client.h"
#include "bank_link/bank_queue.h"
#include "net/loop.h"
#include "tool/log.h"
#include "unit/gateway/bank_link/fake_bank.h"
#include "unit/gateway/bank_link/stubs.h"
#include "net/channel_listen.h"

#define DEADLINE_US (60 * G_USEC_PER_SEC)
#define PENDING -1000 /* no result yet */

/* In front of libc's: when the client syncs, and what it does when that fails. */
static struct {
	gint calls;
	bool fail, fail_rewrite;
	GMutex gate; /* locked: a sync waits */
	gint waiting;
} disk;

int fsync(int fd)
{
	if (!disk.fail_rewrite)
		return (int)syscall(SYS_fsync, fd);
	errno = EIO;
	return -1;
}

int fdatasync(int fd)
{
	g_atomic_int_inc(&disk.calls);
	g_atomic_int_inc(&disk.waiting);
	g_mutex_lock(&disk.gate);
	g_mutex_unlock(&disk.gate);
	g_atomic_int_add(&disk.waiting, -1);
	if (!disk.fail)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}

static struct {
	GMainContext *context;
	struct wheel *wheel;
	GSource *wheel_source;
	struct fake_bank bank;
	struct bank_client_config config;
	struct bank_client *client;
	char folder[64];
	bool inside; /* a call of the client: no callback may come now */
	bool reachable;
	unsigned changes;
} t;

struct result {
	int code;
	unsigned calls;
	uint8_t version; /* of the stub that came */
};

static void on_done(int code, void *user)
{
	struct result *r = user;

	assert_false(t.inside);
	r->code = code;
	r->calls++;
}

static void on_got(int code, struct span container, void *user)
{
	struct result *r = user;
	uint64_t number;
	uint32_t lifetime;

	on_done(code, user);
	if (code == STUB_OK)
		assert_true(stubs_read(container, &number, &r->version, &lifetime));
	else
		assert_int_equal(container.n, 0);
}

static void on_state(bool reachable, void *user)
{
	assert_ptr_equal(user, &t);
	t.reachable = reachable;
	t.changes++;
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

static void run_once(unsigned ms)
{
	GSource *source = g_timeout_source_new(ms);

	g_source_set_callback(source, wake, NULL, NULL);
	g_source_attach(source, t.context);
	g_main_context_iteration(t.context, TRUE);
	g_source_destroy(source);
	g_source_unref(source);
}

#define RUN_UNTIL(condition)                                         \
	do {                                                         \
		int64_t end_ = g_get_monotonic_time() + DEADLINE_US; \
		while (!(condition)) {                               \
			if (g_get_monotonic_time() > end_)           \
				fail_msg("never: %s", #condition);   \
			run_once(20);                                \
		}                                                    \
	} while (0)

static void run_for(unsigned ms)
{
	int64_t end = g_get_monotonic_time() + (int64_t)ms * 1000;

	while (g_get_monotonic_time() < end)
		run_once(5);
}

static void start_client(void)
{
	GError *error = NULL;

	t.config.endpoint.port = t.bank.port;
	t.client = bank_client_new(&t.config, &error);
	if (!t.client)
		fail_msg("%s", error->message);
}

static void stop_client(void)
{
	bank_client_free(t.client);
	t.client = NULL;
}

static const struct stub_service *service(void)
{
	return bank_client_service(t.client);
}

static bool reachable(void)
{
	return service()->ops->reachable(service()->self);
}

static void start_both(void)
{
	fake_bank_start(&t.bank);
	start_client();
	RUN_UNTIL(reachable() && t.bank.channel);
}

static void init(uint64_t number, uint8_t version, struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];

	if (r)
		*r = (struct result){ .code = PENDING };
	t.inside = true;
	service()->ops->init(service()->self, stubs_sealed(number, version, 3600, buf),
			     r ? on_done : NULL, r);
	t.inside = false;
}

static void update(uint64_t old, uint64_t number, uint8_t version, struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index ix = stubs_index(old);

	if (r)
		*r = (struct result){ .code = PENDING };
	t.inside = true;
	service()->ops->update(service()->self, &ix, stubs_sealed(number, version, 3600, buf),
			       r ? on_done : NULL, r);
	t.inside = false;
}

static void delete (uint64_t number, struct result *r)
{
	struct index ix = stubs_index(number);

	if (r)
		*r = (struct result){ .code = PENDING };
	t.inside = true;
	service()->ops->delete (service()->self, &ix, r ? on_done : NULL, r);
	t.inside = false;
}

static void get(uint64_t number, struct result *r)
{
	struct index ix = stubs_index(number);

	*r = (struct result){ .code = PENDING };
	t.inside = true;
	service()->ops->get(service()->self, &ix, on_got, r);
	t.inside = false;
}

static void move(uint64_t old, uint64_t number, uint8_t version, uint32_t timeout_ms,
		 struct result *r)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index ix = stubs_index(old);

	*r = (struct result){ .code = PENDING };
	t.inside = true;
	service()->ops->move(service()->self, &ix, stubs_sealed(number, version, 3600, buf),
			     timeout_ms, on_done, r);
	t.inside = false;
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	log_init("test", LOG_LEVEL_ERROR);
	t.context = g_main_context_new();
	t.wheel = wheel_new(loop_now());
	t.wheel_source = loop_attach_wheel(t.wheel, t.context);
	g_strlcpy(t.folder, "/tmp/ikesync-client-XXXXXX", sizeof(t.folder));
	assert_non_null(g_mkdtemp(t.folder));
	fake_bank_init(&t.bank, t.context);
	assert_int_equal(endpoint_from_text("127.0.0.1:1", 0, &t.config.endpoint), ERR_OK);
	t.config.queue_directory = t.folder;
	t.config.wheel = t.wheel;
	t.config.context = t.context;
	t.config.state = on_state;
	t.config.user = &t;
	return 0;
}

static int teardown(void **state)
{
	char *command = g_strdup_printf("rm -rf %s", t.folder);

	(void)state;
	stop_client();
	fake_bank_clear(&t.bank);
	while (g_main_context_iteration(t.context, FALSE))
		;
	assert_int_equal(wheel_count(t.wheel), 0); /* nothing left armed */
	g_source_destroy(t.wheel_source);
	g_source_unref(t.wheel_source);
	wheel_free(t.wheel);
	g_main_context_unref(t.context);
	assert_int_equal(system(command), 0);
	g_free(command);
	return 0;
}

/* ---- the good way ---- */

static void life_of_a_stub(void **state)
{
	struct result r;

	(void)state;
	start_both();
	assert_true(t.reachable);
	init(1, 7, &r);
	assert_int_equal(bank_client_pending(t.client), 1);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_int_equal(r.version, 7);
	update(1, 2, 8, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	init(1, 7, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_CONFLICT);
	delete (2, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	delete (2, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	assert_string_equal(t.bank.done->str, "init 1.7;update 1 2.8;delete 2;");
	assert_int_equal(bank_client_pending(t.client), 0);
	assert_int_equal(bank_client_counters(t.client)->hits, 1);
	assert_int_equal(t.bank.connections, 1);
}

static void bundles(void **state)
{
	const unsigned n = 2000;
	struct result *r = g_new0(struct result, n);

	(void)state;
	start_both();
	for (unsigned i = 0; i < n; i++)
		init(i + 1, 1, &r[i]);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	for (unsigned i = 0; i < n; i++)
		assert_true(r[i].calls == 1 && r[i].code == STUB_OK);
	assert_in_range(t.bank.messages, 4, 12);
	assert_in_range(t.bank.largest, 30000, 60000);
	for (unsigned i = 0; i < n; i++)
		delete (i + 1, &r[i]);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	for (unsigned i = 0; i < n; i++)
		assert_true(r[i].calls == 1 && r[i].code == STUB_OK);
	assert_in_range(t.bank.messages, 8, 20);
	g_free(r);
}

static void replies_in_any_order(void **state)
{
	struct result a, b, c, d;

	(void)state;
	start_both();
	init(1, 1, &a);
	init(2, 2, &b);
	RUN_UNTIL(a.calls && b.calls);
	t.bank.hold = true;
	init(3, 3, &a);
	RUN_UNTIL(t.bank.held.length == 1);
	get(1, &b);
	get(2, &c);
	get(9, &d);
	RUN_UNTIL(t.bank.held.length == 4);
	fake_bank_release(&t.bank, UINT_MAX);
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
	t.config.get_timeout_ms = 100;
	start_both();
	init(1, 7, &r);
	RUN_UNTIL(r.calls);
	t.bank.hold = true;
	start = g_get_monotonic_time();
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	assert_true(g_get_monotonic_time() - start >= 99000);
	t.bank.hold = false;
	fake_bank_release(&t.bank, UINT_MAX);
	get(1, &again);
	RUN_UNTIL(again.calls);
	assert_int_equal(again.version, 7);
	assert_int_equal(r.calls, 1);
	assert_int_equal(bank_client_counters(t.client)->late, 1);
	assert_int_equal(bank_client_counters(t.client)->get_timeouts, 1);
}

/* A stub of another index would be somebody else's session. */
static void get_brings_another_stub(void **state)
{
	struct result r;

	(void)state;
	start_both();
	init(1, 7, &r);
	RUN_UNTIL(r.calls);
	t.bank.wrong_stub = true;
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
}

static void unreachable(void **state)
{
	struct result r, m;

	(void)state;
	fake_bank_start(&t.bank);
	fake_bank_stop(&t.bank); /* nobody listens there now */
	start_client();
	assert_false(reachable());
	get(1, &r);
	move(1, 2, 3, 100, &m);
	RUN_UNTIL(r.calls && m.calls);
	assert_int_equal(r.code, STUB_SERVICE_UNREACHABLE);
	assert_int_equal(m.code, STUB_SERVICE_UNREACHABLE);
}

static void get_when_the_bank_dies(void **state)
{
	struct result r;

	(void)state;
	start_both();
	t.bank.silent = true;
	get(1, &r);
	RUN_UNTIL(t.bank.gets == 1);
	fake_bank_stop(&t.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_UNREACHABLE);
	assert_false(t.reachable);
}

/* A bank that hangs with its connection up is away as well (rule 32); our own gets find out when it is back. */
static void hanging_bank_is_unreachable(void **state)
{
	struct result r;

	(void)state;
	t.config.get_timeout_ms = 100;
	start_both();
	t.bank.silent = true;
	for (unsigned i = 0; i < 2; i++) {
		get(1, &r);
		RUN_UNTIL(r.calls);
		assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	}
	assert_true(reachable());
	/* an answer in between: they were not in a row */
	t.bank.silent = false;
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	t.bank.silent = true;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(reachable());
		get(1, &r);
		RUN_UNTIL(r.calls);
	}
	assert_false(reachable());
	assert_false(t.reachable);
	assert_int_equal(t.changes, 2);
	assert_int_equal(t.bank.connections, 1);
	RUN_UNTIL(bank_client_counters(t.client)->probes >= 2);
	assert_false(reachable());
	/* nobody asks, and it is found out all the same */
	t.bank.silent = false;
	RUN_UNTIL(reachable());
	assert_true(t.reachable);
	assert_int_equal(t.changes, 3);
	assert_int_equal(t.bank.connections, 1);
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	/* a new connection begins anew */
	t.bank.silent = true;
	for (unsigned i = 0; i < 3; i++) {
		get(1, &r);
		RUN_UNTIL(r.calls);
	}
	assert_false(reachable());
	fake_bank_stop(&t.bank);
	fake_bank_start(&t.bank);
	RUN_UNTIL(reachable());
}

/* ---- moves ---- */

static void moves(void **state)
{
	struct result r;

	(void)state;
	start_both();
	init(1, 7, &r);
	RUN_UNTIL(r.calls);
	move(1, 2, 8, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	move(1, 3, 9, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_CONFLICT);
	move(55, 56, 9, 5000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	t.bank.silent = true;
	move(2, 4, 9, 100, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	t.bank.silent = false;
	t.bank.no_status = true;
	move(4, 5, 9, 1000, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
	t.bank.no_status = false;
	t.bank.wrong_type = true; /* rule 28: no reply to it at all */
	move(4, 5, 9, 100, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
	assert_int_equal(bank_client_counters(t.client)->late, 1);
}

/* The connection is lost after the bank has done the move: asked again, and the same move again is ok. */
static void move_over_a_lost_connection(void **state)
{
	struct result r;

	(void)state;
	start_both();
	init(1, 7, &r);
	RUN_UNTIL(r.calls);
	t.bank.silent = true;
	move(1, 2, 8, 5000, &r);
	RUN_UNTIL(fake_bank_version(&t.bank, 2) == 8);
	fake_bank_stop(&t.bank);
	RUN_UNTIL(!reachable());
	assert_int_equal(r.calls, 0);
	t.bank.silent = false;
	fake_bank_start(&t.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	/* and when nobody comes back in time, that is a time-out, not "never sent" */
	t.bank.silent = true;
	move(2, 3, 9, 300, &r);
	RUN_UNTIL(fake_bank_version(&t.bank, 3) == 9);
	fake_bank_stop(&t.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_TIMEOUT);
}

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
		const char *at = t.bank.done->str;

		for (unsigned s = 0; s < STEPS; s++) {
			const char *found = strstr(at, steps[s]);

			if (!found)
				fail_msg("%s is missing or out of order", steps[s]);
			if (strstr(&found[1], steps[s]))
				fail_msg("%s twice", steps[s]);
			at = found;
			g_free(steps[s]);
		}
		assert_int_equal(fake_bank_version(&t.bank, 1000 + i), 0);
		assert_int_equal(fake_bank_version(&t.bank, 2000 + i), 0);
		assert_int_equal(fake_bank_version(&t.bank, 3000 + i), 0);
	}
}

static void ask_chains(struct result (*r)[STEPS])
{
	for (unsigned i = 1; i <= CHAINS; i++) {
		init(1000 + i, 1, r ? &r[i - 1][0] : NULL);
		update(1000 + i, 1000 + i, 2, r ? &r[i - 1][1] : NULL);
		update(1000 + i, 2000 + i, 3, r ? &r[i - 1][2] : NULL);
		update(2000 + i, 3000 + i, 4, r ? &r[i - 1][3] : NULL);
		delete (3000 + i, r ? &r[i - 1][4] : NULL);
	}
}

static void order_survives_a_bad_bank(void **state)
{
	struct result(*r)[STEPS] = g_malloc0(sizeof(*r) * CHAINS);

	(void)state;
	t.config.reply_timeout_ms = 500;
	start_both();
	t.bank.busy_percent = 20;
	t.bank.lose_percent = 10;
	t.bank.lose_reply_percent = 5;
	ask_chains(r);
	assert_int_equal(bank_client_pending(t.client), CHAINS * STEPS);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	check_chains();
	for (unsigned i = 0; i < CHAINS; i++)
		for (unsigned s = 0; s < STEPS; s++)
			assert_int_equal(r[i][s].calls, 1);
	assert_true(t.bank.connections > 1);
	assert_true(bank_client_counters(t.client)->retried > 50);
	g_free(r);
}

/* An update names two indexes: one answer is not enough to let it go. */
static void waits_for_both_indexes(void **state)
{
	struct result a, b, c;

	(void)state;
	start_both();
	t.bank.hold = true;
	init(1, 1, &a);
	RUN_UNTIL(t.bank.held.length == 1);
	init(2, 2, &b);
	RUN_UNTIL(t.bank.held.length == 2);
	update(1, 2, 3, &c);
	fake_bank_release(&t.bank, 1);
	RUN_UNTIL(b.calls);
	run_for(50);
	assert_int_equal(t.bank.messages, 2);
	t.bank.hold = false;
	fake_bank_release(&t.bank, 1);
	RUN_UNTIL(a.calls && c.calls);
	assert_string_equal(t.bank.done->str, "init 1.1;init 2.2;update 1 2.3;");
}

static void nothing_is_lost_over_restarts(void **state)
{
	(void)state;
	fake_bank_start(&t.bank);
	fake_bank_stop(&t.bank);
	start_client();
	ask_chains(NULL);
	stop_client(); /* nothing has been sent */
	start_client();
	assert_int_equal(bank_client_pending(t.client), CHAINS * STEPS);
	assert_int_equal(bank_client_counters(t.client)->recovered, CHAINS * STEPS);
	fake_bank_start(&t.bank);
	t.bank.busy_percent = 30;
	/* the client dies again and again while its queue is worked off */
	for (unsigned i = 0; i < 200 && bank_client_pending(t.client); i++) {
		unsigned before = t.bank.messages;

		RUN_UNTIL(t.bank.messages > before || bank_client_pending(t.client) == 0);
		if (i % 2)
			run_once(1);
		stop_client();
		start_client();
	}
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	check_chains();
	stop_client();
	start_client();
	assert_int_equal(bank_client_pending(t.client), 0);
}

/* What is on the disk when the call returns is all that a killed process leaves: copied away behind the client's back. */
static void killed_process(void **state)
{
	char *command = g_strdup_printf("mkdir %s/copy && cp %s/journal %s/copy/", t.folder,
					t.folder, t.folder);
	char *copy = g_strdup_printf("%s/copy", t.folder);

	(void)state;
	fake_bank_start(&t.bank);
	fake_bank_stop(&t.bank);
	start_client();
	ask_chains(NULL);
	assert_int_equal(system(command), 0);
	stop_client();
	t.config.queue_directory = copy;
	fake_bank_start(&t.bank);
	start_client();
	assert_int_equal(bank_client_counters(t.client)->recovered, CHAINS * STEPS);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	check_chains();
	stop_client();
	t.config.queue_directory = t.folder;
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
		fake_bank_stop(&t.bank);
		run_once(2);
		fake_bank_start(&t.bank);
	}
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	check_chains();
	assert_true(t.changes > 2);
}

/* Replays go before what is asked when the connection is there again. */
static void replay_before_new_work(void **state)
{
	struct result r;

	(void)state;
	fake_bank_start(&t.bank);
	fake_bank_stop(&t.bank);
	start_client();
	init(1, 1, NULL);
	init(2, 2, NULL);
	fake_bank_start(&t.bank);
	RUN_UNTIL(reachable());
	get(1, &r);
	init(3, 3, NULL);
	RUN_UNTIL(r.calls && bank_client_pending(t.client) == 0);
	assert_int_equal(r.version, 1);
	assert_string_equal(t.bank.done->str, "init 1.1;init 2.2;init 3.3;");
}

/* Before the bank sees a request it is stable; many requests of one turn share one sync. */
static void synced_before_sent(void **state)
{
	(void)state;
	start_both();
	disk.calls = 0;
	for (unsigned i = 0; i < 100; i++)
		init(i + 1, 1, NULL);
	assert_int_equal(disk.calls, 0);
	while (!t.bank.messages) {
		unsigned before = disk.calls;

		run_once(1);
		if (t.bank.messages)
			assert_true(before > 0);
	}
	assert_in_range(disk.calls, 1, 3);
	assert_int_equal(t.bank.items, 100);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	disk.calls = 0;
	init(500, 1, NULL);
	assert_true(bank_client_sync(t.client));
	assert_int_equal(disk.calls, 1);
}

/* The journal is written anew, and all goes on. */
static void sick_disk(void **state)
{
	struct result r;

	(void)state;
	start_both();
	disk.fail = true;
	init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	init(2, 1, NULL);
	assert_true(bank_client_sync(t.client));
	RUN_UNTIL(bank_client_pending(t.client) == 0);
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
	init(1, 1, &r);
	assert_true(s->ops->durable(s->self));
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_false(s->ops->durable(s->self));
	disk.calls = 0;
	t.bank.silent = true;
	for (unsigned i = 2; i < 50; i++)
		init(i, 1, NULL);
	run_for(300);
	assert_in_range(disk.calls, 0, 2);
	assert_int_equal(bank_client_pending(t.client), 48);
	disk.fail = disk.fail_rewrite = false;
	RUN_UNTIL(s->ops->durable(s->self));
	/* and now they would survive */
	stop_client();
	t.bank.silent = false;
	start_client();
	assert_int_equal(bank_client_counters(t.client)->recovered, 48);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
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
	init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	disk.fail_rewrite = false;
	init(2, 1, &r);
	RUN_UNTIL(s->ops->durable(s->self) && r.calls);
}

/* A sync that hangs holds up what waits for it, and nothing else. */
static void slow_disk(void **state)
{
	struct result r, got = { .code = PENDING };
	struct index ix = stubs_index(1);

	(void)state;
	start_both();
	init(1, 1, &r);
	RUN_UNTIL(r.calls);
	g_mutex_lock(&disk.gate);
	init(2, 1, &r);
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
	t.config.backoff_min_ms = 100;
	t.config.backoff_max_ms = 5000;
	start_both();
	t.bank.garbage = true;
	since = g_get_monotonic_time();
	init(1, 1, NULL);
	/* five times again, after 100, 200, 400, 800 and 1600 ms, of which half is by chance */
	RUN_UNTIL(t.bank.connections >= 6);
	assert_true(g_get_monotonic_time() - since >= 1550000);
	t.bank.garbage = false;
	RUN_UNTIL(bank_client_pending(t.client) == 0);
}

static void silent_bank_is_left(void **state)
{
	struct result r;

	(void)state;
	t.config.reply_timeout_ms = 100;
	start_both();
	t.bank.silent = true;
	init(1, 1, &r);
	RUN_UNTIL(t.bank.connections >= 2);
	t.bank.silent = false;
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_string_equal(t.bank.done->str, "init 1.1;");
}

static void one_poisonous_request(void **state)
{
	struct result r[50];

	(void)state;
	start_both();
	t.bank.poison = 20;
	for (unsigned i = 0; i < 50; i++)
		init(i + 1, 1, &r[i]);
	RUN_UNTIL(bank_client_pending(t.client) == 0);
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
	t.bank.no_status = true;
	init(1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_SERVICE_BAD_REPLY);
	t.bank.no_status = false;
	t.bank.wrong_type = true;
	init(2, 1, &r);
	RUN_UNTIL(bank_client_counters(t.client)->late == 1);
	assert_int_equal(r.calls, 0);
	assert_int_equal(bank_client_pending(t.client), 1);
	t.bank.wrong_type = false;
	fake_bank_stop(&t.bank);
	fake_bank_start(&t.bank);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_OK);
	assert_int_equal(bank_client_pending(t.client), 0);
}

static void stale_lifetimes(void **state)
{
	uint64_t now = (uint64_t)(g_get_real_time() / G_USEC_PER_SEC);
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct bank_queue_record r = { .type = STUB_INIT, .when = now - 1000 };
	struct bank_queue *q = bank_queue_open(t.folder, NULL, NULL, NULL);
	unsigned left;

	(void)state;
	assert_non_null(q);
	r.container = stubs_sealed(1, 1, 3600, buf);
	assert_true(bank_queue_append(q, &r));
	r.container = stubs_sealed(2, 2, 900, buf); /* over 100 s ago */
	assert_true(bank_queue_append(q, &r));
	bank_queue_close(q);
	start_both();
	RUN_UNTIL(bank_client_pending(t.client) == 0);
	assert_string_equal(t.bank.done->str, "init 1.1;");
	left = GPOINTER_TO_UINT(g_hash_table_lookup(t.bank.last_lifetime, GSIZE_TO_POINTER(1)));
	assert_in_range(left, 2500, 2600);
}

static void clear_stubs_stay_off_the_disk(void **state)
{
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct result r = { .code = PENDING };
	struct stat st;
	char *command, *path = g_strdup_printf("%s/journal", t.folder);

	(void)state;
	start_both();
	t.bank.silent = true;
	service()->ops->init(service()->self, stubs_clear(1, buf), on_done, &r);
	init(2, 1, NULL);
	RUN_UNTIL(t.bank.messages);
	assert_true(bank_client_sync(t.client));
	command = g_strdup_printf("grep -rq CLEAR-KEY %s", t.folder);
	assert_int_not_equal(system(command), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(st.st_size > 100);
	g_free(command);
	g_free(path);
	stop_client();
	t.bank.silent = false;
	start_client();
	assert_int_equal(bank_client_counters(t.client)->recovered, 1);
}

static void refusals(void **state)
{
	struct result r;
	GError *error = NULL;
	g_autofree char *journal = g_strdup_printf("%s/journal", t.folder);
	struct stat before, after;

	(void)state;
	t.config.max_queued = 2000;
	fake_bank_start(&t.bank);
	fake_bank_stop(&t.bank);
	start_client();
	for (unsigned i = 0; i < 50; i++)
		init(i + 1, 1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_FULL);
	assert_in_range(bank_client_pending(t.client), 3, 15);
	/* what is refused is not written either */
	assert_true(bank_client_sync(t.client));
	assert_int_equal(stat(journal, &before), 0);
	for (unsigned i = 0; i < 50; i++)
		init(i + 100, 1, &r);
	assert_true(bank_client_sync(t.client));
	assert_int_equal(stat(journal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	RUN_UNTIL(r.calls);
	r = (struct result){ .code = PENDING };
	service()->ops->init(service()->self, span_text("no container"), on_done, &r);
	assert_int_equal(r.calls, 0);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_MALFORMED);
	assert_null(bank_client_new(&t.config, &error)); /* the folder is in use */
	assert_non_null(strstr(error->message, t.folder));
	g_clear_error(&error);
}

/* ---- the connection ---- */

static void comes_back(void **state)
{
	struct result r;

	(void)state;
	start_both();
	for (unsigned i = 0; i < 3; i++) {
		get(1, &r); /* a connection that has answered is a good one */
		RUN_UNTIL(r.calls);
		fake_bank_stop(&t.bank);
		RUN_UNTIL(!reachable());
		fake_bank_start(&t.bank);
		RUN_UNTIL(reachable());
		RUN_UNTIL(t.bank.channel);
	}
	assert_int_equal(bank_client_counters(t.client)->connections, 4);
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
	l = channel_listen(&local, NULL, &door, let_in, &t, t.context, NULL);
	t.bank.port = channel_listener_local(l)->port;
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
	fake_bank_push(&t.bank, STUB_DOWNLOAD, STUB_TRANSACTION_PUSH | 5);
	RUN_UNTIL(t.bank.pushed_type);
	assert_int_equal(t.bank.pushed_type, STUB_DOWNLOAD);
	assert_int_equal(t.bank.pushed_status.code, STUB_UNSUPPORTED);
	t.bank.pushed_type = 0;
	fake_bank_push(&t.bank, STUB_DELETE, STUB_TRANSACTION_PUSH | 6);
	RUN_UNTIL(t.bank.pushed_type);
	assert_int_equal(t.bank.pushed_type, STUB_DELETE);
	assert_int_equal(bank_client_counters(t.client)->pushes, 2);
	/* not ours, not a push: no answer */
	fake_bank_push(&t.bank, STUB_DOWNLOAD, 7);
	RUN_UNTIL(bank_client_counters(t.client)->late == 1);
}

static void garbage_from_the_bank(void **state)
{
	static const uint8_t no_transaction[] = { 206, 4, 0, 12, 0, 0, 0, 8, 0, 0, 0, 0 };
	static const uint8_t empty[] = { 0, 9, 0, 4 };
	static const uint8_t broken[] = { 207, 1, 0, 0, 1, 2, 3, 4 };
	struct result r;

	(void)state;
	start_both();
	channel_send(t.bank.channel, SPAN_OF(no_transaction));
	channel_send(t.bank.channel, SPAN_OF(empty));
	get(1, &r);
	RUN_UNTIL(r.calls);
	assert_int_equal(r.code, STUB_NOT_FOUND);
	channel_send(t.bank.channel, SPAN_OF(broken));
	RUN_UNTIL(t.bank.connections == 2);
	get(1, &r);
	RUN_UNTIL(r.calls);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		TEST(hanging_bank_is_unreachable),
		TEST(silent_bank_is_left),
		TEST(one_poisonous_request),
		TEST(replies_without_answers),
		TEST(stale_lifetimes),
		TEST(clear_stubs_stay_off_the_disk),
		TEST(refusals),
		TEST(comes_back),
		TEST(back_off),
		TEST(pushes_are_refused),
		TEST(garbage_from_the_bank),
	};

	return cmocka_run_group_tests_name("gateway/bank_client", tests, NULL, NULL);
}
