/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one gateway may take from the others, and trust that is taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "tool/log.h"
#include "world.h"

static void the_newest_of_a_certificate_stay(void **state)
{
	struct world *w = world_new(100);
	struct caller *other, *c[6];

	(void)state;
	w->settings.max_connections_per_gateway = 2;
	other = world_caller_of(w, "other");
	assert_true(world_answers(other));
	for (unsigned i = 0; i < G_N_ELEMENTS(c); i++) {
		c[i] = world_caller_of(w, "gw");
		assert_true(world_answers(c[i]));
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(c); i++)
		assert_int_equal(world_answers(c[i]), i >= G_N_ELEMENTS(c) - 2);
	assert_true(world_answers(other));
	for (unsigned i = 0; i < G_N_ELEMENTS(c); i++)
		world_hang_up(c[i]);
	world_hang_up(other);
	world_free(w);
}

#define DEAF 12
#define REQUESTS 20
#define BUDGET (16u << 20)

/* Each asks for 20 replies of 600 KiB and reads none. What one may have alone would be 50 MiB together. */
static void those_who_do_not_read_share_a_budget(void **state)
{
	struct world *w = world_new(100);
	struct caller *deaf[DEAF], *c;
	struct index ix = made_index("192.0.2.1", 1);
	struct made *m = made_new(STUB_GET, 3);
	GBytes *ask_all;
	size_t most = 0;

	(void)state;
	w->settings.memory = BUDGET;
	w->settings.stall_timeout_ms = 3000;
	c = world_caller_of(w, "gw");
	assert_int_equal(
	    world_ask(c, made_init(1, made_container(&ix, 1000, world_seconds(NULL) + 1000, 1))),
	    STUB_OK);
	for (unsigned i = 0; i < 1800; i++)
		made_index_add(m, &ix);
	ask_all = made_finish(m);
	for (unsigned i = 0; i < DEAF; i++) {
		deaf[i] = world_call(&w->plain, NULL);
		while (!deaf[i]->up)
			g_main_context_iteration(NULL, TRUE);
		channel_pause(deaf[i]->channel, true);
		for (unsigned k = 0; k < REQUESTS; k++)
			world_send(deaf[i], g_bytes_ref(ask_all));
	}
	/* they are cut for that in the end, and others are answered all the time */
	while (server_connections(w->server) > 1) {
		assert_true(world_answers(c));
		most = MAX(most, server_waiting(w->server));
	}
	/* what one turn of the loop adds before anybody is cut comes on top; without a budget it is more */
	assert_in_range(most, 1, 3 * BUDGET);
	assert_true(world_answers(c));
	g_bytes_unref(ask_all);
	for (unsigned i = 0; i < DEAF; i++) {
		channel_pause(deaf[i]->channel, false);
		world_await(deaf[i], UINT_MAX);
		assert_true(deaf[i]->gone);
		world_hang_up(deaf[i]);
	}
	world_hang_up(c);
	world_free(w);
}

static void idle_ones_leave(void **state)
{
	struct world *w = world_new(10);
	struct caller *idle, *busy;

	(void)state;
	w->settings.idle_timeout_ms = 2500;
	idle = world_caller_of(w, "gw");
	busy = world_caller_of(w, "other");
	assert_true(world_answers(idle));
	while (!idle->gone)
		assert_true(world_answers(busy));
	assert_true(world_answers(busy));
	world_hang_up(idle);
	world_hang_up(busy);
	world_free(w);
}

static void a_certificate_ends_its_connections(void **state)
{
	struct world *w = world_new(10);
	struct caller *c = world_caller_of(w, "gw"), *plain = world_call(&w->plain, NULL);

	(void)state;
	assert_true(world_answers(c));
	assert_true(world_answers(plain));
	world_ahead = 3 * 86400; /* made for two days */
	world_await(c, UINT_MAX);
	assert_true(c->gone);
	assert_true(world_answers(plain));
	world_ahead = 0;
	world_hang_up(c);
	world_hang_up(plain);
	world_free(w);
}

static void trust_can_be_taken_back(void **state)
{
	struct world *w = world_new(10);
	struct caller *gw = world_caller_of(w, "gw"), *other = world_caller_of(w, "other"), *again;
	char *deny[2] = { NULL, NULL };
	GError *error = NULL;

	(void)state;
	assert_true(world_answers(gw) && world_answers(other));
	/* an empty list, and one that is late: nobody is turned out */
	w->settings.tls.crl = world_path(w, "none.crl");
	assert_true(server_reload(w->server, &error));
	assert_true(world_answers(gw) && world_answers(other));
	/* revoked: on open connections and on new ones */
	w->settings.tls.crl = world_path(w, "other.crl");
	assert_true(server_reload(w->server, &error));
	world_await(other, UINT_MAX);
	assert_true(other->gone);
	world_hang_up(other);
	other = world_caller_of(w, "other");
	assert_false(world_answers(other));
	assert_true(world_answers(gw));
	w->settings.tls.crl = world_path(w, "late.crl");
	assert_true(server_reload(w->server, &error));
	assert_true(world_answers(gw));
	again = world_caller_of(w, "gw");
	assert_true(world_answers(again));
	/* denied by serial */
	assert_true(g_file_get_contents(world_path(w, "gw.serial"), &deny[0], NULL, NULL));
	g_strstrip(deny[0]);
	w->settings.tls.deny = deny;
	assert_true(server_reload(w->server, &error));
	world_await(gw, UINT_MAX);
	world_await(again, UINT_MAX);
	assert_true(gw->gone && again->gone);
	world_hang_up(again);
	again = world_caller_of(w, "gw");
	assert_false(world_answers(again));
	/* what cannot be read changes nothing */
	w->settings.tls.deny = NULL;
	w->settings.tls.crl = world_path(w, "gw.serial");
	assert_false(server_reload(w->server, &error));
	assert_non_null(error);
	g_error_free(error);
	g_free(deny[0]);
	world_hang_up(gw);
	world_hang_up(other);
	world_hang_up(again);
	world_free(w);
}

/* Nobody waits for ever because there are no descriptors. */
static void without_descriptors_they_are_turned_away(void **state)
{
	struct world *w = world_new(10);
	struct caller *c;
	struct rlimit limit, low;
	GArray *taken = g_array_new(FALSE, FALSE, sizeof(int));
	GError *error = NULL;
	int fd;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = (struct rlimit){ MIN(limit.rlim_cur, 1024), limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	c = world_call(&w->stub, w->tls);
	while ((fd = dup(0)) >= 0)
		g_array_append_val(taken, fd);
	assert_false(world_await(c, 1));
	assert_true(c->gone);
	for (guint i = 0; i < taken->len; i++)
		close(g_array_index(taken, int, i));
	world_hang_up(c);
	c = world_call(&w->stub, w->tls);
	assert_true(world_answers(c));
	world_hang_up(c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* more than can be had is told at the start */
	w->settings.max_connections = UINT64_C(1) << 40;
	assert_null(server_new(&w->bank, NULL, &error));
	assert_non_null(strstr(error->message, "file descriptors"));
	g_error_free(error);
	g_array_unref(taken);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_of_a_certificate_stay),
		cmocka_unit_test(those_who_do_not_read_share_a_budget),
		cmocka_unit_test(idle_ones_leave),
		cmocka_unit_test(a_certificate_ends_its_connections),
		cmocka_unit_test(trust_can_be_taken_back),
		cmocka_unit_test(without_descriptors_they_are_turned_away),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
