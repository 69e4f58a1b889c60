/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank: the stub bank of profile 1. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "net/loop.h"
#include "server.h"
#include "tool/daemon.h"
#include "tool/log.h"

#define EXIT_USAGE 2

static const char summary[] =
    "Keeps the stubs of IKE SAs, so that another gateway of the pool can resume them.";

static const char examples[] =
    "Examples:\n"
    "  ikesync-bank --config /etc/ikesync/bank.conf --check-config\n"
    "  ikesync-bank --config /etc/ikesync/bank.conf\n"
    "  ikesync-bank --config bank.conf --ready-fd 3 3>ready   (ready: \"READY "
    "stub=127.0.0.1:40003\")\n"
    "\n"
    "Exit codes: 0 ok, 1 failure, 2 usage or configuration. Manual: ikesync-bank(1).";

struct options {
	char *config;
	char *level;
	int ready_fd;
	gboolean check;
	gboolean version;
};

static uint64_t clock_seconds(void *ctx)
{
	(void)ctx;
	return (uint64_t)time(NULL);
}

static uint64_t clock_ms(void *ctx)
{
	(void)ctx;
	return loop_now();
}

static gboolean expire(gpointer user)
{
	struct bank *b = user;

	store_expire(b->store);
	log_debug("%" G_GUINT64_FORMAT " stubs", store_count(b->store));
	return G_SOURCE_CONTINUE;
}

/* All that was acknowledged is on the disk; the service manager starts us again. */
static void give_up(void)
{
	log_error("the store takes no writes any more, though the disk has room: giving up, to be "
		  "started anew");
	_exit(EXIT_FAILURE);
}

static int fail(GError *error)
{
	log_error("%s", error->message);
	g_error_free(error);
	return 1;
}

/* Everything between readiness and SIGTERM. */
static void serve(struct bank *b, struct server *server, int ready_fd)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	guint timer = g_timeout_add((guint)b->settings->compact_interval_ms, expire, b);
	char *line = server_ready_line(server);

	daemon_quit_on_signals(loop);
	daemon_ready(ready_fd, line);
	log_notice("%" G_GUINT64_FORMAT " stubs; %.*s", store_count(b->store),
		   (int)strcspn(line, "\n"), line);
	g_free(line);
	g_main_loop_run(loop);
	log_notice("stopping");
	g_source_remove(timer);
	server_stop(server);
	g_main_loop_unref(loop);
}

static int run(const struct bank_settings *settings, int ready_fd)
{
	struct bank bank = { .settings = settings, .clock = { clock_seconds, clock_ms, NULL } };
	struct engine_rocksdb_settings rocksdb = settings->rocksdb;
	struct ledger_settings ledger = { .max_stubs = settings->max_stubs,
					  .rest_key =
					      settings->has_rest_key ? settings->rest_key : NULL,
					  .clock = clock_seconds };
	struct engine *engine;
	GError *error = NULL;
	struct server *server = server_new(&bank, NULL, &error);

	if (!server)
		return fail(error);
	/*
	 * Ports and keys were root's; the store is opened as whom it belongs to, threads and all.
	 */
	rocksdb.hopeless = give_up;
	if (!daemon_drop_privileges(settings->user, &error) ||
	    !(engine = engine_rocksdb_open(&rocksdb, clock_seconds(NULL), &error)) ||
	    !(bank.store = store_new(engine, &ledger, NULL, true, &error))) {
		server_free(server);
		return fail(error);
	}
	bank.gets = rate_limits_new("gets", settings->gets_per_second);
	bank.moves = rate_limits_new("moves", settings->moves_per_second);
	serve(&bank, server, ready_fd);
	server_free(server);
	rate_limits_free(bank.gets);
	rate_limits_free(bank.moves);
	store_free(bank.store);
	return 0;
}

static bool parse_options(struct options *o, int *argc, char ***argv)
{
	const GOptionEntry entries[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config, "Configuration file",
		  "FILE" },
		{ "check-config", 0, 0, G_OPTION_ARG_NONE, &o->check,
		  "Check the configuration and exit", NULL },
		{ "ready-fd", 0, 0, G_OPTION_ARG_INT, &o->ready_fd,
		  "Write one line with the addresses to this descriptor once serving", "N" },
		{ "log-level", 0, 0, G_OPTION_ARG_STRING, &o->level,
		  "error, warning, notice, info or debug (default: notice)", "LEVEL" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Show the version and exit",
		  NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	GOptionContext *context = g_option_context_new("- the stub bank");
	enum log_level level = LOG_LEVEL_NOTICE;
	GError *error = NULL;
	bool ok;

	g_option_context_set_summary(context, summary);
	g_option_context_set_description(context, examples);
	g_option_context_add_main_entries(context, entries, NULL);
	ok = g_option_context_parse(context, argc, argv, &error);
	g_option_context_free(context);
	if (ok && *argc > 1) {
		ok = false;
		g_set_error(&error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "unexpected argument \"%s\"", (*argv)[1]);
	}
	if (ok && o->level && !log_level_from_text(o->level, &level)) {
		ok = false;
		g_set_error(&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "unknown log level \"%s\"", o->level);
	}
	if (!ok) {
		fprintf(stderr, "ikesync-bank: %s; see ikesync-bank --help\n", error->message);
		g_error_free(error);
		return false;
	}
	log_init("ikesync-bank", level);
	return true;
}

int main(int argc, char **argv)
{
	static struct options o = { .ready_fd = -1 };
	struct bank_settings settings;
	struct config *config;
	GError *error = NULL;
	int result;

	if (!parse_options(&o, &argc, &argv))
		return EXIT_USAGE;
	umask(0077); /* the store and what else we write is nobody else's */
	if (o.version) {
		printf("ikesync-bank %s\n", IKESYNC_VERSION);
		return 0;
	}
	if (!o.config) {
		fprintf(stderr,
			"ikesync-bank: --config FILE is missing; see ikesync-bank --help\n");
		return EXIT_USAGE;
	}
	config = config_load(o.config, &error);
	if (!config || !bank_config_read(config, &settings, &error)) {
		fail(error);
		result = EXIT_USAGE;
	} else if (o.check) {
		printf("%s: ok\n", o.config);
		result = 0;
	} else {
		result = run(&settings, o.ready_fd);
	}
	if (result != EXIT_USAGE)
		bank_config_clear(&settings);
	config_free(config);
	g_free(o.config);
	g_free(o.level);
	return result;
}
