/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub bank as a service: connection, requests, queue. */
#include "bank_link/bank_client.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bank_link/bank_order.h"
#include "net/loop.h"
#include "tool/log.h"
#include "net/channel_tls.h"

#define REPLY_TIMEOUT_MS 30000
#define MAX_QUEUED (256 * 1024 * 1024)
#define BUSY_RETRY_MS 200
#define SYNC_RETRY_MS 1000
#define ATTEMPTS_MAX 5
/* A bundle stays below STUB_MESSAGE_MAX with room for one stub more than fits. */
#define BUNDLE_OCTETS 60000
#define BUNDLE_ITEMS 512
/* Queued requests: so many messages under way, and no more than this waiting in the channel, so that gets do not wait behind them. */
#define WINDOW 32
#define CHANNEL_QUEUED_MAX (512 * 1024)
/* A connection that lived this long was a good one: the next try is immediate. */
#define PROVEN_MS 1000
/* So many gets without an answer, and none in between: the bank is as good as away, until it says something again. */
#define SILENT_GETS 3
#define PROBE_MS 1000
#define NO_ANSWER -100

enum kind { GET, MOVE, BUNDLE };

struct request {
	struct wheel_timer timer;
	struct bank_client *b;
	enum kind kind;
	uint8_t type;
	uint32_t transaction;
	/* get and move */
	struct index index;
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
	uint8_t *container; /* move: kept, because it is sent again after a reconnection */
	size_t container_n;
	/* bundle */
	unsigned n_ops;
	struct bank_op **ops;
	int *codes;
};

/* What was decided inside a call is told from the loop. */
struct deferred {
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
	int result;
};

struct pump {
	GSource source;
	struct bank_client *b;
};

struct bank_client {
	struct bank_client_config config;
	char *server_name;
	struct stub_service service;
	struct bank_client_counters counters;
	struct channel *channel;
	bool up, heard;      /* heard: it has answered something */
	bool silent;         /* connected, but it answers nothing */
	unsigned unanswered; /* gets that timed out since it answered last */
	struct index probed; /* the index of the last of them */
	struct wheel_timer probe;
	uint64_t up_since, backoff;
	struct wheel_timer reconnect, busy;
	struct bank_queue *queue;
	struct bank_order *order;
	GQueue busy_ops; /* answered `busy`: wait for the timer */
	size_t queued_octets;
	unsigned bundles;     /* under way */
	GHashTable *requests; /* transaction -> struct request */
	uint32_t next_transaction;
	GQueue deferred;
	struct pump *pump;
	bool warned_clear, warned_full, warned_disk;
	uint64_t sync_again; /* a disk that refused: not before then */
};

static uint64_t utc_now(void)
{
	return (uint64_t)(g_get_real_time() / G_USEC_PER_SEC);
}

static void defer(struct bank_client *b, stub_service_get_fn *got, stub_service_done_fn *done,
		  void *user, int result)
{
	struct deferred *d;

	if (!got && !done)
		return;
	d = g_new(struct deferred, 1);
	*d = (struct deferred){ got, done, user, result };
	g_queue_push_tail(&b->deferred, d);
}

/* ---- requests under way ---- */

static struct request *request_new(struct bank_client *b, enum kind kind, uint8_t type)
{
	struct request *r = g_new0(struct request, 1);

	r->b = b;
	r->kind = kind;
	r->type = type;
	do
		r->transaction = b->next_transaction++ & ~STUB_TRANSACTION_PUSH;
	while (g_hash_table_contains(b->requests, GUINT_TO_POINTER(r->transaction)));
	g_hash_table_insert(b->requests, GUINT_TO_POINTER(r->transaction), r);
	return r;
}

static void request_free(gpointer p)
{
	struct request *r = p;

	wheel_cancel(r->b->config.wheel, &r->timer);
	if (r->container_n)
		explicit_bzero(r->container, r->container_n);
	g_free(r->container);
	g_free(r->ops);
	g_free(r->codes);
	g_free(r);
}

/* Take it out of the table before its callback runs: that one may ask again. */
static void request_steal(struct request *r)
{
	g_hash_table_steal(r->b->requests, GUINT_TO_POINTER(r->transaction));
	wheel_cancel(r->b->config.wheel, &r->timer);
}

static void finish_get(struct request *r, int result, struct span container)
{
	request_steal(r);
	r->b->counters.hits += result == STUB_OK;
	r->got(result, result == STUB_OK ? container : SPAN_NONE, r->user);
	request_free(r);
}

