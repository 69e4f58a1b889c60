/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies page by page: what a page lacks in the other engine is written in one commit, and what is there is compared. */
#include "transfer.h"

#include <limits.h>

/* Records of one scan: a Redis looks for its gateways anew in each. */
#define PAGE 16384
/* Records of one commit. */
#define CHUNK 512
#define WAIT_MS 100

struct held {
	struct record_key key;
	GBytes *value;
};

struct run {
	struct transfer *t;
	GArray *page; /* struct held */
	bool done;    /* the call under way */
	uint64_t seen, other;
	gint64 busy_since;
	GError **error;
};

static void held_clear(gpointer held)
{
	g_bytes_unref(((struct held *)held)->value);
}

static struct span octets(GBytes *b)
{
	gsize n;
	const void *p = g_bytes_get_data(b, &n);

	return span_of(p, n);
}

static bool fail(struct run *r, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(struct run *r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (r->error && !*r->error)
		*r->error =
		    g_error_new_valist(G_FILE_ERROR, G_FILE_ERROR_FAILED, format, arguments);
	va_end(arguments);
	return false;
}

static unsigned page_of(const struct transfer *t)
{
	return t->page ? t->page : PAGE;
}

/* ---- waiting ---- */

static void call_done(void *user)
{
	((struct run *)user)->done = true;
}

static void await(struct run *r)
{
	while (!r->done)
		g_main_context_iteration(NULL, TRUE);
}

static gboolean wake(gpointer user)
{
	((struct run *)user)->done = true;
	return G_SOURCE_REMOVE;
}

/* May it be asked again? Waits a little then. */
static bool again(struct run *r, const struct engine *e, enum engine_result result)
{
	gint64 now = g_get_monotonic_time();

	if (result != ENGINE_BUSY && result != ENGINE_FULL && result != ENGINE_CHANGED)
		return fail(r, "%s: %s", e->name, engine_trouble(result));
	if (r->busy_since == 0)
		r->busy_since = now;
	if (now - r->busy_since > r->t->patience_ms * INT64_C(1000))
		return fail(r, "%s: %s, for %u s: the same command goes on where it stopped",
			    e->name, engine_trouble(result), r->t->patience_ms / 1000);
	r->done = false;
	g_timeout_add(WAIT_MS, wake, r);
	await(r);
	return true;
}

static bool progress(struct run *r, const char *doing, uint64_t done, uint64_t of)
{
	if (!r->t->progress || r->t->progress(doing, done, of, r->t->user))
		return true;
	return fail(r, "stopped: the same command goes on from here");
}

/* ---- reading ---- */

static void scanned(struct engine_scan *scan)
{
	((struct run *)scan->user)->done = true;
}

/* The next records behind *after; *end: those were the last. */
static bool scan(struct run *r, struct engine *e, struct engine_scan *s)
{
	struct record_key from = s->after;
	guint had = r->page->len;

	for (;;) {
		r->done = false;
		e->scan(e, s);
		await(r);
		if (s->result == ENGINE_OK) {
			r->busy_since = 0;
			return true;
		}
		s->after = from;
		g_array_set_size(r->page, had);
		if (!again(r, e, s->result))
			return false;
	}
}

static bool hold(struct engine_scan *s, struct span key, struct span value)
{
	struct run *r = s->user;
	struct held h = { .key.n = key.n, .value = g_bytes_new(value.p, value.n) };

	memcpy(h.key.octets, key.p, key.n);
	g_array_append_val(r->page, h);
	return true;
}

static bool count(struct engine_scan *s, struct span key, struct span value)
{
	struct run *r = s->user;

	(void)key;
	if (record_is_over(value, r->t->now))
		r->other++;
	else
		r->seen++;
	return true;
}

static bool count_all(struct run *r, struct engine *e, const char *doing)
{
	struct engine_scan s = {
		.max_records = page_of(r->t), .each = count, .done = scanned, .user = r
	};

	r->seen = r->other = 0;
	do {
		uint64_t seen = r->seen, other = r->other;

		s.end = false;
		for (;;) {
			struct record_key from = s.after;

			r->done = false;
			e->scan(e, &s);
			await(r);
			if (s.result == ENGINE_OK)
				break;
			r->seen = seen;
			r->other = other;
			s.after = from;
			if (!again(r, e, s.result))
				return false;
		}
		r->busy_since = 0;
		if (!progress(r, doing, r->seen, 0))
			return false;
	} while (!s.end);
	return true;
}

/* ---- one chunk ---- */

struct chunk {
	const struct held *at;
	size_t n;
	struct engine_read read[CHUNK];
	struct engine_transaction write[CHUNK];
	GBytes *found[CHUNK]; /* what is there; NULL: nothing */
};

static void found(void *user)
{
	struct run *r = ((void **)user)[0];
	struct chunk *c = ((void **)user)[1];

	for (size_t i = 0; i < c->n; i++) {
		if (c->read[i].result == ENGINE_OK && c->read[i].found)
			c->found[i] = g_bytes_new(c->read[i].value.p, c->read[i].value.n);
	}
	r->done = true;
}

static void forget(struct chunk *c)
{
	for (size_t i = 0; i < c->n; i++)
		g_clear_pointer(&c->found[i], g_bytes_unref);
}

/* What the other engine has of it. */
static bool look(struct run *r, struct chunk *c)
{
	struct engine *to = r->t->to;
	void *user[] = { r, c };

	for (;;) {
		enum engine_result result = ENGINE_OK;

		for (size_t i = 0; i < c->n; i++)
			c->read[i] = (struct engine_read){ .key = c->at[i].key };
		r->done = false;
		to->read(to, c->read, c->n, found, user);
		await(r);
		for (size_t i = 0; i < c->n; i++)
			result = c->read[i].result != ENGINE_OK ? c->read[i].result : result;
		if (result == ENGINE_OK)
			return true;
		forget(c);
		if (!again(r, to, result))
			return false;
	}
}

static bool differs(struct run *r, const struct record_key *key)
{
	char text[INDEX_TEXT_MAX] = "a record";
	struct index ix;

	if (record_key_parse(span_of(key->octets, key->n), &ix) == ERR_OK)
		index_text(&ix, text);
	return fail(r,
		    "%s has something else for %s: is a bank at work on one of the two? Nothing "
		    "was written over (--overwrite)",
		    r->t->to->name, text);
}

/* One try: *result tells how it went. false: it must not be. */
static bool write_chunk(struct run *r, struct chunk *c, enum engine_result *result)
{
	struct transfer *t = r->t;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool same = c->found[i] && g_bytes_equal(c->found[i], c->at[i].value);

		if (c->found[i] && !same && !t->overwrite)
			return differs(r, &c->at[i].key);
		/* what is there may not be where it must be, too */
		if (same && !t->to->shared)
			continue;
		c->write[n++] = (struct engine_transaction){
			.n = 1,
			.at = { { .key = c->at[i].key,
				  .expect_none = !c->found[i],
				  .expected = c->found[i] ? octets(c->found[i]) : SPAN_NONE,
				  .value = octets(c->at[i].value) } },
		};
	}
	*result = ENGINE_OK;
	if (n == 0)
		return true;
	r->done = false;
	t->to->commit(t->to, c->write, n, t->now, call_done, r);
	await(r);
	for (size_t i = 0; i < n; i++)
		*result = c->write[i].result != ENGINE_OK ? c->write[i].result : *result;
	return true;
}

