/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank with its sockets and its writer's thread: TLS, plain TCP, prefetch under back-pressure,
 * limits, a clean stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/channel_tls.h"
#include "tool/log.h"
#include "world.h"

static void tls_and_plain_see_the_same_store(void **state)
{
	struct world *w = world_new(10);
	struct caller *tls = world_call(&w->stub, w->tls), *plain = world_call(&w->plain, NULL),
		      *stranger = world_call(&w->stub, NULL);
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *reply;

	(void)state;
	assert_int_equal(
	    world_ask(tls, made_init(1, made_container(&ix, 100, world_seconds(NULL) + 1000, 1))),
	    STUB_OK);
	assert_int_equal(world_ask(plain, made_get(2, &ix)), STUB_OK);
	assert_int_equal(world_ask(plain, made_delete(3, &ix)), STUB_OK);
	assert_int_equal(world_ask(tls, made_get(4, &ix)), STUB_NOT_FOUND);
	/* no stub message on the TLS port without TLS; one alone looks like the start of an SSL 2
	 * record, which OpenSSL waits for */
	for (unsigned i = 0; i < 1000; i++)
		world_send(stranger, made_get(5, &ix));
	world_await(stranger, UINT_MAX);
	assert_true(stranger->gone);
	/* a TLS alert may have come, which is no stub message */
	for (GList *l = stranger->messages.head; l; l = l->next) {
		struct stub_message m;
		struct fault fault;

		assert_int_not_equal(
		    stub_message_parse(span_of(world_octets(l->data), g_bytes_get_size(l->data)),
				       &m, &fault),
		    ERR_OK);
	}
	/* a length that cannot be followed: told, then closed */
	assert_true(channel_send(plain->channel, span_of("\317\3\0\1\0\0\0\0", 8)));
	assert_true(world_await(plain, 1));
	reply = g_queue_pop_head(&plain->messages);
	assert_int_equal(world_octets(reply)[16], STUB_MALFORMED);
	g_bytes_unref(reply);
	assert_false(world_await(plain, 1));
	world_hang_up(tls);
	world_hang_up(plain);
	world_hang_up(stranger);
	world_free(w);
}

#define MANY 20000

static void many_stubs_come_by_prefetch(void **state)
{
	struct world *w = world_new(10);
	struct caller *c = world_call(&w->stub, w->tls);
	struct index ix = made_index("192.0.2.1", 1), from = made_index("192.0.2.1", 0), one;
	unsigned got = 0, messages = 0;
	bool more = true, overtaken = false;

	(void)state;
	for (unsigned sent = 0; sent < MANY; sent += 200) {
		struct made *m = made_new(STUB_INIT, sent);

		for (unsigned i = 1; i <= 200; i++) {
			ix.spi = sent + i;
			made_stub_add(m, made_container(&ix, 1000, world_seconds(NULL) + 1000, 1));
		}
		world_send(c, made_finish(m));
	}
	/* a prefetch right behind them has them all; a get sent after it does not wait for its end
	 * (rule 28) */
	world_send(c, made_get(77, &from));
	for (messages = 0; messages < MANY / 200; messages++) {
		assert_true(world_await(c, 1));
		g_bytes_unref(g_queue_pop_head(&c->messages));
	}
	one = made_index("192.0.2.1", MANY);
	world_send(c, made_get(78, &one));
	for (messages = 0; more; messages++) {
		GBytes *reply;
		gsize n;

		assert_true(world_await(c, 1));
		reply = g_queue_pop_head(&c->messages);
		n = g_bytes_get_size(reply);
		if (world_octets(reply)[11] == 78) {
			overtaken = true;
			assert_int_equal(world_octets(reply)[16], STUB_OK);
		} else {
			more = world_octets(reply)[17] & STUB_STATUS_MORE;
			/* all stubs are of one size: head, status, then stubs */
			got += (unsigned)((n - 20) / (g_bytes_get_size(reply) > 20
							  ? (size_t)(world_octets(reply)[22] << 8 |
								     world_octets(reply)[23])
							  : 1));
		}
		g_bytes_unref(reply);
	}
	assert_int_equal(got, MANY);
	assert_true(overtaken);
	world_hang_up(c);
	world_free(w);
}

