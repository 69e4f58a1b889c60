/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page after page of one gateway's index, and one gateway after the other. Who the gateways are is asked of the server each time,
 * since other banks may have brought some.
 */
#include "redis_scan.h"

#include <glib.h>
#include <limits.h>

#include "redis_envelope.h"
#include "redis_script.h"
#include "redis_settle.h"
#include "redis_trouble.h"
#include "tool/log.h"

/* Records in one page: bounds how long others wait for it. */
#define PAGE 256
/* No pool is so large; a server that lies is. */
#define GATEWAYS_MAX 65536

/* Envelopes in a page are settled, and the page asked for again: so many times. */
#define PAGES_MAX 4

struct redis_scans {
	struct redis *redis;
	const char *prefix, *name;
	size_t calls;
	struct sweep *sweep;
};

struct job {
	struct redis_scans *scans;
	struct engine_scan *scan;
	GArray *gateways;  /* struct record_key, in order; NULL: scan->prefix alone */
	GHashTable *known; /* of those being gathered */
	GPtrArray *links;  /* who is still to be asked for gateways, the last first */
	guint at;
	unsigned seen;
	unsigned asked;    /* records in the page */
	unsigned times;    /* that it was asked for */
	unsigned settling; /* envelopes in it */
};

/* ---- ends ---- */

static void job_free(struct job *j)
{
	if (j->gateways)
		g_array_unref(j->gateways);
	if (j->known)
		g_hash_table_unref(j->known);
	if (j->links)
		g_ptr_array_unref(j->links);
	g_free(j);
}

static void finish(struct job *j, enum engine_result result, bool end)
{
	struct engine_scan *scan = j->scan;

	scan->result = result;
	scan->end = end;
	j->scans->calls--;
	job_free(j);
	scan->done(scan);
}

/* ---- pages ---- */

static void ask_page(struct job *j);

static bool belongs(const struct record_key *key, const struct record_key *prefix)
{
	return key->n >= prefix->n && memcmp(key->octets, prefix->octets, prefix->n) == 0;
}

static const struct record_key *gateway_of(const struct job *j)
{
	if (!j->gateways)
		return &j->scan->prefix;
	return j->at < j->gateways->len ? &g_array_index(j->gateways, struct record_key, j->at)
					: NULL;
}

/* One record of the page; false: the scan is over. A record that went since the page began is none. */
static bool take(struct job *j, const struct redis_reply *page, size_t i)
{
	struct engine_scan *s = j->scan;
	struct span value = redis_reply_string(page, 2 * i + 1);
	struct record_key key;

	if (!redis_key_join(gateway_of(j), redis_reply_string(page, 2 * i), &key)) {
		finish(j, ENGINE_FAILED, true);
		return false;
	}
	if (page->at[2 * i + 1]->kind == REDIS_STRING &&
	    (j->seen++ >= s->max_records || !s->each(s, span_of(key.octets, key.n), value))) {
		finish(j, ENGINE_OK, false);
		return false;
	}
	s->after = key;
	return true;
}

static void on_settled(enum redis_settled how, struct span is, void *user)
{
	struct job *j = user;

	(void)is;
	(void)how; /* what the page shows then will tell */
	if (--j->settling > 0)
		return;
	if (j->times < PAGES_MAX)
		ask_page(j);
	else
		finish(j, ENGINE_BUSY, true);
}

/* Are there moves half done in it? They are settled first then, and the page asked for again. */
static bool settle(struct job *j, const struct redis_reply *page)
{
	GArray *keys = g_array_new(FALSE, FALSE, sizeof(struct record_key));
	struct record_key key;
	bool any;

	for (size_t i = 0; i < page->n / 2; i++) {
		if (redis_envelope_is(redis_reply_string(page, 2 * i + 1)) &&
		    redis_key_join(gateway_of(j), redis_reply_string(page, 2 * i), &key))
			g_array_append_val(keys, key);
	}
	any = keys->len > 0;
	j->settling = keys->len;
	for (guint i = 0; i < keys->len; i++)
		redis_settle(j->scans->redis, &g_array_index(keys, struct record_key, i),
			     on_settled, j);
	g_array_unref(keys);
	return any;
}