static void finish_move(struct request *r, int result)
{
	request_steal(r);
	if (r->done)
		r->done(result, r->user);
	request_free(r);
}

/* Defined with the connection. */
static void tell_state(struct bank_client *b);

static void probed(int result, struct span container, void *user)
{
	(void)result;
	(void)container;
	(void)user; /* on_message() hears it, whatever it says */
}

static bool send_get(struct bank_client *b, const struct index *ix, stub_service_get_fn *done,
		     void *user);

static void send_probe(void *user)
{
	struct bank_client *b = user;

	wheel_arm(b->config.wheel, &b->probe, loop_now() + PROBE_MS, send_probe, b);
	b->counters.probes += send_get(b, &b->probed, probed, NULL);
}

static void get_unanswered(struct bank_client *b, const struct index *ix)
{
	b->probed = *ix;
	if (b->silent || ++b->unanswered < SILENT_GETS)
		return;
	log_warning(
	    "bank: %u gets in a row had no answer: it counts as unreachable until one comes",
	    b->unanswered);
	b->silent = true;
	wheel_arm(b->config.wheel, &b->probe, loop_now() + PROBE_MS, send_probe, b);
	tell_state(b);
}

static void no_longer_silent(struct bank_client *b)
{
	b->unanswered = 0;
	b->silent = false;
	wheel_cancel(b->config.wheel, &b->probe);
}

static void answered(struct bank_client *b)
{
	bool was_silent = b->silent;

	no_longer_silent(b);
	if (!was_silent)
		return;
	log_notice("bank: it answers again");
	tell_state(b);
}

static void request_timed_out(void *user)
{
	struct request *r = user;

	if (r->kind == GET) {
		r->b->counters.get_timeouts++;
		get_unanswered(r->b, &r->index);
		finish_get(r, STUB_SERVICE_TIMEOUT, SPAN_NONE);
	} else if (r->kind == MOVE) {
		r->b->counters.move_timeouts++;
		finish_move(r, STUB_SERVICE_TIMEOUT);
	} else if (r->b->channel) {
		channel_abort(r->b->channel, "the bank leaves a request unanswered");
	}
}

/* ---- queued requests ---- */

static void finish_op(struct bank_client *b, struct bank_op *op, int result)
{
	stub_service_done_fn *done = op->done;
	void *user = op->user;

	b->counters.answered++;
	b->queued_octets -= bank_op_octets(op);
	if (b->queue && op->number)
		bank_queue_done(b->queue, op->number);
	bank_order_finish(b->order, op);
	if (done)
		done(result, user);
}

static void busy_over(void *user)
{
	struct bank_client *b = user;
	struct bank_op *op;

	while ((op = g_queue_pop_tail(&b->busy_ops)) != NULL)
		bank_order_put_back(b->order, op);
}

static void try_later(struct bank_client *b, struct bank_op *op)
{
	b->counters.retried++;
	g_queue_push_tail(&b->busy_ops, op);
	if (!wheel_armed(&b->busy))
		wheel_arm(b->config.wheel, &b->busy, loop_now() + BUSY_RETRY_MS, busy_over, b);
}

static void settle_op(struct bank_client *b, struct bank_op *op, int code, bool bundled)
{
	switch (code) {
	case STUB_BUSY:
		try_later(b, op);
		break;
	case STUB_MALFORMED:
		/* One bad request must not take its neighbours with it: each is asked again by itself. */
		if (bundled && !op->alone) {
			op->alone = true;
			b->counters.retried++;
			bank_order_put_back(b->order, op);
			break;
		}
		finish_op(b, op, code);
		break;
	case NO_ANSWER:
		b->counters.bad_replies++;
		op->alone = true;
		if (++op->attempts < ATTEMPTS_MAX)
			try_later(b, op);
		else
			finish_op(b, op, STUB_SERVICE_BAD_REPLY);
		break;
	default:
		finish_op(b, op, code);
	}
}

static void settle_bundle(struct request *r)
{
	struct bank_client *b = r->b;

	request_steal(r);
	b->bundles--;
	for (unsigned i = 0; i < r->n_ops; i++)
		settle_op(b, r->ops[i], r->codes[i], r->n_ops > 1);
	request_free(r);
}

