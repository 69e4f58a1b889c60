/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends operations to the bank, and notes what was acknowledged. */
#include "client.h"

#include <stdio.h>

#define PATIENCE_US (20 * G_USEC_PER_SEC)
/* Gets in one message. */
#define GET_BUNDLE 100

struct client {
	struct channel *channel;
	bool up, gone, bad, draining;
	bool may_refuse, unsure;
	unsigned refused, under_way;
	/* loading */
	struct ledger *ledger;
	unsigned left;
	uint32_t round; /* in the upper bits of a transaction, the slot in the lower 10 */
	/* a prefetch */
	bool prefetching, prefetched;
	int stubs;
	/* getting */
	struct ledger_answer *answers;
	guint n_answers, answered;
};

static void on_up(struct channel *channel, const struct channel_identity *peer, void *user)
{
	(void)channel;
	(void)peer;
	((struct client *)user)->up = true;
}

static void on_closed(struct channel *channel, const char *why, void *user)
{
	struct client *c = user;

	(void)channel;
	if (!c->up)
		printf("  connection: %s\n", why);
	c->gone = true;
	c->channel = NULL;
}

static void send_next(struct client *c, unsigned slot)
{
	GBytes *request = ledger_next(c->ledger, slot, (c->round++ << 10 & 0x7fffffff) | slot);
	gsize n;
	const void *p = g_bytes_get_data(request, &n);

	c->under_way++;
	if (!c->channel || !channel_send(c->channel, span_of(p, n)))
		c->bad = true;
	g_bytes_unref(request);
}

static void on_acknowledged(struct client *c, const struct stub_message *m)
{
	struct stub_items items;
	struct stub_item item;
	struct fault fault;
	unsigned slot = m->transaction & 1023;

	stub_items_init(&items, m);
	c->under_way--;
	if (c->unsure && stub_items_next(&items, &item, &fault) && item.has_status &&
	    item.status.code == STUB_BUSY) {
		c->refused++;
		return;
	}
	stub_items_init(&items, m);
	if (c->may_refuse && stub_items_next(&items, &item, &fault) && item.has_status &&
	    item.status.code == STUB_BUSY) {
		ledger_refuse(c->ledger, slot);
		c->refused++;
		if (!c->draining)
			send_next(c, slot);
		return;
	}
	stub_items_init(&items, m);
	if (!stub_items_next(&items, &item, &fault) || !item.has_status ||
	    !ledger_acknowledge(c->ledger, slot, item.status.code)) {
		printf("  slot %u: unexpected answer %s: %.*s\n", slot,
		       item.has_status ? iana_stub_status_name(item.status.code) : "without status",
		       item.has_status ? (int)item.status.text.n : 0,
		       item.has_status ? (const char *)item.status.text.p : "");
		c->bad = true;
		return;
	}
	if (c->left)
		c->left--;
	if (!c->draining)
		send_next(c, slot);
}

static void on_download(struct client *c, const struct stub_message *m)
{
	struct stub_items items;
	struct stub_item item;
	struct fault fault;

	stub_items_init(&items, m);
	while (stub_items_next(&items, &item, &fault)) {
		guint at = m->transaction * GET_BUNDLE + item.status.item;

		if (!item.has_status || at >= c->n_answers || c->answers[at].status >= 0) {
			printf("  an answer to nothing asked\n");
			c->bad = true;
			return;
		}
		c->answers[at].status = item.status.code;
		if (item.has_stub)
			c->answers[at].container = g_bytes_new(item.stub.body.p, item.stub.body.n);
		c->answered++;
	}
}

static void on_page(struct client *c, const struct stub_message *m)
{
	struct stub_items items;
	struct stub_item item;
	struct fault fault;

	stub_items_init(&items, m);
	while (stub_items_next(&items, &item, &fault)) {
		if (item.has_status && item.status.code != STUB_OK)
			c->bad = true;
		if (item.has_status && !(item.status.flags & STUB_STATUS_MORE))
			c->prefetched = true;
		c->stubs += item.has_stub;
	}
}

static void on_message(struct channel *channel, struct span message, void *user)
{
	struct client *c = user;
	struct stub_message m;
	struct fault fault;

	(void)channel;
	if (stub_message_parse(message, &m, &fault) != ERR_OK) {
		printf("  malformed reply: %s\n", fault.field);
		c->bad = true;
	} else if (c->prefetching) {
		on_page(c, &m);
	} else if (c->answers) {
		on_download(c, &m);
	} else if (c->ledger) {
		on_acknowledged(c, &m);
	}
}

static gboolean wake(gpointer user)
{
	(void)user;
	return G_SOURCE_CONTINUE;
}