static void on_page(struct redis_reply *page, struct redis_link *by, void *user)
{
	struct job *j = user;
	bool more = true;

	(void)by;
	if (!page || page->kind != REDIS_ARRAY || page->n % 2 || page->n > 2 * j->asked) {
		enum engine_result result = page && page->kind == REDIS_ARRAY
						? ENGINE_FAILED
						: redis_trouble(page, j->scans->name);

		redis_reply_free(page);
		finish(j, result, true);
		return;
	}
	if (settle(j, page)) {
		redis_reply_free(page);
		return;
	}
	j->times = 0;
	for (size_t i = 0; more && i < page->n / 2; i++)
		more = take(j, page, i);
	if (more && page->n < 2 * j->asked)
		j->at++; /* the end of this gateway's */
	if (more && page->n < 2 * j->asked && !j->gateways)
		finish(j, ENGINE_OK, true);
	else if (more)
		ask_page(j);
	redis_reply_free(page);
}

static void ask_page(struct job *j)
{
	const struct record_key *gateway = gateway_of(j);
	char count[16], from[1 + REDIS_MEMBER + 1] = "-";
	struct redis_key key;

	if (!gateway) {
		finish(j, ENGINE_OK, true);
		return;
	}
	/* one more than may be handed over, to know whether that was the end */
	j->asked =
	    j->scan->max_records - j->seen < PAGE ? j->scan->max_records - j->seen + 1 : PAGE;
	if (!redis_key_of_gateway(j->scans->prefix, gateway, &key)) {
		finish(j, ENGINE_FAILED, true);
		return;
	}
	if (j->scan->after.n && belongs(&j->scan->after, gateway)) {
		struct redis_key after;

		if (redis_key_of(j->scans->prefix, &j->scan->after, &after))
			g_snprintf(from, sizeof(from), "(%.*s", REDIS_MEMBER,
				   (const char *)redis_key_member(&after).p);
	}
	g_snprintf(count, sizeof(count), "%u", j->asked);
	j->times++;
	redis_nodes_send(
	    j->scans->redis->nodes, key.slot, REDIS_READS,
	    (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(REDIS_PAGE)),
			     span_text("1"), span_of(key.index, key.index_n),
			     span_of(key.record, key.record_n), span_text(from), span_text(count) },
	    7, on_page, j);
}

/* ---- who the gateways are ---- */

static void ask_gateways(struct job *j, struct span cursor);
static void ask_next(struct job *j);

static gint compare(gconstpointer a, gconstpointer b)
{
	const struct record_key *x = a, *y = b;
	int c = memcmp(x->octets, y->octets, MIN(x->n, y->n));

	return c ? c : (int)x->n - (int)y->n;
}

/* From the one that the scan stopped in. */
static void skip_done(struct job *j)
{
	const struct record_key *after = &j->scan->after;

	while (after->n && j->at < j->gateways->len && !belongs(after, gateway_of(j)) &&
	       compare(gateway_of(j), after) < 0)
		j->at++;
}

static bool note_gateway(struct job *j, struct span index)
{
	struct record_key gateway;
	char *text;

	if (!redis_key_gateway(j->scans->prefix, index, &gateway))
		return true; /* somebody else's, with a name like ours */
	if (!belongs(&gateway, &j->scan->prefix))
		return true;
	text = g_strndup((const char *)index.p, index.n);
	if (!g_hash_table_add(j->known, text))
		return true; /* SCAN may say things twice */
	g_array_append_val(j->gateways, gateway);
	return j->gateways->len < GATEWAYS_MAX;
}

static void on_gateways(struct redis_reply *r, void *user)
{
	struct job *j = user;
	struct span cursor = redis_reply_string(r, 0);
	bool ok = r && r->kind == REDIS_ARRAY && r->n == 2 && r->at[1]->kind == REDIS_ARRAY &&
		  cursor.n > 0;

	for (size_t i = 0; ok && i < r->at[1]->n; i++)
		ok = note_gateway(j, redis_reply_string(r->at[1], i));
	if (!ok) {
		enum engine_result result =
		    r && r->kind == REDIS_ARRAY ? ENGINE_FAILED : redis_trouble(r, j->scans->name);

		redis_reply_free(r);
		finish(j, result, true);
		return;
	}
	if (span_equal(cursor, span_text("0"))) {
		g_ptr_array_set_size(j->links, (gint)j->links->len - 1);
		ask_next(j);
	} else {
		ask_gateways(j, cursor);
	}
	redis_reply_free(r);
}