/* The container's octets with what is left of the lifetime; false: nothing is left. */
static bool current_container(const struct bank_op *op, uint8_t *buf, size_t cap, struct span *out)
{
	struct wcursor c = wcursor_init(buf, cap);
	uint64_t now = utc_now(), age = now > op->when ? now - op->when : 0;

	/* A stub that came with lifetime 0 goes as it is: the bank's to judge. */
	if (op->lifetime && age >= op->lifetime)
		return false;
	wcursor_bytes(&c, span_of(op->container, op->container_n));
	wcursor_patch(&c, op->lifetime_offset, 4, op->lifetime ? op->lifetime - age : 0);
	*out = span_of(buf, wcursor_size(&c));
	return c.err == ERR_OK;
}

/* Does it fit behind `size` octets? */
static bool fits(const struct bank_op *op, size_t size, unsigned n)
{
	size_t more = op->container_n + 2 * CHAIN_PAYLOAD_HEADER_SIZE + INDEX_BODY_MAX;

	return n == 0 || (!op->alone && n < BUNDLE_ITEMS && size + more <= BUNDLE_OCTETS);
}

static void send_bundle(struct bank_client *b, uint8_t type)
{
	struct request *r = request_new(b, BUNDLE, type);
	uint8_t message[STUB_MESSAGE_MAX], container[STUB_MESSAGE_MAX];
	struct stub_writer w;
	struct bank_op *op;
	size_t n;

	r->ops = g_new(struct bank_op *, BUNDLE_ITEMS);
	r->codes = g_new(int, BUNDLE_ITEMS);
	stub_writer_init(&w, message, sizeof(message), type, r->transaction);
	while ((op = bank_order_peek(b->order, type)) != NULL &&
	       fits(op, stub_writer_size(&w), r->n_ops)) {
		struct span s = SPAN_NONE;

		bank_order_take(b->order, op);
		if (op->container_n && !current_container(op, container, sizeof(container), &s)) {
			finish_op(b, op, STUB_EXPIRED);
			continue;
		}
		if (op->has_index)
			stub_writer_index(&w, &op->index);
		if (op->container_n)
			stub_writer_stub(&w, s);
		r->codes[r->n_ops] = NO_ANSWER;
		r->ops[r->n_ops++] = op;
		if (op->alone)
			break;
	}
	explicit_bzero(container, sizeof(container));
	b->bundles++;
	if (r->n_ops == 0 || stub_writer_finish(&w, &n) != ERR_OK ||
	    !channel_send(b->channel, span_of(message, n))) {
		/* Larger than a message: no bank takes it. A channel that closes: closed() puts things right. */
		if (b->channel && r->n_ops && w.c.err == ERR_OK)
			return;
		for (unsigned i = 0; i < r->n_ops; i++)
			r->codes[i] = STUB_MALFORMED;
		settle_bundle(r);
		return;
	}
	wheel_arm(b->config.wheel, &r->timer, loop_now() + b->config.reply_timeout_ms,
		  request_timed_out, r);
}

static void send_queued(struct bank_client *b)
{
	static const uint8_t types[] = { STUB_INIT, STUB_UPDATE, STUB_DELETE };

	for (unsigned i = 0; i < G_N_ELEMENTS(types); i++)
		while (b->up && b->bundles < WINDOW &&
		       channel_queued(b->channel) < CHANNEL_QUEUED_MAX &&
		       bank_order_peek(b->order, types[i]))
			send_bundle(b, types[i]);
}

/* ---- the pump: at the start of a loop turn, what the last one has left to do ---- */

static bool can_send(const struct bank_client *b)
{
	return b->up && b->bundles < WINDOW && bank_order_ready(b->order) &&
	       channel_queued(b->channel) < CHANNEL_QUEUED_MAX;
}

static gboolean pump_prepare(GSource *source, gint *timeout)
{
	struct bank_client *b = ((struct pump *)source)->b;
	uint64_t now;

	*timeout = -1;
	if (b->deferred.length || can_send(b))
		return TRUE;
	if (!b->queue || !bank_queue_dirty(b->queue))
		return FALSE;
	now = b->sync_again ? loop_now() : 0;
	if (now >= b->sync_again)
		return TRUE;
	*timeout = (gint)(b->sync_again - now);
	return FALSE;
}

static gboolean pump_check(GSource *source)
{
	gint timeout;

	return pump_prepare(source, &timeout);
}

