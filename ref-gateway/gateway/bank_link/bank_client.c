/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub bank as a service: what the gateway asks, and what of it is queued. */
#include "bank_link/bank_client.h"

#include <errno.h>

#include "bank_link/bank_connection.h"
#include "bank_link/bank_get.h"
#include "bank_link/bank_move.h"
#include "bank_link/bank_pump.h"
#include "tool/log.h"
#include "net/channel_tls.h"

#define REPLY_TIMEOUT_MS 30000
#define MAX_QUEUED (256 * 1024 * 1024)

static void client_get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	struct bank_client *b = self;

	b->counters.gets++;
	if (!bank_get_send(b, ix, done, user))
		bank_pump_defer(b, done, NULL, user, STUB_SERVICE_UNREACHABLE);
}

static void client_move(void *self, const struct index *old, struct span container,
			uint32_t timeout_ms, stub_service_done_fn *done, void *user)
{
	struct bank_client *b = self;

	b->counters.moves++;
	if (!b->up || container.n > BANK_CLIENT_STUB_MAX) {
		bank_pump_defer(b, NULL, done, user,
				b->up ? STUB_MALFORMED : STUB_SERVICE_UNREACHABLE);
		return;
	}
	bank_move_ask(b, old, container, timeout_ms, done, user);
}

static void enqueue(struct bank_client *b, struct bank_queue_record *r, stub_service_done_fn *done,
		    void *user)
{
	struct bank_op *op;
	bool clear, full;

	r->when = (uint64_t)(g_get_real_time() / G_USEC_PER_SEC);
	op = bank_op_new(r, &clear);
	if (!op || op->container_n > BANK_CLIENT_STUB_MAX) {
		if (op)
			bank_op_free(op);
		bank_pump_defer(b, NULL, done, user, STUB_MALFORMED);
		return;
	}
	if (clear && b->queue && !b->warned_clear) {
		log_warning("bank queue: unsealed stubs are kept in memory only and do not survive "
			    "a restart");
		b->warned_clear = true;
	}
	/* Before anything is written: a full queue must not go on growing on the disk. */
	full = b->queued_octets + bank_op_octets(op) > b->config.max_queued;
	if (!full && b->queue && !clear)
		op->number = bank_queue_append(b->queue, r);
	if (full || (b->queue && !clear && !op->number)) {
		if (!b->warned_full)
			log_error("bank queue: cannot take a request: %s",
				  full ? "full" : g_strerror(errno));
		b->warned_full = true;
		bank_op_free(op);
		bank_pump_defer(b, NULL, done, user, STUB_FULL);
		return;
	}
	b->warned_full = false;
	op->done = done;
	op->user = user;
	b->counters.queued++;
	b->queued_octets += bank_op_octets(op);
	g_queue_push_tail(&b->unsynced, op);
}

static void client_init(void *self, struct span container, stub_service_done_fn *done, void *user)
{
	struct bank_queue_record r = { .type = STUB_INIT, .container = container };

	enqueue(self, &r, done, user);
}

static void client_update(void *self, const struct index *old, struct span container,
			  stub_service_done_fn *done, void *user)
{
	struct bank_queue_record r = {
		.type = STUB_UPDATE, .has_index = true, .index = *old, .container = container
	};

	enqueue(self, &r, done, user);
}

static void client_delete(void *self, const struct index *ix, stub_service_done_fn *done,
			  void *user)
{
	struct bank_queue_record r = { .type = STUB_DELETE, .has_index = true, .index = *ix };

	enqueue(self, &r, done, user);
}

static bool client_reachable(void *self)
{
	const struct bank_client *b = self;

	return b->up && !b->silent;
}

static bool client_durable(void *self)
{
	const struct bank_client *b = self;

	return !b->queue || !bank_queue_failed(b->queue);
}

static const struct stub_service_ops ops = {
	.get = client_get,
	.move = client_move,
	.init = client_init,
	.update = client_update,
	.delete = client_delete,
	.reachable = client_reachable,
	.durable = client_durable,
};

static void recovered(const struct bank_queue_record *r, void *user)
{
	struct bank_client *b = user;
	bool clear;
	struct bank_op *op = bank_op_new(r, &clear);

	if (!op) {
		log_error("bank queue: request %" G_GUINT64_FORMAT " cannot be read any more",
			  (guint64)r->number);
		b->counters.damaged++;
		return;
	}
	b->counters.recovered++;
	b->queued_octets += bank_op_octets(op);
	bank_order_add(b->order, op);
}

static void set_defaults(struct bank_client_config *c)
{
	if (!c->get_timeout_ms)
		c->get_timeout_ms = BANK_CLIENT_GET_TIMEOUT_MS;
	if (!c->backoff_min_ms)
		c->backoff_min_ms = BANK_CLIENT_BACKOFF_MIN_MS;
	if (!c->backoff_max_ms)
		c->backoff_max_ms = MAX(BANK_CLIENT_BACKOFF_MAX_MS, c->backoff_min_ms);
	if (!c->reply_timeout_ms)
		c->reply_timeout_ms = REPLY_TIMEOUT_MS;
	if (!c->max_queued)
		c->max_queued = MAX_QUEUED;
}

struct bank_client *bank_client_new(const struct bank_client_config *config, GError **error)
{
	struct bank_client *b = g_new0(struct bank_client, 1);

	b->config = *config;
	set_defaults(&b->config);
	b->server_name = g_strdup(config->server_name);
	channel_tls_ref(b->config.tls);
	b->service = (struct stub_service){ &ops, b };
	b->backoff = b->config.backoff_min_ms;
	b->order = bank_order_new();
	b->requests = g_hash_table_new_full(NULL, NULL, NULL, bank_request_free);
	/* Not from 1: what a former process of ours asked is then nobody's answer. */
	b->next_transaction = g_random_int();
	if (config->queue_directory) {
		b->queue = bank_queue_open(config->queue_directory, recovered, b, error);
		if (!b->queue) {
			bank_client_free(b);
			return NULL;
		}
		bank_queue_wake(b->queue,
				config->context ? config->context : g_main_context_default());
		b->counters.damaged += bank_queue_damaged(b->queue);
		if (b->counters.recovered)
			log_notice("bank queue: %" G_GUINT64_FORMAT
				   " requests from before go first",
				   (guint64)b->counters.recovered);
	}
	bank_pump_start(b);
	bank_connection_start(b);
	return b;
}

void bank_client_free(struct bank_client *b)
{
	if (!b)
		return;
	bank_connection_stop(b);
	g_hash_table_unref(b->requests);
	g_queue_clear(&b->busy_ops);
	while (b->unsynced.length)
		bank_op_free(g_queue_pop_head(&b->unsynced));
	bank_order_free(b->order);
	bank_queue_close(b->queue);
	bank_pump_stop(b);
	channel_tls_unref(b->config.tls);
	g_free(b->server_name);
	g_free(b);
}

void bank_client_set_tls(struct bank_client *b, struct channel_tls *tls)
{
	channel_tls_ref(tls);
	channel_tls_unref(b->config.tls);
	b->config.tls = tls;
}

bool bank_client_sync(struct bank_client *b)
{
	return bank_pump_sync(b);
}

const struct stub_service *bank_client_service(struct bank_client *b)
{
	return &b->service;
}

size_t bank_client_pending(const struct bank_client *b)
{
	return bank_order_count(b->order) + b->unsynced.length;
}

const struct bank_client_counters *bank_client_counters(const struct bank_client *b)
{
	return &b->counters;
}
