/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank with its sockets and its writer's thread: TLS, plain TCP, prefetch under back-pressure,
 * limits, a clean stop. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "fixture.h"
#include "net/loop.h"
#include "server.h"
#include "tool/log.h"
#include "net/channel_tls.h"

#define PATIENCE_US (30 * G_USEC_PER_SEC)

struct world {
	char *directory;
	GPtrArray *paths; /* owned */
	struct memory *memory;
	struct bank_settings settings;
	struct bank bank;
	struct server *server;
	struct endpoint stub, plain;
	struct channel_tls *tls;
};

/* A client that keeps every message it gets. */
struct caller {
	struct channel *channel;
	bool up, gone;
	GQueue messages;
};

static uint64_t seconds(void *ctx)
{
	(void)ctx;
	return (uint64_t)time(NULL);
}

static uint64_t milliseconds(void *ctx)
{
	(void)ctx;
	return loop_now();
}

static const char *path(struct world *w, const char *name)
{
	char *path = g_build_filename(w->directory, name, NULL);

	g_ptr_array_add(w->paths, path);
	return path;
}

static const char make_certificates[] =
    "set -e; cd \"$0\"; umask 077;"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';"
    "openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=ca -days 2;"
    "for x in bank:IP:127.0.0.1 gw:IP:192.0.2.1,URI:ikesync:a none:IP:192.0.2.1"
    " two:IP:192.0.2.1,URI:ikesync:a,URI:ikesync:b; do n=${x%%:*};"
    " openssl req $key -keyout $n.key -out $n.csr -subj /CN=$n;"
    " echo subjectAltName=${x#*:} >$n.ext;"
    " openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $n.pem "
    "-extfile $n.ext;"
    "done";

static void certificates(struct world *w)
{
	const char *argv[] = { "sh", "-c", make_certificates, w->directory, NULL };
	GError *error = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL,
			  G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL |
			      G_SPAWN_STDOUT_TO_DEV_NULL,
			  NULL, NULL, NULL, NULL, &status, &error))
		g_error("%s", error->message);
	assert_int_equal(status, 0);
}

static void read_addresses(struct world *w)
{
	char *line = server_ready_line(w->server), stub[64] = "", plain[64] = "";

	assert_int_equal(sscanf(line, "READY stub=%63s plain=%63s", stub, plain), 2);
	assert_int_equal(endpoint_from_text(stub, 0, &w->stub), ERR_OK);
	assert_int_equal(endpoint_from_text(plain, 0, &w->plain), ERR_OK);
	g_free(line);
}

static void open_store(struct world *w)
{
	struct ledger_settings ledger = { .clock = seconds };
	struct engine *engine;
	GError *error = NULL;

	w->settings.rocksdb.cache = 1 << 20;
	w->settings.rocksdb.sync = false;
	if (fixture_in_memory())
		engine = engine_memory_new(w->memory = memory_new(20261127));
	else
		engine = engine_rocksdb_open(&w->settings.rocksdb, seconds(NULL), &error);
	w->bank.store = engine ? store_new(engine, &ledger, NULL, true, &error) : NULL;
	if (!w->bank.store)
		g_error("%s", error->message);
}

static struct world *world_new(uint64_t max_connections)
{
	struct world *w = g_new0(struct world, 1);
	struct channel_tls_files files;
	GError *error = NULL;