static gboolean pump_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct bank_client *b = ((struct pump *)source)->b;
	struct deferred *d;

	(void)callback;
	(void)user;
	bank_client_sync(b);
	for (guint n = b->deferred.length; n && (d = g_queue_pop_head(&b->deferred)) != NULL; n--) {
		if (d->got)
			d->got(d->result, SPAN_NONE, d->user);
		else
			d->done(d->result, d->user);
		g_free(d);
	}
	send_queued(b);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs pump_funcs = {
	.prepare = pump_prepare,
	.check = pump_check,
	.dispatch = pump_dispatch,
};

bool bank_client_sync(struct bank_client *b)
{
	if (!b->queue)
		return true;
	if (bank_queue_sync(b->queue)) {
		b->sync_again = 0;
		b->warned_disk = false;
		return true;
	}
	if (bank_queue_failed(b->queue)) {
		/* To go on would be to call durable what is not. A new process writes anew what it finds. */
		log_error("bank queue: what was to be stored is not, and cannot be stored anew: "
			  "giving up");
		_exit(EXIT_FAILURE);
	}
	if (!b->warned_disk)
		log_error("bank queue: the disk refuses to store requests: %s", g_strerror(errno));
	b->warned_disk = true;
	b->sync_again = loop_now() + SYNC_RETRY_MS;
	return false;
}

/* ---- replies ---- */

static void handle_download(struct request *r, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	struct stub_container container;

	stub_items_init(&it, m);
	if (m->header.type != STUB_DOWNLOAD || !stub_items_next(&it, &item, &fault) ||
	    !item.has_status || item.status.code > STUB_FULL) {
		r->b->counters.bad_replies++;
		finish_get(r, STUB_SERVICE_BAD_REPLY, SPAN_NONE);
		return;
	}
	if (item.status.code != STUB_OK) {
		finish_get(r, item.status.code, SPAN_NONE);
		return;
	}
	if (!item.has_stub || stub_container_parse(&item.stub, &container, &fault) != ERR_OK ||
	    !index_equal(&container.index, &r->index)) {
		r->b->counters.bad_replies++;
		finish_get(r, STUB_SERVICE_BAD_REPLY, SPAN_NONE);
		return;
	}
	finish_get(r, STUB_OK, item.stub.body);
}

static void handle_move_reply(struct request *r, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	stub_items_init(&it, m);
	if (m->header.type != STUB_UPDATE || !stub_items_next(&it, &item, &fault) ||
	    !item.has_status || item.status.code > STUB_FULL) {
		r->b->counters.bad_replies++;
		finish_move(r, STUB_SERVICE_BAD_REPLY);
		return;
	}
	finish_move(r, item.status.code);
}

static void handle_bundle_reply(struct request *r, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	bool more = false;

	stub_items_init(&it, m);
	while (m->header.type == r->type && stub_items_next(&it, &item, &fault)) {
		const struct stub_status *s = &item.status;

		if (!item.has_status)
			continue;
		more = s->flags & STUB_STATUS_MORE;
		for (unsigned i = 0; i < r->n_ops; i++)
			if (s->item == i || (s->item == STUB_ITEM_ALL && r->codes[i] == NO_ANSWER))
				r->codes[i] = s->code <= STUB_FULL ? s->code : NO_ANSWER;
	}
	if (!more || fault.err != ERR_OK)
		settle_bundle(r);
}

/* Nothing is taken unasked yet; the server learns it (rule 28). */
static void refuse_push(struct bank_client *b, const struct stub_message *m)
{
	const struct stub_status status = { .code = STUB_UNSUPPORTED, .item = STUB_ITEM_ALL };
	uint8_t buf[64];
	struct stub_writer w;
	size_t n;

	b->counters.pushes++;
	stub_writer_init(&w, buf, sizeof(buf), m->header.type, m->transaction);
	stub_writer_status(&w, &status);
	if (stub_writer_finish(&w, &n) == ERR_OK)
		channel_send(b->channel, span_of(buf, n));
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct bank_client *b = user;
	struct stub_message m;
	struct fault fault = { 0 };
	struct request *r;
	enum err err = stub_message_parse(message, &m, &fault);

	(void)c;
	b->heard = true;
	if (err != ERR_OK)
		log_warning("bank: bad message: %s: %s", fault.field ? fault.field : "message",
			    err_text(err));
	if (!m.has_transaction) {
		b->counters.late++;
		return;
	}
	if (m.transaction & STUB_TRANSACTION_PUSH) {
		if (err == ERR_OK)
			refuse_push(b, &m);
		return;
	}
	answered(b);
	r = g_hash_table_lookup(b->requests, GUINT_TO_POINTER(m.transaction));
	if (!r) {
		b->counters.late++;
		return;
	}
	if (err != ERR_OK) {
		m.rest =
		    SPAN_NONE; /* then it has no item, and every handler calls it a bad reply */
		m.first = PAYLOAD_NONE;
	}
	if (r->kind == GET)
		handle_download(r, &m);
	else if (r->kind == MOVE)
		handle_move_reply(r, &m);
	else
		handle_bundle_reply(r, &m);
}

