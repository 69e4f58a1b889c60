/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the bank: it comes again by itself, and hands each message to whoever waits for it. */
#include "bank_link/bank_connection.h"

#include <glib.h>

#include "bank_link/bank_bundle.h"
#include "bank_link/bank_get.h"
#include "bank_link/bank_move.h"
#include "bank_link/bank_notice.h"
#include "bank_link/bank_pump.h"
#include "net/loop.h"
#include "tool/log.h"

/* A connection that lived this long was a good one, unless it brought what cannot be read: the waits begin anew. */
#define PROVEN_MS 1000

static uint8_t reply_type(const struct bank_request *r)
{
	return r->kind == BANK_GET ? STUB_DOWNLOAD : r->kind == BANK_MOVE ? STUB_UPDATE : r->type;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct bank_client *b = user;
	struct stub_message m;
	struct fault fault = { 0 };
	struct bank_request *r;
	enum err err = stub_message_parse(message, &m, &fault);

	(void)c;
	if (err != ERR_OK && !b->broken)
		log_warning("bank: bad message: %s: %s", fault.field ? fault.field : "message",
			    err_text(err));
	b->broken |= err != ERR_OK;
	if (!m.has_transaction) {
		b->counters.late++;
		return;
	}
	if (m.transaction & STUB_TRANSACTION_PUSH) {
		if (err == ERR_OK)
			bank_notice(b, &m);
		return;
	}
	bank_get_heard(b);
	r = g_hash_table_lookup(b->requests, GUINT_TO_POINTER(m.transaction));
	/* Of another type than its reply has, it is no reply (rule 28). */
	if (!r || (err == ERR_OK && m.header.type != reply_type(r))) {
		b->counters.late++;
		return;
	}
	b->heard |= err == ERR_OK;
	if (err != ERR_OK) {
		m.rest =
		    SPAN_NONE; /* then it has no item, and every handler calls it a bad reply */
		m.first = PAYLOAD_NONE;
	}
	if (r->kind == BANK_GET)
		bank_get_reply(r, &m);
	else if (r->kind == BANK_MOVE)
		bank_move_reply(r, &m);
	else
		bank_bundle_reply(r, &m);
}

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct bank_client *b = user;
	GHashTableIter it;
	gpointer r;

	(void)c;
	b->up = true;
	b->up_since = loop_now();
	b->counters.connections++;
	log_notice("bank: connected%s%s", peer->subject[0] ? " to " : "", peer->subject);
	/* What is unanswered first, then what the callback brings. */
	g_hash_table_iter_init(&it, b->requests);
	while (g_hash_table_iter_next(&it, NULL, &r))
		if (((struct bank_request *)r)->kind == BANK_MOVE)
			bank_move_send(r);
	bank_pump_step(b);
	bank_bundle_send(b);
	bank_client_tell(b);
}

/*
 * Gets are over: their clients fall back. A move may have been done or not: it is asked again as long as its time lasts
 * (rule 30: the same move again is ok). Bundles go back into the queue.
 */
static void requests_after_loss(struct bank_client *b)
{
	GList *all = g_hash_table_get_values(b->requests);

	for (GList *l = all; l; l = l->next) {
		struct bank_request *r = l->data;

		if (r->kind == BANK_BUNDLE) {
			bank_bundle_lost(r);
		} else if (r->kind == BANK_GET) {
			/* from the loop, but not while we walk through the table */
			bank_pump_defer(b, r->got, NULL, r->user, STUB_SERVICE_UNREACHABLE);
			bank_request_steal(r);
			bank_request_free(r);
		}
	}
	g_list_free(all);
}

static void connect_now(void *user);

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct bank_client *b = user;
	bool was_up = b->up, was_reachable = was_up && !b->silent;
	uint64_t now = loop_now();
	uint64_t wait;

	(void)c;
	b->channel = NULL;
	b->up = false;
	bank_get_reset(b);
	if (was_up && !b->broken && (b->heard || now - b->up_since >= PROVEN_MS))
		b->backoff = b->config.backoff_min_ms;
	if (was_up || b->backoff == b->config.backoff_min_ms)
		log_warning("bank: no connection: %s", why);
	else
		log_debug("bank: no connection: %s", why);
	requests_after_loss(b);
	/* half of it fixed, half by chance: gateways that lost one bank do not all return at once */
	wait = b->backoff / 2 + (uint64_t)g_random_int_range(0, (gint32)(b->backoff / 2) + 1);
	b->backoff = MIN(b->backoff * 2, b->config.backoff_max_ms);
	wheel_arm(b->config.wheel, &b->reconnect, now + wait, connect_now, b);
	if (was_reachable)
		bank_client_tell(b);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
};

static void connect_now(void *user)
{
	struct bank_client *b = user;

	b->heard = b->broken = false;
	b->channel = channel_connect(&b->config.endpoint, NULL, b->config.tls, b->server_name,
				     &handler, b, b->config.context);
}

void bank_connection_start(struct bank_client *b)
{
	connect_now(b);
}

void bank_connection_stop(struct bank_client *b)
{
	if (b->channel)
		channel_drop(b->channel);
	wheel_cancel(b->config.wheel, &b->reconnect);
	wheel_cancel(b->config.wheel, &b->busy);
	wheel_cancel(b->config.wheel, &b->probe);
}