static void ask_gateways(struct job *j, struct span cursor)
{
	g_autofree char *pattern = g_strdup_printf("%s:{*}:all", j->scans->prefix);

	redis_link_send(g_ptr_array_index(j->links, j->links->len - 1),
			(struct span[]){ span_text("SCAN"), cursor, span_text("MATCH"),
					 span_text(pattern), span_text("COUNT"),
					 span_text("1000") },
			6, on_gateways, j);
}

/* Of the next server; or all have said theirs. */
static void ask_next(struct job *j)
{
	if (j->links->len > 0) {
		ask_gateways(j, span_text("0"));
		return;
	}
	g_array_sort(j->gateways, compare);
	skip_done(j);
	ask_page(j);
}

static void on_links(struct redis_link *const *links, size_t n, void *user)
{
	struct job *j = user;

	for (size_t i = 0; i < n; i++)
		g_ptr_array_add(j->links, links[i]);
	if (n == 0)
		finish(j, ENGINE_BUSY, true);
	else
		ask_next(j);
}

static struct job *job_new(struct redis_scans *s, struct engine_scan *scan)
{
	struct job *j = g_new0(struct job, 1);

	j->scans = s;
	j->scan = scan;
	s->calls++;
	return j;
}

static void begin(struct job *j)
{
	struct engine_scan *scan = j->scan;

	if (scan->prefix.n) {
		ask_page(j);
		return;
	}
	j->gateways = g_array_new(FALSE, FALSE, sizeof(struct record_key));
	j->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	j->links = g_ptr_array_new();
	redis_nodes_gather(j->scans->redis->nodes, on_links, j);
}

void redis_scans_scan(struct redis_scans *s, struct engine_scan *scan)
{
	begin(job_new(s, scan));
}

/* ---- what is over ---- */

/* One at a time, in the background. */
struct sweep {
	struct redis_scans *scans;
	struct engine_scan scan;
	uint64_t now, dropped;
	size_t left; /* drops on their way */
	bool scanning;
};

static void sweep_end(struct sweep *w)
{
	struct redis_scans *s = w->scans;

	if (w->scanning || w->left)
		return;
	if (w->dropped)
		log_debug("store %s: %" G_GUINT64_FORMAT " records were over", s->name, w->dropped);
	s->sweep = NULL;
	g_free(w);
}

static void on_dropped(struct redis_reply *r, struct redis_link *by, void *user)
{
	struct sweep *w = user;

	(void)by;
	w->dropped += r && r->kind == REDIS_INTEGER && r->integer == 1;
	redis_reply_free(r);
	w->left--;
	sweep_end(w);
}

static bool sweep_one(struct engine_scan *scan, struct span key, struct span value)
{
	struct sweep *w = scan->user;
	struct record_key k = { .n = key.n };
	struct redis_key name;

	memcpy(k.octets, key.p, key.n);
	if (!record_is_over(value, w->now) || !redis_key_of(w->scans->prefix, &k, &name))
		return true;
	w->left++;
	redis_nodes_send(
	    w->scans->redis->nodes, name.slot, REDIS_READS,
	    (struct span[]){ span_text("EVALSHA"), span_text(redis_script_sha(REDIS_DROP)),
			     span_text("2"), span_of(name.record, name.record_n),
			     span_of(name.index, name.index_n), redis_key_member(&name), value },
	    7, on_dropped, w);
	return true;
}

static void sweep_done(struct engine_scan *scan)
{
	struct sweep *w = scan->user;

	w->scanning = false;
	sweep_end(w);
}

void redis_scans_expire(struct redis_scans *s, uint64_t now)
{
	struct sweep *w;

	if (s->sweep)
		return;
	s->sweep = w = g_new0(struct sweep, 1);
	w->scans = s;
	w->now = now;
	w->scanning = true;
	w->scan = (struct engine_scan){
		.max_records = UINT_MAX, .each = sweep_one, .done = sweep_done, .user = w
	};
	redis_scans_scan(s, &w->scan);
}

size_t redis_scans_calls(const struct redis_scans *s)
{
	return s->calls + (s->sweep ? s->sweep->left : 0);
}

struct redis_scans *redis_scans_new(struct redis *redis)
{
	struct redis_scans *s = g_new0(struct redis_scans, 1);

	s->redis = redis;
	s->prefix = redis->settings.prefix;
	s->name = redis->name;
	return s;
}

void redis_scans_free(struct redis_scans *s)
{
	g_free(s);
}
