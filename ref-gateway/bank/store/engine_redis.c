/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in a Redis: reads, commits, and what was acknowledged by as many servers as it takes. Every write is a script that
 * compares before it swaps, so that several banks may share the storage; none of them trusts what it remembers of it.
 *
 * Commits have a connection of their own: WAIT holds up whatever comes behind it.
 */
#include "engine_redis.h"

#include "redis_key.h"
#include "redis_scan.h"
#include "redis_script.h"
#include "redis_trouble.h"
#include "tool/log.h"

struct redis {
	struct engine engine;
	struct engine_redis_settings settings;
	char *name;
	struct redis_link *reads, *writes;
	struct redis_scans *scans;
	size_t calls;
	bool short_of; /* replicas; told */
};

static struct redis *redis_of(struct engine *e)
{
	return (struct redis *)(void *)e; /* its first member */
}

/* ---- reads ---- */

struct one_read {
	struct read_call *call;
	struct engine_read *read;
	struct redis_reply *reply; /* bears the value until done() returns */
};

struct read_call {
	struct redis *redis;
	engine_done_fn *done;
	void *user;
	size_t n, left;
	struct one_read one[];
};

static void read_done(struct read_call *c)
{
	c->redis->calls--;
	c->done(c->user);
	for (size_t i = 0; i < c->n; i++)
		redis_reply_free(c->one[i].reply);
	g_free(c);
}

static void on_read(struct redis_reply *reply, void *user)
{
	struct one_read *o = user;
	struct engine_read *read = o->read;

	o->reply = reply;
	read->found = false;
	read->result = ENGINE_OK;
	if (reply && reply->kind == REDIS_STRING) {
		read->found = true;
		read->value = reply->text;
	} else if (!reply || reply->kind != REDIS_NIL) {
		read->result = redis_trouble(reply, o->call->redis->name);
	}
	if (--o->call->left == 0)
		read_done(o->call);
}

static void read_one(struct redis *r, struct one_read *o)
{
	struct redis_key key;

	if (!redis_key_of(r->settings.prefix, &o->read->key, &key)) {
		o->read->result = ENGINE_FAILED;
		if (--o->call->left == 0)
			read_done(o->call);
		return;
	}
	redis_link_send(r->reads,
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
		read_one(r, &c->one[i]);
	}
	if (--c->left == 0)
		read_done(c);
}

/* ---- commits ---- */

struct commit_call {
	struct redis *redis;
	engine_done_fn *done;
	void *user;
	struct engine_transaction *t;
	size_t n, left;
	struct one_swap {
		struct commit_call *call;
		struct engine_transaction *t;
	} one[];
};

static void commit_step(struct commit_call *c)
{
	if (--c->left > 0)
		return;
	c->redis->calls--;
	c->done(c->user);
	g_free(c);
}

static void on_swapped(struct redis_reply *reply, void *user)
{
	struct one_swap *o = user;
	struct redis *r = o->call->redis;

	if (reply && reply->kind == REDIS_INTEGER)
		o->t->result = reply->integer == 1 ? ENGINE_OK : ENGINE_CHANGED;
	else
		o->t->result = redis_trouble(reply, r->name);
	redis_reply_free(reply);
	commit_step(o->call);
}

/* Written here, but not there where it must be, too: not acknowledged, though it may stay. */
static void on_waited(struct redis_reply *reply, void *user)
{
	struct commit_call *c = user;
	struct redis *r = c->redis;
	bool enough = reply && reply->kind == REDIS_INTEGER && reply->integer >= 0 &&
		      (uint64_t)reply->integer >= r->settings.replicas;

	for (size_t i = 0; !enough && i < c->n; i++) {
		if (c->t[i].result == ENGINE_OK)
			c->t[i].result = ENGINE_BUSY;
	}
	if (reply && enough == r->short_of) {
		if (enough)
			log_notice("store %s: enough replicas answer again", r->name);
		else
			log_error("store %s: fewer than %" G_GUINT64_FORMAT
				  " replicas have a write within %" G_GUINT64_FORMAT
				  " ms: writes are refused as busy",
				  r->name, r->settings.replicas, r->settings.wait_ms);
		r->short_of = !enough;
	}
	redis_reply_free(reply);
	commit_step(c);
}

