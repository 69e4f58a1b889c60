/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gets, and a bank that leaves them unanswered: it counts as away until it says something again. */
#include "bank_link/bank_get.h"

#include "net/loop.h"
#include "tool/log.h"

/* So many gets without an answer, and none in between: the bank is as good as away, until it says something again. */
#define SILENT_GETS 3
#define PROBE_MS 1000

static void finish_get(struct bank_request *r, int result, struct span container)
{
	bank_request_steal(r);
	r->b->counters.hits += result == STUB_OK;
	r->got(result, result == STUB_OK ? container : SPAN_NONE, r->user);
	bank_request_free(r);
}

static void probed(int result, struct span container, void *user)
{
	(void)result;
	(void)container;
	(void)user; /* on_message() hears it, whatever it says */
}

/* A probe that has no answer arms the next; this is where that circle closes. */
static void send_probe(void *user);

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
	bank_client_tell(b);
}

static void timed_out(void *user)
{
	struct bank_request *r = user;

	r->b->counters.get_timeouts++;
	get_unanswered(r->b, &r->index);
	finish_get(r, STUB_SERVICE_TIMEOUT, SPAN_NONE);
}

bool bank_get_send(struct bank_client *b, const struct index *ix, stub_service_get_fn *done,
		   void *user)
{
	uint8_t message[64];
	struct stub_writer w;
	struct bank_request *r;
	size_t n;

	if (!b->up)
		return false;
	r = bank_request_new(b, BANK_GET, STUB_GET);
	r->index = *ix;
	r->got = done;
	r->user = user;
	stub_writer_init(&w, message, sizeof(message), STUB_GET, r->transaction);
	stub_writer_index(&w, ix);
	if (stub_writer_finish(&w, &n) == ERR_OK && channel_send(b->channel, span_of(message, n))) {
		wheel_arm(b->config.wheel, &r->timer, loop_now() + b->config.get_timeout_ms,
			  timed_out, r);
		return true;
	}
	bank_request_steal(r);
	bank_request_free(r);
	return false;
}

static void send_probe(void *user)
{
	struct bank_client *b = user;

	wheel_arm(b->config.wheel, &b->probe, loop_now() + PROBE_MS, send_probe, b);
	b->counters.probes += bank_get_send(b, &b->probed, probed, NULL);
}

void bank_get_reset(struct bank_client *b)
{
	b->unanswered = 0;
	b->silent = false;
	wheel_cancel(b->config.wheel, &b->probe);
}

void bank_get_heard(struct bank_client *b)
{
	bool was_silent = b->silent;

	bank_get_reset(b);
	if (!was_silent)
		return;
	log_notice("bank: it answers again");
	bank_client_tell(b);
}

void bank_get_reply(struct bank_request *r, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	struct stub_container container;

	stub_items_init(&it, m);
	if (m->header.type != STUB_DOWNLOAD || !stub_items_next(&it, &item, &fault) ||
	    !item.has_status || item.status.code > STUB_FULL) {
		r->b->counters.bad_replies++;
		r->b->broken = true;
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
		r->b->broken = true;
		finish_get(r, STUB_SERVICE_BAD_REPLY, SPAN_NONE);
		return;
	}
	finish_get(r, STUB_OK, item.stub.body);
}
