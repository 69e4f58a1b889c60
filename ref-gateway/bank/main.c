/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank: the stub bank of profile 1. */
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fsck.h"
#include "net/loop.h"
#include "server.h"
#include "tool/daemon.h"
#include "tool/daemon_main.h"
#include "tool/log.h"
#include "net/channel_tls.h"
#include "wallclock.h"

/* What the file says, and the file that owns the strings. */
struct loaded {
	struct config *file;
	struct bank_settings settings;
};

static uint64_t clock_seconds(void *ctx)
{
	return wallclock_seconds(ctx);
}

static uint64_t clock_ms(void *ctx)
{
	(void)ctx;
	return loop_now();
}

static gboolean expire(gpointer user)
{
	struct bank *b = user;

	/* What goes then is gone for good. */
	if (!wallclock_doubts(b->clock.ctx))
		store_expire(b->store);
	log_debug("%" G_GUINT64_FORMAT " stubs", store_count(b->store));
	return G_SOURCE_CONTINUE;
}

static gboolean accept_clock(gpointer clock)
{
	wallclock_accept(clock);
	return G_SOURCE_CONTINUE;
}

/* Everything between readiness and SIGTERM. */
static void serve_loop(struct bank *b, struct server *server, int ready_fd)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	guint timer = g_timeout_add((guint)b->settings->compact_interval_ms, expire, b);
	char *line = server_ready_line(server);
	guint accept = g_unix_signal_add(SIGUSR1, accept_clock, b->clock.ctx);

	daemon_quit_on_signals(loop);
	daemon_ready(ready_fd, line);
	log_notice("%" G_GUINT64_FORMAT " stubs; %.*s", store_count(b->store),
		   (int)strcspn(line, "\n"), line);
	g_free(line);
	g_main_loop_run(loop);
	log_notice("stopping");
	g_source_remove(timer);
	g_source_remove(accept);
	server_stop(server);
	g_main_loop_unref(loop);
}

static bool serve(void *user, int ready_fd, GError **error)
{
	const struct bank_settings *settings = &((struct loaded *)user)->settings;
	struct wallclock *clock = wallclock_new(NULL, settings->clock_settle_ms);
	struct bank bank = { .settings = settings, .clock = { clock_seconds, clock_ms, clock } };
	struct ledger_settings ledger = { .max_stubs = settings->max_stubs,
					  .rest_key =
					      settings->has_rest_key ? settings->rest_key : NULL,
					  .clock = clock_seconds,
					  .ctx = clock };
	struct engine *engine;
	struct server *server = server_new(&bank, NULL, error);

	if (!server) {
		wallclock_free(clock);
		return false;
	}
	/*
	 * Ports and keys were root's; the store is opened as whom it belongs to, threads and all.
	 */
	if (!daemon_drop_privileges(settings->user, error) ||
	    !(engine = engine_rocksdb_open(&settings->rocksdb, wallclock_seconds(clock), error)) ||
	    !(bank.store = store_new(engine, &ledger, NULL, true, error))) {
		server_free(server);
		wallclock_free(clock);
		return false;
	}
	bank.gets = rate_limits_new("gets", settings->gets_per_second);
	bank.moves = rate_limits_new("moves", settings->moves_per_second);
	serve_loop(&bank, server, ready_fd);
	server_free(server);
	rate_limits_free(bank.gets);
	rate_limits_free(bank.moves);
	store_free(bank.store);
	wallclock_free(clock);
	return true;
}

static void unload(void *user)
{
	struct loaded *l = user;

	bank_config_clear(&l->settings);
	config_free(l->file);
	g_free(l);
}

static void *load(const char *path, GError **error)
{
	struct loaded *l = g_new0(struct loaded, 1);

	l->file = config_load(path, error);
	if (l->file && bank_config_read(l->file, &l->settings, error))
		return l;
	unload(l);
	return NULL;
}

/* Beyond what the file says by itself: can its certificate and key be used? */
static bool check(void *user, GError **error)
{
	const struct loaded *l = user;
	struct channel_tls_files files = l->settings.tls;
	struct channel_tls *tls;

	files.key_log = NULL; /* not made by a mere check */
	tls = channel_tls_new(&files, true, error);
	if (tls)
		channel_tls_unref(tls);
	return tls != NULL;
}

static int fsck_main(int argc, char **argv)
{
	g_autofree char *config = g_strdup("/etc/ikesync/bank.conf");
	gboolean repair = FALSE;
	const GOptionEntry entries[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "Configuration file", "FILE" },
		{ "repair", 0, 0, G_OPTION_ARG_NONE, &repair,
		  "Put right what can be; make a new store of what can be read of the rest", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	struct loaded *l;
	int status;

	log_init("ikesync-bank", LOG_LEVEL_NOTICE);
	g_option_context_set_summary(context, "Looks for damage in the store of a bank that is not "
					      "running, and says what it cost.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
		fprintf(stderr, "ikesync-bank fsck: %s\nTry ikesync-bank fsck --help.\n",
			error ? error->message : "unknown argument");
		return DAEMON_EXIT_USAGE;
	}
	l = load(config, &error);
	if (!l) {
		log_error("%s", error->message);
		return DAEMON_EXIT_USAGE;
	}
	umask(0077);
	status = fsck(&l->settings, repair);
	unload(l);
	return status;
}

int main(int argc, char **argv)
{
	static const struct daemon_program program = {
		.name = "ikesync-bank",
		.what = "Keeps the stubs of IKE SAs, so that another gateway of the pool can "
			"resume them.",
		.default_config = "/etc/ikesync/bank.conf",
		.examples =
		    "  ikesync-bank --config /etc/ikesync/bank.conf --check-config\n"
		    "  ikesync-bank --config /etc/ikesync/bank.conf\n"
		    "  ikesync-bank fsck --config /etc/ikesync/bank.conf [--repair]   (its store, "
		    "while it does not run)\n"
		    "  ikesync-bank --config bank.conf --ready-fd 3 3>ready   (ready: \"READY "
		    "stub=127.0.0.1:40003\")\n",
		.load = load,
		.free = unload,
		.check = check,
		.serve = serve,
	};

	if (argc > 1 && g_str_equal(argv[1], "fsck"))
		return fsck_main(argc - 1, argv + 1);
	return daemon_main(&program, argc, argv);
}
