/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to a Redis: getting in, the order of replies, and coming back. */
#include "redis_link.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "keys/secret.h"
#include "redis_script.h"
#include "tool/log.h"

#define TICK_MS 50u
#define RETRY_US (G_USEC_PER_SEC / 10)
#define RETRY_MAX_US (2 * G_USEC_PER_SEC)
/* Words of a command. */
#define WORDS_MAX 16
#define PLACE_TEXT_MAX 128

struct pending {
	redis_done_fn *done;
	void *user;
	char *octets; /* not sent yet */
	size_t n;
};

struct redis_link {
	const struct redis_access *access;
	struct redis_place *places;
	size_t n, at; /* the place that is tried, or up */
	GMainContext *context;
	struct channel *channel;
	struct redis_stream *stream;
	GQueue pending; /* struct pending: sent */
	GQueue early;   /* the same: not sent yet */
	bool up, closed;
	unsigned greeting; /* replies that are still to come before it is up */
	GSource *timer;
	gint64 heard, down_since, retry_at, retry_us;
	char why[256], told[256];
	bool for_good, quiet, impatient, warned;
};

static const char *place_text(const struct redis_link *l, char out[static PLACE_TEXT_MAX])
{
	const struct redis_place *p = &l->places[l->at];
	char text[ENDPOINT_TEXT_MAX];

	g_snprintf(out, PLACE_TEXT_MAX, "%s", p->path ? p->path : endpoint_text(&p->at, text));
	return out;
}

/* ---- queues ---- */

static void pending_free(struct pending *p)
{
	if (p->octets) {
		secret_wipe(p->octets, p->n);
		redisFreeCommand(p->octets);
	}
	g_free(p);
}

static void answer_all(GQueue *queue)
{
	GQueue lost = *queue;
	struct pending *p;

	g_queue_init(queue); /* whoever is told may ask again */
	while ((p = g_queue_pop_head(&lost))) {
		p->done(NULL, p->user);
		pending_free(p);
	}
}

static void arm(struct redis_link *l);

static void put_on_wire(struct redis_link *l, struct pending *p)
{
	if (g_queue_is_empty(&l->pending))
		l->heard = g_get_monotonic_time();
	(void)channel_send(l->channel, span_of(p->octets, p->n)); /* closed: closed() follows */
	secret_wipe(p->octets, p->n);
	redisFreeCommand(p->octets);
	p->octets = NULL;
	g_queue_push_tail(&l->pending, p);
	arm(l);
}

char *redis_link_format(const struct span *words, unsigned n, size_t *length)
{
	const char *argv[WORDS_MAX];
	size_t sizes[WORDS_MAX];
	char *octets;
	int made;

	g_assert(n <= WORDS_MAX);
	for (unsigned i = 0; i < n; i++) {
		argv[i] = words[i].p ? (const char *)words[i].p : "";
		sizes[i] = words[i].n;
	}
	made = redisFormatCommandArgv(&octets, (int)n, argv, sizes);
	if (made < 0)
		abort(); /* no memory */
	*length = (size_t)made;
	return octets;
}

/* Takes the octets over. */
static void send_octets(struct redis_link *l, char *octets, size_t n, redis_done_fn *done,
			void *user)
{
	struct pending *p = g_new0(struct pending, 1);

	*p = (struct pending){ .done = done, .user = user, .octets = octets, .n = n };
	if (l->up) {
		put_on_wire(l, p);
	} else if (l->closed ||
		   g_get_monotonic_time() - l->down_since > l->access->timeout_ms * INT64_C(1000)) {
		pending_free(p);
		done(NULL, user);
	} else {
		g_queue_push_tail(&l->early, p);
		arm(l);
	}
}

void redis_link_send(struct redis_link *l, const struct span *words, unsigned n,
		     redis_done_fn *done, void *user)
{
	size_t length;
	char *octets = redis_link_format(words, n, &length);

	send_octets(l, octets, length, done, user);
}

void redis_link_forward(struct redis_link *l, struct span octets, redis_done_fn *done, void *user)
{
	char *copy = malloc(octets.n);

	if (!copy)
		abort();
	memcpy(copy, octets.p, octets.n);
	send_octets(l, copy, octets.n, done, user);
}

/* ---- getting in ---- */

