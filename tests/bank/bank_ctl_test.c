/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank tells who runs it, what it does for him, and what it never says. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bank_ctl.h"
#include "tool/log.h"
#include "unit/tool/ctl_ask.h"
#include "world.h"

static unsigned reloads;

static bool reload(void *user)
{
	(void)user;
	return ++reloads == 1;
}

static GBytes *stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 1000, world_seconds(NULL) + 2000, content);
}

static unsigned counted;

static bool count(struct engine_scan *scan, struct span key, struct span value)
{
	(void)scan;
	(void)key;
	(void)value;
	counted++;
	return true;
}

static void count_done(struct engine_scan *scan)
{
	assert_int_equal(scan->result, ENGINE_OK);
}

/* The copy is a store by itself, with all that is in the first, and stays as it was. */
static void copies(struct world *w, const char *path)
{
	const char *copy = world_path(w, "copy");
	g_autofree char *line = g_strdup_printf("checkpoint %s\n", copy);
	struct engine_rocksdb_settings settings = { .directory = copy, .cache = 1 << 20 };
	struct engine_scan scan = { .max_records = UINT_MAX, .each = count, .done = count_done };
	struct engine *e;

	if (fixture_in_memory() || fixture_on_redis() || fixture_on_cluster()) {
		ctl_ask_says(path, line, "error: what this engine keeps");
		return;
	}
	ctl_ask_says(path, line, "ok\n");
	ctl_ask_says(path, line, "error: ");
	ctl_ask_says(path, "checkpoint somewhere\n", "error: not understood");
	e = engine_rocksdb_open(&settings, world_seconds(NULL), NULL);
	assert_non_null(e);
	e->scan(e, &scan);
	assert_int_equal(counted, 5001);
	e->free(e);
}

static void it_tells_and_does(void **state)
{
	struct world *w = world_new(16);
	const char *path = world_path(w, "ctl");
	struct ctl *ctl = ctl_new(path, NULL, NULL, NULL);
	struct bank_ctl commands = { &w->bank, w->server, g_get_monotonic_time(), reload, NULL };
	struct caller *gw = world_call(&w->stub, w->tls);
	struct index ix = made_index("192.0.2.1", 1), moved = made_index("192.0.2.1", 0xabcdef);
	char *answer;
	struct stat st;

	(void)state;
	assert_non_null(ctl);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	ctl_serve(ctl, "ikesync-bank", bank_ctl_commands, &commands);
	for (ix.spi = 1; ix.spi <= 5000; ix.spi++) /* more than a page */
		world_send(gw, made_init((uint32_t)ix.spi, stub(&ix, 7)));
	assert_true(world_await(gw, 5000));
	g_queue_clear_full(&gw->messages, (GDestroyNotify)g_bytes_unref);
	ix.spi = 3;
	assert_int_equal(world_ask(gw, made_update(1, &ix, stub(&moved, 8))), STUB_OK);
	ctl_ask_says(path, "status\n", "stubs: 5000\nremembered: 1\nconnections: 1\n");
	ctl_ask_says(path, "connections\n", "pool=\"ikesync:a\" owns=192.0.2.1 prefetch=yes");
	ctl_ask_says(path, "show 0000000000000003@192.0.2.1\n", "moved expires=");
	ctl_ask_says(path, "show 3@192.0.2.1\n",
		     "to=0000000000abcdef@192.0.2.1 pool=\"ikesync:a\"\nok\n");
	ctl_ask_says(path, "show 4@192.0.2.1\n", "4@192.0.2.1 stub expires=");
	ctl_ask_says(path, "show 9999@192.0.2.1\n", "error: there is none\n");
	ctl_ask_says(path, "show 4@192.0.2.2\n", "error: there is none\n");
	answer = ctl_ask(path, "list 192.0.2.1\n", NULL);
	assert_int_equal(ctl_ask_lines(answer), 5002);
	assert_true(g_str_has_suffix(answer, "\nok\n"));
	g_free(answer);
	ctl_ask_says(path, "delete 4@192.0.2.1\n", "ok\n");
	ctl_ask_says(path, "delete 4@192.0.2.1\n", "error: not-found");
	ix.spi = 4;
	assert_int_equal(world_ask(gw, made_get(9, &ix)), STUB_NOT_FOUND);
	copies(w, path);
	ctl_ask_says(path, "reload\n", "ok\n");
	ctl_ask_says(path, "reload\n", "error: refused");
	assert_int_equal(reloads, 2);
	ctl_ask_says(path, "\n", "error: not understood");
	ctl_ask_says(path, "show 4\n", "error: not understood");
	ctl_ask_says(path, "show 4@192.0.2.1 5\n", "error: not understood");
	ctl_ask_says(path, "show 0@192.0.2.1\n", "error: not understood");
	world_hang_up(gw);
	ctl_free(ctl);
	assert_int_not_equal(stat(path, &st), 0);
	world_free(w);
}

/* Whoever hangs up in the middle, says too much or nothing, and a bank that ends meanwhile. */
static void callers_do_no_harm(void **state)
{
	struct world *w = world_new(16);
	const char *path = world_path(w, "ctl");
	struct ctl *ctl = ctl_new(path, NULL, NULL, NULL);
	struct bank_ctl commands = { &w->bank, w->server, g_get_monotonic_time(), reload, NULL };
	char much[5000];
	int silent[20], fd;
	GError *error = NULL;

	(void)state;
	ctl_serve(ctl, "ikesync-bank", bank_ctl_commands, &commands);
	memset(much, 'a', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	g_free(ctl_ask(path, much, NULL));
	for (unsigned i = 0; i < 10; i++) {
		fd = ctl_ask_call(path);
		assert_int_equal(send(fd, "list 192.0.2.1\n", 15, MSG_NOSIGNAL), 15);
		g_main_context_iteration(NULL, FALSE);
		close(fd);
	}
	while (g_main_context_iteration(NULL, FALSE))
		;
	for (unsigned i = 0; i < G_N_ELEMENTS(silent); i++) {
		silent[i] = ctl_ask_call(path);
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
	for (unsigned i = 0; i < 10; i++)
		close(silent[i]);
	while (g_main_context_iteration(NULL, FALSE))
		;
	ctl_ask_says(path, "status\n", "ok\n");
	/* a second bank does not take it */
	assert_null(ctl_new(path, NULL, NULL, &error));
	assert_non_null(error);
	g_clear_error(&error);
	fd = ctl_ask_call(path);
	assert_int_equal(send(fd, "delete 4@192.0.2.1\n", 19, MSG_NOSIGNAL), 19);
	g_main_context_iteration(NULL, FALSE);
	ctl_free(ctl);
	close(fd);
	for (unsigned i = 10; i < G_N_ELEMENTS(silent); i++)
		close(silent[i]);
	world_free(w);
	while (g_main_context_iteration(NULL, FALSE))
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_tells_and_does),
		cmocka_unit_test(callers_do_no_harm),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