/* ---- the connection ---- */

static void tell_state(struct bank_client *b)
{
	if (b->config.state)
		b->config.state(b->up && !b->silent, b->config.user);
}

static void send_move(struct request *r)
{
	uint8_t message[STUB_MESSAGE_MAX];
	struct stub_writer w;
	size_t n;

	stub_writer_init(&w, message, sizeof(message), STUB_UPDATE, r->transaction);
	stub_writer_index(&w, &r->index);
	stub_writer_stub(&w, span_of(r->container, r->container_n));
	if (stub_writer_finish(&w, &n) == ERR_OK)
		channel_send(r->b->channel, span_of(message, n));
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
		if (((struct request *)r)->kind == MOVE)
			send_move(r);
	bank_client_sync(b);
	send_queued(b);
	tell_state(b);
}

static void connect_now(void *user);

/*
 * Gets are over: their clients fall back. A move may have been done or not: it is asked again as long as its time lasts
 * (rule 30: the same move again is ok). Bundles go back into the queue.
 */
static void requests_after_loss(struct bank_client *b)
{
	GList *all = g_hash_table_get_values(b->requests);

	for (GList *l = all; l; l = l->next) {
		struct request *r = l->data;

		if (r->kind == BUNDLE) {
			request_steal(r);
			for (unsigned i = r->n_ops; i-- > 0;)
				bank_order_put_back(b->order, r->ops[i]);
			b->bundles--;
			b->counters.retried += r->n_ops;
			request_free(r);
		} else if (r->kind == GET) {
			/* from the loop, but not while we walk through the table */
			defer(b, r->got, NULL, r->user, STUB_SERVICE_UNREACHABLE);
			request_steal(r);
			request_free(r);
		}
	}
	g_list_free(all);
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct bank_client *b = user;
	bool was_up = b->up, was_reachable = was_up && !b->silent;
	uint64_t now = loop_now();
	uint64_t wait = 0;

	(void)c;
	b->channel = NULL;
	b->up = false;
	no_longer_silent(b);
	if (was_up && (b->heard || now - b->up_since >= PROVEN_MS)) {
		b->backoff = BANK_CLIENT_BACKOFF_MIN_MS;
	} else {
		/* half of it fixed, half by chance: gateways that lost one bank do not all return at once */
		wait =
		    b->backoff / 2 + (uint64_t)g_random_int_range(0, (gint32)(b->backoff / 2) + 1);
		b->backoff = MIN(b->backoff * 2, BANK_CLIENT_BACKOFF_MAX_MS);
	}
	if (was_up || b->backoff == 2 * BANK_CLIENT_BACKOFF_MIN_MS)
		log_warning("bank: no connection: %s", why);
	else
		log_debug("bank: no connection: %s", why);
	requests_after_loss(b);
	wheel_arm(b->config.wheel, &b->reconnect, now + wait, connect_now, b);
	if (was_reachable)
		tell_state(b);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
};

static void connect_now(void *user)
{
	struct bank_client *b = user;

	b->heard = false;
	b->channel = channel_connect(&b->config.endpoint, NULL, b->config.tls, b->server_name,
				     &handler, b, b->config.context);
}

/* ---- what the gateway asks ---- */

static bool send_get(struct bank_client *b, const struct index *ix, stub_service_get_fn *done,
		     void *user)
{
	uint8_t message[64];
	struct stub_writer w;
	struct request *r;
	size_t n;

	if (!b->up)
		return false;
	r = request_new(b, GET, STUB_GET);
	r->index = *ix;
	r->got = done;
	r->user = user;
	stub_writer_init(&w, message, sizeof(message), STUB_GET, r->transaction);
	stub_writer_index(&w, ix);
	if (stub_writer_finish(&w, &n) == ERR_OK && channel_send(b->channel, span_of(message, n))) {
		wheel_arm(b->config.wheel, &r->timer, loop_now() + b->config.get_timeout_ms,
			  request_timed_out, r);
		return true;
	}
	request_steal(r);
	request_free(r);
	return false;
}

