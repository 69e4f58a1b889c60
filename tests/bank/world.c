/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes certificates, starts the bank, and talks to it. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "net/channel_tls.h"
#include "net/loop.h"

#define PATIENCE_US (30 * G_USEC_PER_SEC)

uint64_t world_ahead;

uint64_t world_seconds(void *ctx)
{
	return (uint64_t)time(NULL) + (ctx ? world_ahead : 0);
}

static uint64_t milliseconds(void *ctx)
{
	(void)ctx;
	return loop_now();
}

const char *world_path(struct world *w, const char *name)
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
    " other:IP:192.0.2.1,URI:ikesync:a"
    " far:IP:192.0.2.9,URI:ikesync:a alien:IP:192.0.2.1,URI:ikesync:b"
    " two:IP:192.0.2.1,URI:ikesync:a,URI:ikesync:b; do n=${x%%:*};"
    " openssl req $key -keyout $n.key -out $n.csr -subj /CN=$n;"
    " echo subjectAltName=${x#*:} >$n.ext;"
    " openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $n.pem "
    "-extfile $n.ext;"
    "done;"
    "touch index.txt; echo 01 >crlnumber;"
    "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=crlnumber\\n"
    "default_md=sha256\\ndefault_crl_days=1\\n' >ca.cnf;"
    "ca='openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key';"
    "$ca -gencrl -out none.crl; $ca -revoke other.pem; $ca -gencrl -out other.crl;"
    "$ca -gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate 20200102000000Z -out late.crl;"
    "openssl x509 -in gw.pem -noout -serial | sed 's/.*=//' >gw.serial";

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

static struct engine *open_redis(struct world *w, GError **error)
{
	static unsigned made;
	char *prefix = g_strdup_printf("world%u", made++);
	struct engine_redis_settings settings =
	    fixture_on_cluster() ? redis_cluster_settings(fixture_cluster(), prefix)
				 : redis_server_settings(fixture_redis(), prefix);

	g_ptr_array_add(w->paths, prefix); /* lives as long */
	return engine_redis_open(&settings, NULL, error);
}

static void open_store(struct world *w)
{
	struct ledger_settings ledger = { .clock = world_seconds };
	struct engine *engine;
	GError *error = NULL;

	w->settings.rocksdb.cache = 1 << 20;
	w->settings.rocksdb.sync = false;
	if (fixture_in_memory())
		engine = engine_memory_new(w->memory = memory_new(20261127));
	else if (fixture_on_redis() || fixture_on_cluster())
		engine = open_redis(w, &error);
	else
		engine = engine_rocksdb_open(&w->settings.rocksdb, world_seconds(NULL), &error);
	w->bank.store = engine ? store_new(engine, &ledger, NULL, true, &error) : NULL;
	if (!w->bank.store)
		g_error("%s", error->message);
}

struct world *world_new(uint64_t max_connections)
{
	struct world *w = g_new0(struct world, 1);
	struct channel_tls_files files;
	GError *error = NULL;

	w->directory = g_dir_make_tmp("ikesync-server-XXXXXX", &error);
	w->paths = g_ptr_array_new_with_free_func(g_free);
	certificates(w);
	bank_config_defaults(&w->settings);
	w->settings.tls.certificate = world_path(w, "bank.pem");
	w->settings.tls.key = world_path(w, "bank.key");
	w->settings.tls.ca = world_path(w, "ca.pem");
	w->settings.tls.one_pool = true;
	w->settings.rocksdb.directory = world_path(w, "store");
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
	    (struct bank){ .settings = &w->settings, .clock = { world_seconds, milliseconds, w } };
	open_store(w);
	w->bank.gets = rate_limits_new("gets", 0);
	w->bank.moves = rate_limits_new("moves", 0);
	w->server = server_new(&w->bank, NULL, &error);
	if (!w->server)
		g_error("%s", error->message);
	read_addresses(w);
	files = (struct channel_tls_files){ .certificate = world_path(w, "gw.pem"),
					    .key = world_path(w, "gw.key"),
					    .ca = w->settings.tls.ca };
	w->tls = channel_tls_new(&files, false, &error);
	if (!w->tls)
		g_error("%s", error->message);
	return w;
}

void world_free(struct world *w)
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

struct caller *world_call(const struct endpoint *to, struct channel_tls *tls)
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
bool world_await(struct caller *c, unsigned n)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_US;
	guint timer = g_timeout_add(100, wake, NULL);

	while (c->messages.length < n && !c->gone && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	return c->messages.length >= n;
}

void world_hang_up(struct caller *c)
{
	if (!c->gone)
		channel_abort(c->channel, "done");
	world_await(c, UINT_MAX);
	assert_true(c->gone);
	g_queue_clear_full(&c->messages, (GDestroyNotify)g_bytes_unref);
	g_free(c);
}

const uint8_t *world_octets(GBytes *b)
{
	return g_bytes_get_data(b, NULL);
}

void world_send(struct caller *c, GBytes *message)
{
	gsize n;
	const void *p = g_bytes_get_data(message, &n);

	assert_true(channel_send(c->channel, span_of(p, n)));
	g_bytes_unref(message);
}

int world_ask(struct caller *c, GBytes *message)
{
	GBytes *reply;
	int status;

	world_send(c, message);
	assert_true(world_await(c, 1));
	reply = g_queue_pop_head(&c->messages);
	status = world_octets(reply)[16];
	g_bytes_unref(reply);
	return status;
}

/* As `name`.pem, in the middle of a conversation. */
struct caller *world_caller_of(struct world *w, const char *name)
{
	g_autofree char *certificate = g_strdup_printf("%s.pem", name);
	g_autofree char *key = g_strdup_printf("%s.key", name);
	struct channel_tls_files files = { .certificate = world_path(w, certificate),
					   .key = world_path(w, key),
					   .ca = w->settings.tls.ca };
	struct channel_tls *tls = channel_tls_new(&files, false, NULL);
	struct caller *c;

	assert_non_null(tls);
	c = world_call(&w->stub, tls);
	channel_tls_unref(tls);
	return c;
}

bool world_answers(struct caller *c)
{
	struct index ix = made_index("192.0.2.1", 12345);

	if (c->gone)
		return false;
	world_send(c, made_get(9, &ix));
	if (!world_await(c, 1))
		return false;
	g_bytes_unref(g_queue_pop_head(&c->messages));
	return true;
}
