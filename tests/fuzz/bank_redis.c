/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bank over a Redis that lies: it greets as it should, and then says what the input says, whatever it is asked. Each operation must
 * be answered, once; what comes back as a stub must be one of its index.
 */
#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/engine_redis.h"
#include "store/redis_script.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define NOW 1800000000u

static char *directory, *path;
static int listener;
static struct span lies;
static GByteArray *greeting;

static uint64_t seconds(void *ctx)
{
	(void)ctx;
	return NOW;
}

/* There would be a line for each lie. */
static GLogWriterOutput say_nothing(GLogLevelFlags level, const GLogField *fields, gsize n,
				    gpointer user)
{
	(void)level;
	(void)fields;
	(void)n;
	(void)user;
	return G_LOG_WRITER_HANDLED;
}

static void clean_up(void)
{
	close(listener);
	g_unlink(path);
	g_rmdir(directory);
	g_free(path);
	g_free(directory);
	g_byte_array_unref(greeting);
}

static void greet(const char *text)
{
	g_byte_array_append(greeting, (const guint8 *)text, (guint)strlen(text));
}

/* Says all it has to say at once; the replies meet the questions in order. */
static gboolean on_caller(gint fd, GIOCondition condition, gpointer user)
{
	int caller = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)condition;
	if (caller < 0)
		return G_SOURCE_CONTINUE;
	/* It may have gone already. */
	(void)!send(caller, greeting->data, greeting->len, MSG_NOSIGNAL);
	(void)!send(caller, lies.p, lies.n, MSG_NOSIGNAL);
	shutdown(caller, SHUT_WR);
	g_array_append_val((GArray *)user, caller);
	return G_SOURCE_CONTINUE;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	(void)argc;
	(void)argv;
	g_log_set_writer_func(say_nothing, NULL, NULL);
	directory = g_strdup("/tmp/ikesync-fuzz-redis-XXXXXX");
	if (!g_mkdtemp(directory))
		g_error("%s: %s", directory, g_strerror(errno));
	path = g_build_filename(directory, "s", NULL);
	g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(listener, 16) != 0)
		g_error("%s: %s", path, g_strerror(errno));
	greeting = g_byte_array_new();
	greet("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
	greet("*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n");
	greet("*2\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n");
	greet("*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n");
	for (unsigned i = 0; i < REDIS_SCRIPTS; i++) {
		greet("$40\r\n");
		greet(redis_script_sha(i));
		greet("\r\n");
	}
	atexit(clean_up);
	return 0;
}

static void on_done(struct store_op *op, void *user)
{
	if (op->user != user || op->status == 0xff)
		abort();
	++*(unsigned *)user;
	g_clear_pointer(&op->found, g_bytes_unref);
}

static bool on_stub(struct ledger_scan *scan, const struct index *ix, struct span container)
{
	if (!address_equal(&scan->gateway, &ix->address) || container.n == 0)
		abort();
	return true;
}

static void on_scanned(struct ledger_scan *scan)
{
	++*(unsigned *)scan->user;
}

static void on_gets(struct store_gets *g)
{
	++*(unsigned *)g->user;
}

/* Everything that a bank asks of its store. */
static void ask(struct store *store)
{
	static const uint8_t container[64];
	struct index ix = { .spi = 1, .address = { .family = 4, .octets = { 192, 0, 2, 1 } } };
	unsigned done = 0, want = 0;
	struct store_op ops[5], get = { .kind = STORE_GET, .index = ix, .pool = "p" }, *gets = &get;
	struct store_gets g = {
		.ops = &gets, .n = 1, .budget = 1 << 20, .done = on_gets, .user = &done
	};
	struct ledger_scan scan = { .gateway = ix.address,
				    .pool = "p",
				    .owner = true,
				    .each = on_stub,
				    .done = on_scanned,
				    .user = &done };

	for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++, want++) {
		ops[i] = (struct store_op){ .kind = (enum store_kind)(i % 4),
					    .index = ix,
					    .new_index = ix,
					    .container = SPAN_OF(container),
					    .expiry = NOW + 100,
					    .pool = "p",
					    .owns_old = true,
					    .owns_new = true,
					    .done = on_done,
					    .user = &done };
		ops[i].index.spi = 1 + i / 4;
		ops[i].new_index.spi = 2 + i;
		store_submit(store, &ops[i]);
	}
	store_flush(store);
	store_get(store, &g);
	store_scan(store, &scan);
	store_expire(store);
	want += 2;
	while (done < want)
		g_main_context_iteration(NULL, TRUE);
	g_clear_pointer(&get.found, g_bytes_unref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine_redis_settings settings = { .n_places = 1,
						  .places = { { .path = path } },
						  .prefix = "f",
						  .access = { .timeout_ms = 1 },
						  .replicas = 1,
						  .wait_ms = 1 };
	struct ledger_settings ledger = { .clock = seconds };
	GArray *callers = g_array_new(FALSE, FALSE, sizeof(int));
	guint source;
	struct store *store;

	if (size > 65536 || size == 0)
		return -1;
	settings.cluster = data[0] & 1;
	lies = span_of(data + 1, size - 1);
	source = g_unix_fd_add(listener, G_IO_IN, on_caller, callers);
	store = store_new(engine_redis_new(&settings, NULL), &ledger, NULL, false, NULL);
	if (store) {
		ask(store);
		store_free(store);
	}
	g_source_remove(source);
	for (guint i = 0; i < callers->len; i++)
		close(g_array_index(callers, int, i));
	g_array_unref(callers);
	while (g_main_context_iteration(NULL, FALSE))
		;
	return 0;
}
