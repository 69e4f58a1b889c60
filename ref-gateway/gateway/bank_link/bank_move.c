/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves (rule 13): not queued, but asked again after a reconnection as long as their time lasts. */
#include "bank_link/bank_move.h"

#include <glib.h>

#include "net/loop.h"

static void finish_move(struct bank_request *r, int result)
{
	bank_request_steal(r);
	if (r->done)
		r->done(result, r->user);
	bank_request_free(r);
}

static void timed_out(void *user)
{
	struct bank_request *r = user;

	r->b->counters.move_timeouts++;
	finish_move(r, STUB_SERVICE_TIMEOUT);
}

void bank_move_send(struct bank_request *r)
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

void bank_move_ask(struct bank_client *b, const struct index *old, struct span container,
		   uint32_t timeout_ms, stub_service_done_fn *done, void *user)
{
	struct bank_request *r;

	r = bank_request_new(b, BANK_MOVE, STUB_UPDATE);
	r->index = *old;
	r->done = done;
	r->user = user;
	r->container = g_memdup2(container.p, container.n);
	r->container_n = container.n;
	wheel_arm(b->config.wheel, &r->timer, loop_now() + timeout_ms, timed_out, r);
	bank_move_send(r);
}

void bank_move_reply(struct bank_request *r, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	stub_items_init(&it, m);
	if (m->header.type != STUB_UPDATE || !stub_items_next(&it, &item, &fault) ||
	    !item.has_status || item.status.code > STUB_FULL) {
		r->b->counters.bad_replies++;
		r->b->broken = true;
		finish_move(r, STUB_SERVICE_BAD_REPLY);
		return;
	}
	finish_move(r, item.status.code);
}
