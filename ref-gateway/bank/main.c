/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ikesync-bank: the stub bank of profile 1. */
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "bank_ctl.h"
#include "commands.h"
#include "loaded.h"
#include "net/loop.h"
#include "redis_config.h"
#include "server.h"
#include "tool/daemon.h"
#include "tool/daemon_main.h"
#include "tool/log.h"
#include "net/channel_tls.h"
#include "wallclock.h"

static void *load(const char *path, GError **error)
{
	return loaded_new(path, error);
}

static void unload(void *user)
{
	loaded_free(user);
}

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

/* What SIGHUP needs. */
struct running {
	struct bank *bank;
	struct server *server;
	struct ctl *ctl;            /* NULL: none */
	const struct loaded *first; /* whose it is not to free */
	struct loaded *loaded;      /* what the bank's settings are of */
};

static void set_limits(struct bank *b)
{
	const struct bank_settings *s = b->settings;

	store_limit(b->store, s->max_stubs, s->max_tombstones);
	rate_limits_set(b->gets, s->gets_per_second);
	rate_limits_set(b->moves, s->moves_per_second);
	rate_limits_set(b->inits, s->inits_per_second);
	rate_limits_set(b->deletes, s->deletes_per_second);
}

static bool same_text(const char *a, const char *b)
{
	return g_strcmp0(a, b) == 0;
}

static bool same_redis(const struct engine_redis_settings *a, const struct engine_redis_settings *b)
{
	bool same = a->n_places == b->n_places && a->cluster == b->cluster &&
		    a->replicas == b->replicas && a->wait_ms == b->wait_ms &&
		    same_text(a->prefix, b->prefix) &&
		    a->access.timeout_ms == b->access.timeout_ms &&
		    a->access.unchecked == b->access.unchecked &&
		    same_text(a->access.user, b->access.user) &&
		    same_text(a->access.password, b->access.password);

	for (size_t i = 0; same && i < a->n_places; i++)
		same = same_text(a->places[i].path, b->places[i].path) &&
		       (a->places[i].path || endpoint_equal(&a->places[i].at, &b->places[i].at));
	return same;
}

/* What is bound, opened or given up at the start. */
static void warn_of_rest(const struct bank_settings *old, const struct bank_settings *new)
{
	if (old->on_redis != new->on_redis || !same_redis(&old->redis, &new->redis))
		log_warning("reload: engine, and all that begins with redis, need a restart");
	if (!endpoint_equal(&old->listen, &new->listen) || old->has_plain != new->has_plain ||
	    !same_text(old->rocksdb.directory, new->rocksdb.directory) ||
	    old->rocksdb.cache != new->rocksdb.cache || !same_text(old->user, new->user) ||
	    !same_text(old->control, new->control) ||
	    !same_text(old->control_group, new->control_group) ||
	    old->compact_interval_ms != new->compact_interval_ms ||
	    old->clock_settle_ms != new->clock_settle_ms ||
	    old->has_rest_key != new->has_rest_key ||
	    memcmp(old->rest_key, new->rest_key, sizeof(old->rest_key)) != 0)
		log_warning("reload: listen, plain-listen, store, control, control-group, cache, "
			    "user, at-rest-key, "
			    "compact-interval and clock-settle need a restart");
}

static bool reload(void *user)
{
	struct running *r = user;
	const struct bank_settings *before = r->bank->settings;
	GError *error = NULL;
	struct loaded *fresh = load(r->loaded->path, &error);
	int audit = fresh ? audit_open(&fresh->settings.audit, &error) : -1;

	if (fresh && !error) {
		r->bank->settings = &fresh->settings;
		if (!server_reload(r->server, &error))
			r->bank->settings = before;
	}
	if (error) {
		if (audit >= 0)
			close(audit);
		log_error("reload: %s: all stays as it was", error->message);
		g_error_free(error);
		if (fresh)
			unload(fresh);
		return false;
	}
	warn_of_rest(before, &fresh->settings);
	set_limits(r->bank);
	audit_take(r->bank->audit, &fresh->settings.audit, audit);
	if (r->loaded != r->first)
		unload(r->loaded);
	r->loaded = fresh;
	log_notice("reloaded %s", fresh->path);
	return true;
}

static gboolean on_hangup(gpointer running)
{
	(void)reload(running);
	return G_SOURCE_CONTINUE;
}

/* Everything between readiness and SIGTERM. */
static void serve_loop(struct running *r, int ready_fd)
{
	struct bank *b = r->bank;
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	struct bank_ctl commands = { b, r->server, g_get_monotonic_time(), reload, r };
	guint sources[3];
	char *line = server_ready_line(r->server);

	daemon_quit_on_signals(loop); /* ignores others: ours come after it */
	sources[0] = g_timeout_add((guint)b->settings->compact_interval_ms, expire, b);
	sources[1] = g_unix_signal_add(SIGUSR1, accept_clock, b->clock.ctx);
	sources[2] = g_unix_signal_add(SIGHUP, on_hangup, r);
	if (r->ctl)
		ctl_serve(r->ctl, "ikesync-bank", bank_ctl_commands, &commands);
	daemon_ready(ready_fd, line);
	if (store_counted(b->store))
		log_notice("%" G_GUINT64_FORMAT " stubs; %.*s", store_count(b->store),
			   (int)strcspn(line, "\n"), line);
	else
		log_notice("%s; %.*s", store_name(b->store), (int)strcspn(line, "\n"), line);
	g_free(line);
	g_main_loop_run(loop);
	log_notice("stopping");
	for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++)
		g_source_remove(sources[i]);
	g_clear_pointer(&r->ctl, ctl_free);
	server_stop(r->server);
	g_main_loop_unref(loop);
}