/* Run the loop until *done is what `until` says, the connection breaks, or patience ends. */
static bool run(struct client *c, bool (*done)(const struct client *c))
{
	gint64 end = g_get_monotonic_time() + PATIENCE_US;
	guint timer = g_timeout_add(200, wake, NULL);

	while (!done(c) && !c->gone && !c->bad && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	return done(c) && !c->bad;
}

static bool is_up(const struct client *c)
{
	return c->up;
}

static bool is_gone(const struct client *c)
{
	return c->gone;
}

static bool is_loaded(const struct client *c)
{
	return c->left == 0;
}

static bool is_answered(const struct client *c)
{
	return c->answered == c->n_answers;
}

struct client *client_new(const struct endpoint *bank, struct channel_tls *tls)
{
	static const struct channel_handler handler = { .up = on_up,
							.message = on_message,
							.closed = on_closed };
	struct client *c = g_new0(struct client, 1);

	c->channel = channel_connect(bank, NULL, tls, NULL, &handler, c, NULL);
	if (run(c, is_up))
		return c;
	client_free(c);
	return NULL;
}

void client_free(struct client *c)
{
	if (c->channel)
		channel_abort(c->channel, "done");
	run(c, is_gone);
	g_free(c);
}

bool client_load(struct client *c, struct ledger *l, unsigned acknowledgements, gint64 further_us)
{
	gint64 end;
	bool ok;

	c->ledger = l;
	c->left = acknowledgements;
	c->draining = c->may_refuse = c->unsure = false;
	for (unsigned i = 0; i < LEDGER_SLOTS; i++)
		send_next(c, i);
	ok = run(c, is_loaded);
	end = g_get_monotonic_time() + further_us;
	while (ok && !c->gone && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, FALSE);
	if (!ok && !c->bad)
		printf("  load: the connection broke, or the bank hangs\n");
	return ok;
}

static bool is_quiet(const struct client *c)
{
	return c->under_way == 0;
}

bool client_try(struct client *c, struct ledger *l, unsigned acknowledgements, unsigned refusals,
		unsigned *refused)
{
	gint64 end = g_get_monotonic_time() + 3 * PATIENCE_US;
	bool ok;

	c->ledger = l;
	c->left = acknowledgements;
	c->may_refuse = true;
	c->draining = false;
	c->refused = 0;
	for (unsigned i = 0; i < LEDGER_SLOTS; i++)
		send_next(c, i);
	while (c->left && (!refusals || c->refused < refusals) && !c->gone && !c->bad &&
	       g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	*refused = c->refused;
	ok = (c->left == 0 || (refusals && c->refused >= refusals)) && !c->bad;
	c->draining = true;
	ok = run(c, is_quiet) && ok;
	c->ledger = NULL;
	if (!ok)
		printf("  load: the connection broke, or the bank hangs or refuses for ever\n");
	return ok;
}

bool client_settle(struct client *c)
{
	bool ok;

	c->draining = true;
	ok = run(c, is_quiet);
	c->draining = false;
	return ok;
}

void client_unsure(struct client *c)
{
	c->unsure = true;
}

static bool is_prefetched(const struct client *c)
{
	return c->prefetched;
}

int client_prefetch(struct client *c, const char *gateway)
{
	struct index all = made_index(gateway, 0);
	GBytes *request = made_get(1, &all);
	gsize n;
	const void *p = g_bytes_get_data(request, &n);
	bool ok;

	c->prefetching = true;
	c->prefetched = false;
	c->stubs = 0;
	ok = c->channel && channel_send(c->channel, span_of(p, n)) && run(c, is_prefetched);
	c->prefetching = false;
	g_bytes_unref(request);
	return ok ? c->stubs : -1;
}

bool client_drain(struct client *c)
{
	c->draining = true;
	return run(c, is_gone);
}

struct ledger_answer *client_get_all(struct client *c, const GArray *ask)
{
	struct ledger_answer *answers;
	uint32_t transaction = 0;

	c->n_answers = ask->len;
	c->answered = 0;
	c->answers = g_new0(struct ledger_answer, ask->len);
	for (guint i = 0; i < ask->len; i++)
		c->answers[i].status = -1;
	for (guint i = 0; i < ask->len; transaction++) {
		struct made *m = made_new(STUB_GET, transaction);
		GBytes *request;
		gsize n;
		const void *p;

		for (unsigned k = 0; k < GET_BUNDLE && i < ask->len; k++, i++)
			made_index_add(m, &g_array_index(ask, struct index, i));
		request = made_finish(m);
		p = g_bytes_get_data(request, &n);
		if (!c->channel || !channel_send(c->channel, span_of(p, n)))
			c->bad = true;
		g_bytes_unref(request);
		/* not too far ahead of the answers, which are larger */
		while (transaction * GET_BUNDLE > c->answered + 20 * GET_BUNDLE && !c->gone &&
		       !c->bad)
			g_main_context_iteration(NULL, TRUE);
	}
	answers = c->answers;
	if (!run(c, is_answered)) {
		client_answers_free(answers, c->n_answers);
		answers = NULL;
	}
	c->answers = NULL;
	return answers;
}

void client_answers_free(struct ledger_answer *answers, guint n)
{
	for (guint i = 0; i < n; i++) {
		if (answers[i].container)
			g_bytes_unref(answers[i].container);
	}
	g_free(answers);
}
