/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queued requests on their way: bundled, settled one by one, tried again. */
#include "bank_link/bank_bundle.h"

#include "keys/secret.h"
#include "net/loop.h"

#define BUSY_RETRY_MS 200
#define ATTEMPTS_MAX 5
#define BUNDLE_ITEMS 512
/* So many messages under way, and no more than this waiting in the channel, so that gets do not wait behind them. */
#define WINDOW 32
#define CHANNEL_QUEUED_MAX (512 * 1024)
#define NO_ANSWER -100

static uint64_t utc_now(void)
{
	return (uint64_t)(g_get_real_time() / G_USEC_PER_SEC);
}

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
		b->broken = true;
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

static void settle_bundle(struct bank_request *r)
{
	struct bank_client *b = r->b;

	bank_request_steal(r);
	b->bundles--;
	for (unsigned i = 0; i < r->n_ops; i++)
		settle_op(b, r->ops[i], r->codes[i], r->n_ops > 1);
	bank_request_free(r);
}

static void timed_out(void *user)
{
	struct bank_request *r = user;

	if (r->b->channel)
		channel_abort(r->b->channel, "the bank leaves a request unanswered");
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

	return n == 0 || (!op->alone && n < BUNDLE_ITEMS && size + more <= BANK_CLIENT_STUB_MAX);
}

static void send_bundle(struct bank_client *b, uint8_t type)
{
	struct bank_request *r = bank_request_new(b, BANK_BUNDLE, type);
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
	secret_wipe(container, sizeof(container));
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
	wheel_arm(b->config.wheel, &r->timer, loop_now() + b->config.reply_timeout_ms, timed_out,
		  r);
}

static bool has_room(const struct bank_client *b)
{
	return b->up && b->bundles < WINDOW && channel_queued(b->channel) < CHANNEL_QUEUED_MAX;
}

bool bank_bundle_can_send(const struct bank_client *b)
{
	return has_room(b) && bank_order_ready(b->order);
}

void bank_bundle_send(struct bank_client *b)
{
	static const uint8_t types[] = { STUB_INIT, STUB_UPDATE, STUB_DELETE };

	for (unsigned i = 0; i < G_N_ELEMENTS(types); i++)
		while (has_room(b) && bank_order_peek(b->order, types[i]))
			send_bundle(b, types[i]);
}

void bank_bundle_reply(struct bank_request *r, const struct stub_message *m)
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

void bank_bundle_lost(struct bank_request *r)
{
	struct bank_client *b = r->b;

	bank_request_steal(r);
	for (unsigned i = r->n_ops; i-- > 0;)
		bank_order_put_back(b->order, r->ops[i]);
	b->bundles--;
	b->counters.retried += r->n_ops;
	bank_request_free(r);
}