static void set_up_limits(struct bank *b)
{
	b->gets = rate_limits_new("gets", 0);
	b->moves = rate_limits_new("moves", 0);
	b->inits = rate_limits_new("inits", 0);
	b->deletes = rate_limits_new("deletes", 0);
	set_limits(b);
}

static void bank_clear(struct bank *b)
{
	rate_limits_free(b->gets);
	rate_limits_free(b->moves);
	rate_limits_free(b->inits);
	rate_limits_free(b->deletes);
	if (b->store)
		store_free(b->store);
	audit_free(b->audit);
	wallclock_free(b->clock.ctx);
}

/* As whom the store belongs to, threads and all; ports and keys were root's. */
static bool open_store(struct bank *b, struct bank_settings *settings, GError **error)
{
	struct ledger_settings ledger = { .rest_key =
					      settings->has_rest_key ? settings->rest_key : NULL,
					  .clock = clock_seconds,
					  .ctx = b->clock.ctx };
	struct engine *engine;
	int audit;

	if (!redis_config_tls(settings, error) || !daemon_drop_privileges(settings->user, error))
		return false;
	audit = audit_open(&settings->audit, error);
	if (settings->audit.path && audit < 0)
		return false;
	b->audit = audit_new(NULL);
	audit_take(b->audit, &settings->audit, audit);
	if (settings->on_redis)
		engine = engine_redis_open(&settings->redis, NULL, error);
	else
		engine =
		    engine_rocksdb_open(&settings->rocksdb, wallclock_seconds(b->clock.ctx), error);
	b->store = engine ? store_new(engine, &ledger, NULL, true, error) : NULL;
	if (b->store)
		set_up_limits(b);
	return b->store != NULL;
}

static bool serve(void *user, int ready_fd, GError **error)
{
	struct loaded *l = user;
	struct wallclock *clock = wallclock_new(NULL, l->settings.clock_settle_ms);
	struct bank bank = { .settings = &l->settings,
			     .clock = { clock_seconds, clock_ms, clock } };
	struct running running = { .bank = &bank, .first = l, .loaded = l };
	bool ok;

	running.server = server_new(&bank, NULL, error);
	ok = running.server != NULL;
	if (ok && l->settings.control) {
		running.ctl = ctl_new(l->settings.control, l->settings.control_group, NULL, error);
		ok = running.ctl != NULL;
	}
	ok = ok && open_store(&bank, &l->settings, error);
	if (ok)
		serve_loop(&running, ready_fd);
	ctl_free(running.ctl);
	if (running.server)
		server_free(running.server);
	bank_clear(&bank);
	if (running.loaded != l)
		unload(running.loaded);
	return ok;
}

/* Beyond what the file says by itself: can its certificate and key be used? */
static bool check(void *user, GError **error)
{
	struct loaded *l = user;
	struct channel_tls_files files = l->settings.tls;
	struct channel_tls *tls;

	files.key_log = NULL; /* not made by a mere check */
	tls = channel_tls_new(&files, true, error);
	if (tls)
		channel_tls_unref(tls);
	return tls != NULL && redis_config_tls(&l->settings, error);
}

int main(int argc, char **argv)
{
	static const struct daemon_program program = {
		.name = "ikesync-bank",
		.what = "Keeps the stubs of IKE SAs, so that another gateway of the pool can "
			"resume them.",
		.default_config = COMMANDS_CONFIG,
		.examples =
		    "  ikesync-bank --config /etc/ikesync/bank.conf --check-config\n"
		    "  ikesync-bank --config /etc/ikesync/bank.conf\n"
		    "  ikesync-bank fsck --config /etc/ikesync/bank.conf [--repair]   (its store, "
		    "while it does not run)\n"
		    "  ikesync-bank restore --config /etc/ikesync/bank.conf CHECKPOINT   (a "
		    "store of it, where there is none)\n"
		    "  ikesync-bank migrate --config /etc/ikesync/bank.conf new.conf   (all stubs "
		    "into "
		    "another store)\n"
		    "  ikesync-bank ctl --config /etc/ikesync/bank.conf status   (while it runs; "
		    "ctl --help has more)\n"
		    "  ikesync-bank --config bank.conf --ready-fd 3 3>ready   (ready: \"READY "
		    "stub=127.0.0.1:40003\")\n",
		.load = load,
		.free = unload,
		.check = check,
		.serve = serve,
	};
	int status;

	return commands_main(argc, argv, &status) ? status : daemon_main(&program, argc, argv);
}