static void swap_one(struct redis *r, struct one_swap *o)
{
	const struct engine_transaction *t = o->t;
	struct redis_key key[2];
	struct span words[3 + 2 * 2 + 2 * 3];
	char count[4];
	unsigned n = 3;

	g_snprintf(count, sizeof(count), "%u", 2 * t->n);
	words[0] = span_text("EVALSHA");
	words[1] = span_text(redis_script_sha(REDIS_SWAP));
	words[2] = span_text(count);
	for (unsigned i = 0; i < t->n; i++) {
		if (!redis_key_of(r->settings.prefix, &t->at[i].key, &key[i])) {
			o->t->result = ENGINE_FAILED;
			commit_step(o->call);
			return;
		}
		words[n++] = span_of(key[i].record, key[i].record_n);
		words[n++] = span_of(key[i].index, key[i].index_n);
	}
	for (unsigned i = 0; i < t->n; i++) {
		words[n++] = redis_key_member(&key[i]);
		words[n++] = t->at[i].expect_none ? SPAN_NONE : t->at[i].expected;
		words[n++] = t->at[i].value;
	}
	redis_link_send(r->writes, words, n, on_swapped, o);
}

static void redis_commit(struct engine *e, struct engine_transaction *t, size_t n, uint64_t now,
			 engine_done_fn *done, void *user)
{
	struct redis *r = redis_of(e);
	struct commit_call *c = g_malloc0(sizeof(*c) + n * sizeof(c->one[0]));
	char replicas[24], ms[24];

	(void)now;
	c->redis = r;
	c->done = done;
	c->user = user;
	c->t = t;
	c->n = n;
	c->left = n + 2; /* WAIT, and ours */
	r->calls++;
	for (size_t i = 0; i < n; i++) {
		c->one[i] = (struct one_swap){ .call = c, .t = &t[i] };
		swap_one(r, &c->one[i]);
	}
	if (r->settings.replicas) {
		g_snprintf(replicas, sizeof(replicas), "%" G_GUINT64_FORMAT, r->settings.replicas);
		g_snprintf(ms, sizeof(ms), "%" G_GUINT64_FORMAT, r->settings.wait_ms);
		redis_link_send(
		    r->writes,
		    (struct span[]){ span_text("WAIT"), span_text(replicas), span_text(ms) }, 3,
		    on_waited, c);
	} else {
		commit_step(c);
	}
	commit_step(c);
}

/* ---- the rest ---- */

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

	redis_scans_free(r->scans);
	redis_link_free(r->reads);
	redis_link_free(r->writes);
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

	return redis_link_up(r->reads) && redis_link_up(r->writes);
}

/* Is there a server that says it keeps nothing? Asked in a loop of its own, before anything is served. */
static bool may_open(const struct engine_redis_settings *s, GError **error)
{
	GMainContext *context = g_main_context_new();
	struct redis_link *l = redis_link_new(&s->access, s->places, s->n_places, context, true);
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
				     .commit = redis_commit,
				     .scan = redis_scan,
				     .expire = redis_expire,
				     .free = redis_free };
	r->writes = redis_link_new(&r->settings.access, settings->places, settings->n_places,
				   context, false);
	r->reads = redis_link_new(&r->settings.access, settings->places, settings->n_places,
				  context, true);
	r->scans = redis_scans_new(r->reads, r->settings.prefix, r->name);
	return &r->engine;
}

struct engine *engine_redis_open(const struct engine_redis_settings *settings,
				 GMainContext *context, GError **error)
{
	return may_open(settings, error) ? engine_redis_new(settings, context) : NULL;
}