static void give_up(struct redis_link *l, bool for_good, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* closed() follows. */
static void give_up(struct redis_link *l, bool for_good, const char *format, ...)
{
	va_list ap;
	char why[sizeof(l->why)];

	va_start(ap, format);
	g_vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (!l->channel || l->why[0])
		return; /* the first reason counts */
	g_strlcpy(l->why, why, sizeof(l->why));
	l->for_good = for_good;
	channel_abort(l->channel, why);
}

/* A reply on the way in; false: it was no good. */
typedef bool greet_fn(struct redis_link *l, const struct redis_reply *r, const char *what);

struct greeting {
	struct redis_link *link;
	greet_fn *check;
	const char *what;
};

static bool greet_password(struct redis_link *l, const struct redis_reply *r, const char *what)
{
	(void)what;
	if (r->kind == REDIS_STATUS)
		return true;
	give_up(l, true, "it does not let us in: %.*s", (int)r->text.n, (const char *)r->text.p);
	return false;
}

static bool greet_role(struct redis_link *l, const struct redis_reply *r, const char *what)
{
	(void)what;
	if (r->kind == REDIS_ERROR) {
		give_up(l, redis_reply_begins(r, "NO") || redis_reply_begins(r, "WRONG"), "%.*s",
			(int)r->text.n, (const char *)r->text.p);
		return false;
	}
	if (span_equal(redis_reply_string(r, 0), span_text("master")))
		return true;
	give_up(l, false, "it is no primary");
	return false;
}

/* `what`: "appendfsync always" */
static bool greet_config(struct redis_link *l, const struct redis_reply *r, const char *what)
{
	const char *value = strchr(what, ' ') + 1;
	struct span is = redis_reply_string(r, 1);
	char at[PLACE_TEXT_MAX];

	if (r->kind == REDIS_ARRAY && r->n == 2 && span_equal(is, span_text(value)))
		return true;
	if (is.n) {
		give_up(l, true, "its configuration must say: %s", what);
		return false;
	}
	if (!l->access->unchecked) {
		give_up(l, true, "it does not say whether it has \"%s\", and redis-unchecked is no",
			what);
		return false;
	}
	if (!l->quiet && !l->warned)
		log_warning("redis %s: it hides its configuration: if it lacks \"%s\", what is "
			    "acknowledged may be lost",
			    place_text(l, at), what);
	l->warned = true;
	return true;
}

static bool greet_script(struct redis_link *l, const struct redis_reply *r, const char *what)
{
	if (r->kind == REDIS_STRING && span_equal(r->text, span_text(what)))
		return true;
	give_up(l, redis_reply_begins(r, "NOPERM"), "it takes no script: %.*s", (int)r->text.n,
		r->text.p ? (const char *)r->text.p : "");
	return false;
}

static void come_up(struct redis_link *l)
{
	char at[PLACE_TEXT_MAX];
	struct pending *p;

	l->up = true;
	l->retry_us = 0;
	if (l->told[0] && !l->quiet)
		log_notice("redis %s: connected", place_text(l, at));
	l->told[0] = '\0';
	while (l->up && (p = g_queue_pop_head(&l->early)))
		put_on_wire(l, p);
}

static void on_greeting(struct redis_reply *r, void *user)
{
	struct greeting *g = user;
	struct redis_link *l = g->link;

	if (r && l->channel && !l->why[0] && g->check(l, r, g->what) && --l->greeting == 0)
		come_up(l);
	redis_reply_free(r);
	g_free(g);
}

static void greet(struct redis_link *l, greet_fn *check, const char *what, const struct span *words,
		  unsigned n)
{
	struct greeting *g = g_new0(struct greeting, 1);
	struct pending *p = g_new0(struct pending, 1);

	*g = (struct greeting){ .link = l, .check = check, .what = what };
	p->octets = redis_link_format(words, n, &p->n);
	p->done = on_greeting;
	p->user = g;
	l->greeting++;
	put_on_wire(l, p);
}

static void on_connected(struct channel *c, const struct channel_identity *peer, void *user)
{
	static const char *const policy[] = { "appendonly yes", "appendfsync always",
					      "maxmemory-policy noeviction" };
	struct redis_link *l = user;
	const struct redis_access *a = l->access;
	struct span auth[] = { span_text("AUTH"), span_text(a->user ? a->user : "default"),
			       span_text(a->password ? a->password : "") };
	struct span role = span_text("ROLE");

	(void)c;
	(void)peer;
	l->greeting = 0;
	if (a->password)
		greet(l, greet_password, NULL, auth, G_N_ELEMENTS(auth));
	greet(l, greet_role, NULL, &role, 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(policy); i++) {
		size_t n = strcspn(policy[i], " ");

		greet(
		    l, greet_config, policy[i],
		    (struct span[]){ span_text("CONFIG"), span_text("GET"), span_of(policy[i], n) },
		    3);
	}
	for (unsigned i = 0; i < REDIS_SCRIPTS; i++)
		greet(l, greet_script, redis_script_sha(i),
		      (struct span[]){ span_text("SCRIPT"), span_text("LOAD"),
				       span_text(redis_script_text(i)) },
		      3);
}

/* ---- replies ---- */

/* Why a server that says this is to be left. */
static const char *outdated(const struct redis_reply *r)
{
	if (r->kind != REDIS_ERROR)
		return NULL;
	if (redis_reply_begins(r, "READONLY"))
		return "it is no primary any more";
	return redis_reply_begins(r, "NOSCRIPT") ? "it has forgotten our scripts" : NULL;
}

static size_t on_octets(struct channel *c, struct span octets, void *user)
{
	struct redis_link *l = user;
	struct redis_reply *reply;
	const char *leave;
	bool ok = redis_stream_feed(l->stream, octets);

	l->heard = g_get_monotonic_time();
	while (ok && (ok = redis_stream_next(l->stream, &reply)) && reply) {
		struct pending *p = g_queue_pop_head(&l->pending);

		if (!p) {
			redis_reply_free(reply);
			ok = false;
			break;
		}
		leave = outdated(reply);
		p->done(reply, p->user);
		pending_free(p);
		if (leave)
			give_up(l, false, "%s", leave);
		if (l->channel != c || l->why[0])
			return octets.n;
	}
	if (!ok)
		give_up(l, false, "its reply cannot be read");
	return octets.n;
}

/* ---- coming back ---- */

static void on_closed(struct channel *c, const char *why, void *user);

static void connect_now(struct redis_link *l)
{
	static const struct channel_handler handler = { .up = on_connected,
							.octets = on_octets,
							.closed = on_closed };
	const struct redis_place *p = &l->places[l->at];

	l->why[0] = '\0';
	l->stream = redis_stream_new();
	if (p->path)
		l->channel = channel_connect_unix(p->path, &handler, l, l->context);
	else
		l->channel = channel_connect(&p->at, NULL, l->access->tls, l->access->server_name,
					     &handler, l, l->context);
	l->heard = g_get_monotonic_time();
}

/* Another place at once; only after all of them a while. */
static void on_closed(struct channel *c, const char *why, void *user)
{
	struct redis_link *l = user;
	char at[PLACE_TEXT_MAX], told[sizeof(l->told)];
	bool was_up = l->up;

	(void)c;
	l->channel = NULL;
	l->up = false;
	g_clear_pointer(&l->stream, redis_stream_free);
	if (!l->why[0]) {
		g_strlcpy(l->why, why, sizeof(l->why));
		l->for_good = false;
	}
	g_snprintf(told, sizeof(told), "redis %s: %s", place_text(l, at), l->why);
	if (strcmp(told, l->told) != 0 && (!l->told[0] || l->n == 1 || l->for_good)) {
		if (!l->quiet)
			log_warning("%s", told);
		g_strlcpy(l->told, told, sizeof(l->told));
	}
	if (was_up)
		l->down_since = g_get_monotonic_time();
	l->at = (l->at + 1) % l->n;
	l->retry_at = g_get_monotonic_time();
	if (l->at == 0 || was_up) {
		l->retry_us = was_up ? 0 : MIN(MAX(2 * l->retry_us, RETRY_US), RETRY_MAX_US);
		l->retry_at += l->retry_us;
	}
	answer_all(&l->pending);
	if (l->impatient)
		answer_all(&l->early);
	arm(l);
}

static gboolean tick(gpointer user)
{
	struct redis_link *l = user;
	gint64 now = g_get_monotonic_time(), patience = l->access->timeout_ms * INT64_C(1000);

	if (l->channel && !g_queue_is_empty(&l->pending) && now - l->heard > patience)
		give_up(l, false, "no answer for %u ms", l->access->timeout_ms);
	if (l->channel && !l->up && g_queue_is_empty(&l->pending) && now - l->heard > patience)
		give_up(l, false, "no connection within %u ms", l->access->timeout_ms);
	if (!l->channel && now >= l->retry_at)
		connect_now(l);
	if (!l->up && now - l->down_since > patience)
		answer_all(&l->early);
	if (!l->up || !g_queue_is_empty(&l->pending))
		return G_SOURCE_CONTINUE;
	g_clear_pointer(&l->timer, g_source_unref);
	return G_SOURCE_REMOVE;
}

static void arm(struct redis_link *l)
{
	if (l->timer)
		return;
	l->timer = g_timeout_source_new(MIN(TICK_MS, l->access->timeout_ms / 4 + 1));
	g_source_set_callback(l->timer, tick, l, NULL);
	g_source_attach(l->timer, l->context);
}

/* ---- the whole ---- */

const struct redis_place *redis_link_place(const struct redis_link *l)
{
	return &l->places[l->at];
}

bool redis_link_up(const struct redis_link *l)
{
	return l->up;
}

const char *redis_link_trouble(const struct redis_link *l, bool *for_good)
{
	*for_good = l->for_good;
	return l->told;
}

struct redis_link *redis_link_new(const struct redis_access *access,
				  const struct redis_place *places, size_t n, GMainContext *context,
				  unsigned manner)
{
	struct redis_link *l = g_new0(struct redis_link, 1);

	l->access = access;
	l->places = g_memdup2(places, n * sizeof(*places));
	l->n = n;
	l->context = context;
	l->quiet = manner & REDIS_QUIET;
	l->impatient = manner & REDIS_IMPATIENT;
	g_queue_init(&l->pending);
	g_queue_init(&l->early);
	l->down_since = g_get_monotonic_time();
	connect_now(l);
	arm(l);
	return l;
}

void redis_link_close(struct redis_link *l)
{
	l->closed = true;
	l->up = false;
	if (l->channel)
		channel_drop(l->channel);
	l->channel = NULL;
	if (l->timer) {
		g_source_destroy(l->timer);
		g_source_unref(l->timer);
	}
	l->timer = NULL;
	answer_all(&l->pending);
	answer_all(&l->early);
}

void redis_link_free(struct redis_link *l)
{
	if (!l)
		return;
	redis_link_close(l);
	redis_stream_free(l->stream);
	g_free(l->places);
	g_free(l);
}
