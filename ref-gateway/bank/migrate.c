/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens both stores, and shows how far it is. */
#include "migrate.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "redis_config.h"
#include "store/rocks_repair.h"
#include "store/transfer.h"
#include "store_owner.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

#define PATIENCE_MS 30000
#define BAR 40
/* On a terminal, so often a second. */
#define SHOWS 10

struct side {
	struct bank_settings *settings;
	struct engine *engine;
	int lock; /* of a store that is only read; -1: none */
};

/* ---- progress ---- */

struct shown {
	bool terminal;
	const char *doing;
	uint64_t tenth;
	gint64 at;
};

static void draw(const char *doing, uint64_t done, uint64_t of)
{
	char bar[BAR + 1];
	uint64_t full = of ? MIN(done * BAR / of, BAR) : 0;

	for (unsigned i = 0; i < BAR; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR] = '\0';
	if (of)
		fprintf(stderr, "\r%-10s [%s] %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "\033[K",
			doing, bar, done, of);
	else
		fprintf(stderr, "\r%s: %" G_GUINT64_FORMAT "\033[K", doing, done);
}

/* A line for each tenth, where nobody looks on. */
static void note(struct shown *s, const char *doing, uint64_t done, uint64_t of)
{
	uint64_t tenth = of ? done * 10 / of : 0;

	if (s->doing == doing && tenth == s->tenth)
		return;
	s->tenth = tenth;
	if (of)
		fprintf(stderr,
			"%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT
			" %%)\n",
			doing, done, of, done * 100 / of);
	else
		fprintf(stderr, "%s\n", doing);
}

static bool show(const char *doing, uint64_t done, uint64_t of, void *user)
{
	struct shown *s = user;
	gint64 now = g_get_monotonic_time();

	if (!s->terminal) {
		note(s, doing, done, of);
	} else if (s->doing != doing || now - s->at > G_USEC_PER_SEC / SHOWS || done == of) {
		if (s->doing && s->doing != doing)
			fputc('\n', stderr);
		draw(doing, done, of);
		s->at = now;
	}
	s->doing = doing;
	return true;
}

/* ---- both sides ---- */

static bool open_side(struct side *s, bool source, uint64_t now, GError **error)
{
	struct bank_settings *settings = s->settings;
	struct engine_rocksdb_settings rocks = settings->rocksdb;

	if (settings->on_redis) {
		s->engine = redis_config_tls(settings, error)
				? engine_redis_open(&settings->redis, NULL, error)
				: NULL;
		return s->engine != NULL;
	}
	rocks.only_read = source;
	if (source)
		s->lock = rocks_lock(rocks.directory, error);
	if (source ? s->lock < 0 : rocks_in_use(rocks.directory)) {
		if (!source)
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ACCES,
				    "store %s: a bank has it open: stop that first",
				    rocks.directory);
		return false;
	}
	s->engine = engine_rocksdb_open(&rocks, now, error);
	return s->engine != NULL;
}

static void close_side(struct side *s)
{
	if (s->engine) {
		while (s->settings->on_redis && engine_redis_calls(s->engine))
			g_main_context_iteration(NULL, TRUE);
		s->engine->free(s->engine);
	}
	while (g_main_context_iteration(NULL, FALSE))
		; /* what it leaves to the loop */
	if (s->lock >= 0)
		close(s->lock);
}

static bool same_place(const struct bank_settings *a, const struct bank_settings *b)
{
	struct stat x, y;

	return !a->on_redis && !b->on_redis && stat(a->rocksdb.directory, &x) == 0 &&
	       stat(b->rocksdb.directory, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool may_migrate(const struct bank_settings *from, const struct bank_settings *to,
			GError **error)
{
	const char *why = NULL;

	if (same_place(from, to))
		why = "both configurations name the same store";
	else if (from->has_rest_key && (!to->has_rest_key || memcmp(from->rest_key, to->rest_key,
								    sizeof(from->rest_key)) != 0))
		why = "at-rest-key must be the same in both: records stay encrypted as they are";
	if (why)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s", why);
	return !why;
}

static bool transfer(struct side *from, struct side *to, bool overwrite, GError **error)
{
	struct shown shown = { .terminal = isatty(STDERR_FILENO) };
	struct transfer t = { .from = from->engine,
			      .to = to->engine,
			      .now = (uint64_t)time(NULL),
			      .overwrite = overwrite,
			      .patience_ms = PATIENCE_MS,
			      .progress = show,
			      .user = &shown };
	bool ok = transfer_run(&t, error);

	if (shown.terminal && shown.doing)
		fputc('\n', stderr);
	printf("%s: %" G_GUINT64_FORMAT " records, and %" G_GUINT64_FORMAT
	       " that are over\n%s: %" G_GUINT64_FORMAT " written (%" G_GUINT64_FORMAT
	       " of them over others), %" G_GUINT64_FORMAT
	       " there already\ncompared afterwards, record by record: %" G_GUINT64_FORMAT "%s\n",
	       from->engine->name, t.records, t.over, to->engine->name, t.copied, t.replaced,
	       t.there, t.compared, ok ? ", all the same, and no others" : ": not complete");
	return ok;
}

int migrate(struct bank_settings *from, struct bank_settings *to, bool overwrite)
{
	struct side a = { .settings = from, .lock = -1 }, b = { .settings = to, .lock = -1 };
	uint64_t now = (uint64_t)time(NULL);
	g_autoptr(GError) error = NULL;
	struct stat owner;
	bool ok =
	    may_migrate(from, to, &error) && (to->on_redis || store_owner(to, &owner, &error));

	ok = ok && open_side(&a, true, now, &error) && open_side(&b, false, now, &error) &&
	     transfer(&a, &b, overwrite, &error);
	close_side(&a);
	close_side(&b);
	if (b.engine && !to->on_redis && geteuid() == 0 &&
	    !rocks_give(to->rocksdb.directory, &owner))
		log_warning("store %s: not all of it could be given to its owner",
			    to->rocksdb.directory);
	if (!ok)
		log_error("%s", error->message);
	return ok ? DAEMON_EXIT_OK : DAEMON_EXIT_FAILURE;
}