	w->directory = g_dir_make_tmp("ikesync-server-XXXXXX", &error);
	w->paths = g_ptr_array_new_with_free_func(g_free);
	certificates(w);
	bank_config_defaults(&w->settings);
	w->settings.tls.certificate = path(w, "bank.pem");
	w->settings.tls.key = path(w, "bank.key");
	w->settings.tls.ca = path(w, "ca.pem");
	w->settings.tls.one_pool = true;
	w->settings.rocksdb.directory = path(w, "store");
	w->settings.max_connections = max_connections;
	w->settings.has_plain = true;
	w->settings.plain_identity.n_addresses = 1;
	assert_int_equal(endpoint_from_text("127.0.0.1:0", 0, &w->settings.listen), ERR_OK);
	w->settings.plain_listen = w->settings.listen;
	w->settings.plain_identity.addresses[0] = made_index("192.0.2.1", 1).address;
	g_strlcpy(w->settings.plain_identity.pool, "ikesync:a", 256);
	w->settings.n_prefetch_allow = 1;
	w->settings.prefetch_allow[0] = w->settings.plain_identity.addresses[0];
	w->bank =
	    (struct bank){ .settings = &w->settings, .clock = { seconds, milliseconds, NULL } };
	open_store(w);
	w->bank.gets = rate_limits_new("gets", 0);
	w->bank.moves = rate_limits_new("moves", 0);
	w->server = server_new(&w->bank, NULL, &error);
	if (!w->server)
		g_error("%s", error->message);
	read_addresses(w);
	files = (struct channel_tls_files){ .certificate = path(w, "gw.pem"),
					    .key = path(w, "gw.key"),
					    .ca = w->settings.tls.ca };
	w->tls = channel_tls_new(&files, false, &error);
	if (!w->tls)
		g_error("%s", error->message);
	return w;
}

static void world_free(struct world *w)
{
	const char *argv[] = { "rm", "-rf", w->directory, NULL };

	server_free(w->server);
	rate_limits_free(w->bank.gets);
	rate_limits_free(w->bank.moves);
	store_free(w->bank.store);
	channel_tls_unref(w->tls);
	if (w->memory)
		memory_free(w->memory);
	g_ptr_array_unref(w->paths);
	g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
		     NULL, NULL, NULL);
	g_free(w->directory);
	g_free(w);
}

static void on_up(struct channel *channel, const struct channel_identity *peer, void *user)
{
	(void)channel;
	(void)peer;
	((struct caller *)user)->up = true;
}

static void on_message(struct channel *channel, struct span message, void *user)
{
	(void)channel;
	g_queue_push_tail(&((struct caller *)user)->messages, g_bytes_new(message.p, message.n));
}

static void on_closed(struct channel *channel, const char *why, void *user)
{
	(void)channel;
	(void)why;
	((struct caller *)user)->gone = true;
}

static struct caller *call(const struct endpoint *to, struct channel_tls *tls)
{
	static const struct channel_handler handler = { .up = on_up,
							.message = on_message,
							.closed = on_closed };
	struct caller *c = g_new0(struct caller, 1);

	g_queue_init(&c->messages);
	c->channel = channel_connect(to, NULL, tls, NULL, &handler, c, NULL);
	return c;
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

/* Run the loop until there are `n` messages, or the connection is gone. */
static bool await(struct caller *c, unsigned n)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_US;
	guint timer = g_timeout_add(100, wake, NULL);