static void tell(struct run *r, const struct chunk *c)
{
	for (size_t i = 0; i < c->n; i++) {
		bool same = c->found[i] && g_bytes_equal(c->found[i], c->at[i].value);

		r->t->there += same;
		r->t->copied += !same;
		r->t->replaced += c->found[i] && !same;
	}
}

static bool copy_chunk(struct run *r, struct chunk *c)
{
	enum engine_result result = ENGINE_OK;
	bool ok;

	do {
		ok = look(r, c) && write_chunk(r, c, &result);
		if (ok && result == ENGINE_OK)
			tell(r, c);
		forget(c);
	} while (ok && result != ENGINE_OK && again(r, r->t->to, result));
	if (ok && result == ENGINE_OK)
		r->busy_since = 0;
	return ok && result == ENGINE_OK;
}

static bool compare_chunk(struct run *r, struct chunk *c)
{
	bool ok = look(r, c);

	for (size_t i = 0; ok && i < c->n; i++) {
		ok = c->found[i] && g_bytes_equal(c->found[i], c->at[i].value);
		if (!ok)
			differs(r, &c->at[i].key);
		r->t->compared += ok;
	}
	forget(c);
	return ok;
}

/* ---- the whole ---- */

/* Without those that are over, which count. */
static void leave_out(struct run *r, bool first)
{
	guint kept = 0;

	for (guint i = 0; i < r->page->len; i++) {
		struct held *h = &g_array_index(r->page, struct held, i), swap = *h;

		if (record_is_over(octets(h->value), r->t->now)) {
			r->t->over += first;
			continue;
		}
		*h = g_array_index(r->page, struct held, kept);
		g_array_index(r->page, struct held, kept++) = swap;
	}
	g_array_set_size(r->page, kept);
}

static bool each_page(struct run *r, const char *doing, bool first,
		      bool (*work)(struct run *r, struct chunk *c))
{
	struct engine_scan s = {
		.max_records = page_of(r->t), .each = hold, .done = scanned, .user = r
	};
	g_autofree struct chunk *c = g_new0(struct chunk, 1);
	uint64_t done = 0;
	bool ok;

	do {
		ok = scan(r, r->t->from, &s);
		if (ok)
			leave_out(r, first);
		for (guint i = 0; ok && i < r->page->len; i += CHUNK) {
			c->at = &g_array_index(r->page, struct held, i);
			c->n = MIN(r->page->len - i, CHUNK);
			ok = work(r, c);
			done += c->n;
			ok = ok && progress(r, doing, done, r->t->records);
		}
		g_array_set_size(r->page, 0);
	} while (ok && !s.end);
	return ok;
}

static bool same_number(struct run *r)
{
	const struct transfer *t = r->t;

	if (!count_all(r, t->to, "counting what is there now"))
		return false;
	if (t->compared != t->records)
		return fail(r,
			    "%s has changed meanwhile: %" G_GUINT64_FORMAT
			    " records, and there were %" G_GUINT64_FORMAT
			    ". Stop the banks at work on it, and give the same command again",
			    t->from->name, t->compared, t->records);
	if (r->seen != t->records)
		return fail(r,
			    "%s has %" G_GUINT64_FORMAT " records, and %s %" G_GUINT64_FORMAT
			    ": it must be empty at first",
			    t->to->name, r->seen, t->from->name, t->records);
	return true;
}

bool transfer_run(struct transfer *t, GError **error)
{
	struct run r = { .t = t, .error = error };
	bool ok;

	t->records = t->over = t->copied = t->replaced = t->there = t->compared = 0;
	r.page = g_array_new(FALSE, FALSE, sizeof(struct held));
	g_array_set_clear_func(r.page, held_clear);
	ok = count_all(&r, t->from, "counting");
	t->records = r.seen;
	ok = ok && each_page(&r, "copying", true, copy_chunk) &&
	     each_page(&r, "comparing", false, compare_chunk) && same_number(&r);
	g_array_unref(r.page);
	return ok;
}
