/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in a Redis: how it is opened, and reads. Every write is a script that compares before it swaps (redis_commit.h), so that
 * several banks may share the storage; none of them trusts what it remembers of it.
 */
#include "engine_redis.h"

#include "redis_commit.h"
#include "redis_envelope.h"
#include "redis_scan.h"
#include "redis_settle.h"
#include "redis_trouble.h"

/* An envelope in the way is settled, and what is there then is read: so many times. */
#define READS_MAX 4

static struct redis *redis_of(struct engine *e)
{
	return (struct redis *)(void *)e; /* its first member */
}

/* ---- reads ---- */

struct one_read {
	struct read_call *call;
	struct engine_read *read;
	struct redis_reply *reply; /* this or the next bears the value until done() returns */
	void *bytes;
	unsigned times;
};

struct read_call {
	struct redis *redis;
	engine_done_fn *done;
	void *user;
	size_t n, left;
	struct one_read one[];
};

static void read_one(struct one_read *o);

static void step(struct read_call *c)
{
	if (--c->left > 0)
		return;
	c->redis->calls--;
	c->done(c->user);
	for (size_t i = 0; i < c->n; i++) {
		redis_reply_free(c->one[i].reply);
		g_free(c->one[i].bytes);
	}
	g_free(c);
}

static void on_settled(enum redis_settled how, struct span is, void *user)
{
	struct one_read *o = user;

	if (how == REDIS_SETTLED && o->times < READS_MAX) {
		read_one(o);
		return;
	}
	o->read->result = how == REDIS_UNSETTLED ? ENGINE_OK : ENGINE_BUSY;
	o->read->found = how == REDIS_UNSETTLED && is.n > 0;
	if (o->read->found) {
		o->bytes = g_memdup2(is.p, is.n);
		o->read->value = span_of(o->bytes, is.n);
	}
	step(o->call);
}

static void on_read(struct redis_reply *reply, struct redis_link *by, void *user)
{
	struct one_read *o = user;
	struct engine_read *read = o->read;
	bool found = reply && reply->kind == REDIS_STRING;

	(void)by;
	if (found && redis_envelope_is(reply->text)) {
		redis_reply_free(reply);
		redis_settle(o->call->redis, &read->key, on_settled, o);
		return;
	}
	o->reply = reply;
	read->found = found;
	read->result = ENGINE_OK;
	if (found)
		read->value = reply->text;
	else if (!reply || reply->kind != REDIS_NIL)
		read->result = redis_trouble(reply, o->call->redis->name);
	step(o->call);
}

static void read_one(struct one_read *o)
{
	struct redis *r = o->call->redis;
	struct redis_key key;

	o->times++;
	if (!redis_key_of(r->settings.prefix, &o->read->key, &key)) {
		o->read->result = ENGINE_FAILED;
		step(o->call);
		return;
	}
	redis_nodes_send(r->nodes, key.slot, REDIS_READS,
			 (struct span[]){ span_text("GET"), span_of(key.record, key.record_n) }, 2,
			 on_read, o);
}

static void redis_read(struct engine *e, struct engine_read *reads, size_t n, engine_done_fn *done,
		       void *user)
{
	struct redis *r = redis_of(e);
	struct read_call *c = g_malloc0(sizeof(*c) + n * sizeof(c->one[0]));

	c->redis = r;
	c->done = done;
	c->user = user;
	c->n = n;
	c->left = n + 1; /* ours, so that it does not end under the loop */
	r->calls++;
	for (size_t i = 0; i < n; i++) {
		c->one[i] = (struct one_read){ .call = c, .read = &reads[i] };
		reads[i].found = false;
		read_one(&c->one[i]);
	}
	step(c);
}

/* ---- the rest ---- */

static void commit(struct engine *e, struct engine_transaction *t, size_t n, uint64_t now,
		   engine_done_fn *done, void *user)
{
	(void)now;
	redis_commit(redis_of(e), t, n, done, user);
}

static void redis_scan(struct engine *e, struct engine_scan *scan)
{
	redis_scans_scan(redis_of(e)->scans, scan);
}

static void redis_expire(struct engine *e, uint64_t now)
{
	redis_scans_expire(redis_of(e)->scans, now);
}

static void redis_free(struct engine *e)
{
	struct redis *r = redis_of(e);

	redis_nodes_close(r->nodes); /* ends what expire() has under way */
	redis_scans_free(r->scans);
	redis_nodes_free(r->nodes);
	g_free(r->name);
	g_free(r);
}

size_t engine_redis_calls(const struct engine *e)
{
	const struct redis *r = (const struct redis *)(const void *)e;

	return r->calls + redis_scans_calls(r->scans);
}

bool engine_redis_up(const struct engine *e)
{
	const struct redis *r = (const struct redis *)(const void *)e;

	return redis_nodes_up(r->nodes);
}

/* Is there a server that says it keeps nothing? Asked in a loop of its own, before anything is served. */
static bool may_open(const struct engine_redis_settings *s, GError **error)
{
	GMainContext *context = g_main_context_new();
	struct redis_link *l =
	    redis_link_new(&s->access, s->places, s->n_places, context, REDIS_QUIET);
	gint64 end = g_get_monotonic_time() + s->access.timeout_ms * INT64_C(1000);
	bool for_good = false;
	const char *why = "";

	while (!redis_link_up(l) && !for_good && g_get_monotonic_time() < end) {
		g_main_context_iteration(context, TRUE);
		why = redis_link_trouble(l, &for_good);
	}
	for_good = for_good && !redis_link_up(l);
	if (for_good)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", why);
	redis_link_free(l);
	while (g_main_context_iteration(context, FALSE))
		; /* the channel's end */
	g_main_context_unref(context);
	return !for_good;
}

static char *make_name(const struct engine_redis_settings *s)
{
	const struct redis_place *p = &s->places[0];
	char text[ENDPOINT_TEXT_MAX];

	return g_strdup_printf("redis %s%s, %s:*", p->path ? p->path : endpoint_text(&p->at, text),
			       s->n_places > 1 ? ",..." : "", s->prefix);
}

struct engine *engine_redis_new(const struct engine_redis_settings *settings, GMainContext *context)
{
	struct redis *r = g_new0(struct redis, 1);

	r->settings = *settings;
	r->name = make_name(settings);
	r->engine = (struct engine){ .shared = true,
				     .name = r->name,
				     .read = redis_read,
				     .commit = commit,
				     .scan = redis_scan,
				     .expire = redis_expire,
				     .free = redis_free };
	r->nodes = redis_nodes_new(&r->settings.access, settings->places, settings->n_places,
				   settings->cluster, context);
	r->scans = redis_scans_new(r);
	return &r->engine;
}

struct engine *engine_redis_open(const struct engine_redis_settings *settings,
				 GMainContext *context, GError **error)
{
	return may_open(settings, error) ? engine_redis_new(settings, context) : NULL;
}