static void client_get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	struct bank_client *b = self;

	b->counters.gets++;
	if (!send_get(b, ix, done, user))
		defer(b, done, NULL, user, STUB_SERVICE_UNREACHABLE);
}

static void client_move(void *self, const struct index *old, struct span container,
			uint32_t timeout_ms, stub_service_done_fn *done, void *user)
{
	struct bank_client *b = self;
	struct request *r;

	b->counters.moves++;
	if (!b->up || container.n > BUNDLE_OCTETS) {
		defer(b, NULL, done, user, b->up ? STUB_MALFORMED : STUB_SERVICE_UNREACHABLE);
		return;
	}
	r = request_new(b, MOVE, STUB_UPDATE);
	r->index = *old;
	r->done = done;
	r->user = user;
	r->container = g_memdup2(container.p, container.n);
	r->container_n = container.n;
	wheel_arm(b->config.wheel, &r->timer, loop_now() + timeout_ms, request_timed_out, r);
	send_move(r);
}

static void enqueue(struct bank_client *b, struct bank_queue_record *r, stub_service_done_fn *done,
		    void *user)
{
	struct bank_op *op;
	bool clear, full;

	r->when = utc_now();
	op = bank_op_new(r, &clear);
	if (!op || op->container_n > BUNDLE_OCTETS) {
		if (op)
			bank_op_free(op);
		defer(b, NULL, done, user, STUB_MALFORMED);
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
		defer(b, NULL, done, user, STUB_FULL);
		return;
	}
	b->warned_full = false;
	op->done = done;
	op->user = user;
	b->counters.queued++;
	b->queued_octets += bank_op_octets(op);
	bank_order_add(b->order, op);
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

static const struct stub_service_ops ops = {
	.get = client_get,
	.move = client_move,
	.init = client_init,
	.update = client_update,
	.delete = client_delete,
	.reachable = client_reachable,
};

/* ---- birth and death ---- */

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
	b->backoff = BANK_CLIENT_BACKOFF_MIN_MS;
	b->order = bank_order_new();
	b->requests = g_hash_table_new_full(NULL, NULL, NULL, request_free);
	/* Not from 1: what a former process of ours asked is then nobody's answer. */
	b->next_transaction = g_random_int();
	if (config->queue_directory) {
		b->queue = bank_queue_open(config->queue_directory, recovered, b, error);
		if (!b->queue) {
			bank_client_free(b);
			return NULL;
		}
		b->counters.damaged += bank_queue_damaged(b->queue);
		if (b->counters.recovered)
			log_notice("bank queue: %" G_GUINT64_FORMAT
				   " requests from before go first",
				   (guint64)b->counters.recovered);
	}
	b->pump = (struct pump *)g_source_new(&pump_funcs, sizeof(*b->pump));
	b->pump->b = b;
	g_source_set_static_name(&b->pump->source, "bank client");
	g_source_attach(&b->pump->source, config->context);
	connect_now(b);
	return b;
}

void bank_client_free(struct bank_client *b)
{
	if (!b)
		return;
	if (b->channel)
		channel_drop(b->channel);
	wheel_cancel(b->config.wheel, &b->reconnect);
	wheel_cancel(b->config.wheel, &b->busy);
	wheel_cancel(b->config.wheel, &b->probe);
	g_hash_table_unref(b->requests);
	g_queue_clear(&b->busy_ops);
	g_queue_clear_full(&b->deferred, g_free);
	bank_order_free(b->order);
	bank_queue_close(b->queue);
	if (b->pump) {
		g_source_destroy(&b->pump->source);
		g_source_unref(&b->pump->source);
	}
	channel_tls_unref(b->config.tls);
	g_free(b->server_name);
	g_free(b);
}

const struct stub_service *bank_client_service(struct bank_client *b)
{
	return &b->service;
}

size_t bank_client_pending(const struct bank_client *b)
{
	return bank_order_count(b->order);
}

const struct bank_client_counters *bank_client_counters(const struct bank_client *b)
{
	return &b->counters;
}