static void strangers_make_room(void **state)
{
	struct world *w = world_new(3);
	struct caller *strangers[3], *c, *d, *e;
	struct index ix = made_index("192.0.2.1", 1);

	(void)state;
	/* plain connections to the TLS port: they say nothing */
	for (unsigned i = 0; i < 3; i++) {
		strangers[i] = world_call(&w->stub, NULL);
		while (!strangers[i]->up)
			g_main_context_iteration(NULL, TRUE);
	}
	for (unsigned i = 0; i < 50; i++)
		g_main_context_iteration(NULL, FALSE);
	c = world_call(&w->stub, w->tls);
	assert_int_equal(world_ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
	d = world_call(&w->stub, w->tls);
	assert_int_equal(world_ask(d, made_get(1, &ix)), STUB_NOT_FOUND);
	e = world_call(&w->stub, w->tls);
	assert_int_equal(world_ask(e, made_get(1, &ix)), STUB_NOT_FOUND);
	/* a house full of gateways refuses */
	world_hang_up(strangers[0]);
	strangers[0] = world_call(&w->stub, w->tls);
	world_send(strangers[0], made_get(1, &ix));
	assert_false(world_await(strangers[0], 1));
	for (unsigned i = 0; i < 3; i++)
		world_hang_up(strangers[i]);
	world_hang_up(c);
	world_hang_up(d);
	world_hang_up(e);
	world_free(w);
}

/* Send octets, hang up in good order, and wait until the bank has done so too. */
static void fling(struct world *w, const uint8_t *p, size_t n)
{
	struct caller *c = world_call(&w->plain, NULL);

	while (!c->up && !c->gone)
		g_main_context_iteration(NULL, TRUE);
	assert_true(n == 0 || channel_send(c->channel, span_of(p, n)));
	channel_close(c->channel, "done");
	world_await(c, UINT_MAX);
	world_hang_up(c);
}

/* As in bank_session_test.c, with streams instead of messages. */
static void mutilated_streams_do_no_harm(void **state)
{
	struct world *w = world_new(10);
	struct index ix = made_index("192.0.2.1", 1), to = made_index("192.0.2.1", 2);
	GBytes *messages[] = {
		made_init(1, made_container(&ix, 100, world_seconds(NULL) + 1000, 1)),
		made_update(1, &ix, made_container(&to, 100, world_seconds(NULL) + 1000, 1)),
		made_get(2, &ix),
		made_delete(2, &to),
	};
	struct caller *c;

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++) {
		gsize n = g_bytes_get_size(messages[i]);
		uint8_t *copy = g_memdup2(world_octets(messages[i]), n);

		for (gsize cut = 0; cut < n; cut++)
			fling(w, copy, cut);
		for (gsize bit = 0; bit < 8 * n; bit++) {
			copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
			fling(w, copy, n);
			copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		g_free(copy);
		g_bytes_unref(messages[i]);
	}
	c = world_call(&w->stub, w->tls);
	ix.spi = 99;
	assert_int_equal(
	    world_ask(c, made_init(1, made_container(&ix, 100, world_seconds(NULL) + 1000, 1))),
	    STUB_OK);
	assert_int_equal(world_ask(c, made_get(2, &ix)), STUB_OK);
	world_hang_up(c);
	world_free(w);
}

/* SIGTERM: what had been read is written and acknowledged before the connection ends. */
static void a_stop_finishes_what_waits(void **state)
{
	struct world *w = world_new(3);
	struct caller *c = world_call(&w->stub, w->tls);
	struct index ix = made_index("192.0.2.1", 1);

	(void)state;
	assert_int_equal(world_ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
	for (ix.spi = 1; ix.spi <= 100; ix.spi++)
		world_send(c,
			   made_init(1, made_container(&ix, 1000, world_seconds(NULL) + 1000, 1)));
	/* until the bank has read some: all came in one segment or few */
	while (store_count(w->bank.store) == 0)
		g_main_context_iteration(NULL, FALSE);
	server_stop(w->server);
	world_await(c, UINT_MAX);
	assert_true(c->gone);
	assert_int_equal(c->messages.length, store_count(w->bank.store));
	world_hang_up(c);
	world_free(w);
}

/* 51.1: a certificate with no pool URI, or with two, does not get in. */
static void one_pool_and_no_more(void **state)
{
	static const char *const names[] = { "none", "two", "gw" };
	struct world *w = world_new(10);
	struct index ix = made_index("192.0.2.1", 1);

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *certificate = g_strdup_printf("%s.pem", names[i]);
		g_autofree char *key = g_strdup_printf("%s.key", names[i]);
		struct channel_tls_files files = { .certificate = world_path(w, certificate),
						   .key = world_path(w, key),
						   .ca = w->settings.tls.ca };
		struct channel_tls *tls = channel_tls_new(&files, false, NULL);
		struct caller *c;

		assert_non_null(tls);
		c = world_call(&w->stub, tls);
		if (i == 2) {
			assert_int_equal(world_ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
		} else {
			world_await(c, UINT_MAX);
			assert_true(c->gone);
			assert_int_equal(c->messages.length, 0);
		}
		world_hang_up(c);
		channel_tls_unref(tls);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_and_plain_see_the_same_store),
		cmocka_unit_test(many_stubs_come_by_prefetch),
		cmocka_unit_test(strangers_make_room),
		cmocka_unit_test(mutilated_streams_do_no_harm),
		cmocka_unit_test(a_stop_finishes_what_waits),
		cmocka_unit_test(one_pool_and_no_more),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