	while (c->messages.length < n && !c->gone && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	return c->messages.length >= n;
}

static void hang_up(struct caller *c)
{
	if (!c->gone)
		channel_abort(c->channel, "done");
	await(c, UINT_MAX);
	assert_true(c->gone);
	g_queue_clear_full(&c->messages, (GDestroyNotify)g_bytes_unref);
	g_free(c);
}

static const uint8_t *octets(GBytes *b)
{
	return g_bytes_get_data(b, NULL);
}

static void send_message(struct caller *c, GBytes *message)
{
	gsize n;
	const void *p = g_bytes_get_data(message, &n);

	assert_true(channel_send(c->channel, span_of(p, n)));
	g_bytes_unref(message);
}

static int ask(struct caller *c, GBytes *message)
{
	GBytes *reply;
	int status;

	send_message(c, message);
	assert_true(await(c, 1));
	reply = g_queue_pop_head(&c->messages);
	status = octets(reply)[16];
	g_bytes_unref(reply);
	return status;
}

static void tls_and_plain_see_the_same_store(void **state)
{
	struct world *w = world_new(10);
	struct caller *tls = call(&w->stub, w->tls), *plain = call(&w->plain, NULL),
		      *stranger = call(&w->stub, NULL);
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *reply;

	(void)state;
	assert_int_equal(ask(tls, made_init(1, made_container(&ix, 100, seconds(NULL) + 1000, 1))),
			 STUB_OK);
	assert_int_equal(ask(plain, made_get(2, &ix)), STUB_OK);
	assert_int_equal(ask(plain, made_delete(3, &ix)), STUB_OK);
	assert_int_equal(ask(tls, made_get(4, &ix)), STUB_NOT_FOUND);
	/* no stub message on the TLS port without TLS; one alone looks like the start of an SSL 2
	 * record, which OpenSSL waits for */
	for (unsigned i = 0; i < 1000; i++)
		send_message(stranger, made_get(5, &ix));
	await(stranger, UINT_MAX);
	assert_true(stranger->gone);
	/* a TLS alert may have come, which is no stub message */
	for (GList *l = stranger->messages.head; l; l = l->next) {
		struct stub_message m;
		struct fault fault;

		assert_int_not_equal(
		    stub_message_parse(span_of(octets(l->data), g_bytes_get_size(l->data)), &m,
				       &fault),
		    ERR_OK);
	}
	/* a length that cannot be followed: told, then closed */
	assert_true(channel_send(plain->channel, span_of("\317\3\0\1\0\0\0\0", 8)));
	assert_true(await(plain, 1));
	reply = g_queue_pop_head(&plain->messages);
	assert_int_equal(octets(reply)[16], STUB_MALFORMED);
	g_bytes_unref(reply);
	assert_false(await(plain, 1));
	hang_up(tls);
	hang_up(plain);
	hang_up(stranger);
	world_free(w);
}

#define MANY 20000

static void many_stubs_come_by_prefetch(void **state)
{
	struct world *w = world_new(10);
	struct caller *c = call(&w->stub, w->tls);
	struct index ix = made_index("192.0.2.1", 1), from = made_index("192.0.2.1", 0), one;
	unsigned got = 0, messages = 0;
	bool more = true, overtaken = false;

	(void)state;
	for (unsigned sent = 0; sent < MANY; sent += 200) {
		struct made *m = made_new(STUB_INIT, sent);

		for (unsigned i = 1; i <= 200; i++) {
			ix.spi = sent + i;
			made_stub_add(m, made_container(&ix, 1000, seconds(NULL) + 1000, 1));
		}
		send_message(c, made_finish(m));
	}
	/* a prefetch right behind them has them all; a get sent after it does not wait for its end
	 * (rule 28) */
	send_message(c, made_get(77, &from));
	for (messages = 0; messages < MANY / 200; messages++) {
		assert_true(await(c, 1));
		g_bytes_unref(g_queue_pop_head(&c->messages));
	}
	one = made_index("192.0.2.1", MANY);
	send_message(c, made_get(78, &one));
	for (messages = 0; more; messages++) {
		GBytes *reply;
		gsize n;

		assert_true(await(c, 1));
		reply = g_queue_pop_head(&c->messages);
		n = g_bytes_get_size(reply);
		if (octets(reply)[11] == 78) {
			overtaken = true;
			assert_int_equal(octets(reply)[16], STUB_OK);
		} else {
			more = octets(reply)[17] & STUB_STATUS_MORE;
			/* all stubs are of one size: head, status, then stubs */
			got += (unsigned)((n - 20) / (g_bytes_get_size(reply) > 20
							  ? (size_t)(octets(reply)[22] << 8 |
								     octets(reply)[23])
							  : 1));
		}
		g_bytes_unref(reply);
	}
	assert_int_equal(got, MANY);
	assert_true(overtaken);
	hang_up(c);
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
		strangers[i] = call(&w->stub, NULL);
		while (!strangers[i]->up)
			g_main_context_iteration(NULL, TRUE);
	}
	for (unsigned i = 0; i < 50; i++)
		g_main_context_iteration(NULL, FALSE);
	c = call(&w->stub, w->tls);
	assert_int_equal(ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
	d = call(&w->stub, w->tls);
	assert_int_equal(ask(d, made_get(1, &ix)), STUB_NOT_FOUND);
	e = call(&w->stub, w->tls);
	assert_int_equal(ask(e, made_get(1, &ix)), STUB_NOT_FOUND);
	/* a house full of gateways refuses */
	hang_up(strangers[0]);
	strangers[0] = call(&w->stub, w->tls);
	send_message(strangers[0], made_get(1, &ix));
	assert_false(await(strangers[0], 1));
	for (unsigned i = 0; i < 3; i++)
		hang_up(strangers[i]);
	hang_up(c);
	hang_up(d);
	hang_up(e);
	world_free(w);
}

/* Send octets, hang up in good order, and wait until the bank has done so too. */
static void fling(struct world *w, const uint8_t *p, size_t n)
{
	struct caller *c = call(&w->plain, NULL);

	while (!c->up && !c->gone)
		g_main_context_iteration(NULL, TRUE);
	assert_true(n == 0 || channel_send(c->channel, span_of(p, n)));
	channel_close(c->channel, "done");
	await(c, UINT_MAX);
	hang_up(c);
}

/* As in bank_session_test.c, with streams instead of messages. */
static void mutilated_streams_do_no_harm(void **state)
{
	struct world *w = world_new(10);
	struct index ix = made_index("192.0.2.1", 1), to = made_index("192.0.2.1", 2);
	GBytes *messages[] = {
		made_init(1, made_container(&ix, 100, seconds(NULL) + 1000, 1)),
		made_update(1, &ix, made_container(&to, 100, seconds(NULL) + 1000, 1)),
		made_get(2, &ix),
		made_delete(2, &to),
	};
	struct caller *c;

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++) {
		gsize n = g_bytes_get_size(messages[i]);
		uint8_t *copy = g_memdup2(octets(messages[i]), n);

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
	c = call(&w->stub, w->tls);
	ix.spi = 99;
	assert_int_equal(ask(c, made_init(1, made_container(&ix, 100, seconds(NULL) + 1000, 1))),
			 STUB_OK);
	assert_int_equal(ask(c, made_get(2, &ix)), STUB_OK);
	hang_up(c);
	world_free(w);
}

/* SIGTERM: what had been read is written and acknowledged before the connection ends. */
static void a_stop_finishes_what_waits(void **state)
{
	struct world *w = world_new(3);
	struct caller *c = call(&w->stub, w->tls);
	struct index ix = made_index("192.0.2.1", 1);

	(void)state;
	assert_int_equal(ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
	for (ix.spi = 1; ix.spi <= 100; ix.spi++)
		send_message(c, made_init(1, made_container(&ix, 1000, seconds(NULL) + 1000, 1)));
	/* until the bank has read some: all came in one segment or few */
	while (store_count(w->bank.store) == 0)
		g_main_context_iteration(NULL, FALSE);
	server_stop(w->server);
	await(c, UINT_MAX);
	assert_true(c->gone);
	assert_int_equal(c->messages.length, store_count(w->bank.store));
	hang_up(c);
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
		struct channel_tls_files files = { .certificate = path(w, certificate),
						   .key = path(w, key),
						   .ca = w->settings.tls.ca };
		struct channel_tls *tls = channel_tls_new(&files, false, NULL);
		struct caller *c;

		assert_non_null(tls);
		c = call(&w->stub, tls);
		if (i == 2) {
			assert_int_equal(ask(c, made_get(1, &ix)), STUB_NOT_FOUND);
		} else {
			await(c, UINT_MAX);
			assert_true(c->gone);
			assert_int_equal(c->messages.length, 0);
		}
		hang_up(c);
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
