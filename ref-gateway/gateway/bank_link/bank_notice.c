/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Move notices, one status for each index; whatever else a bank pushes is refused. */
#include "bank_link/bank_notice.h"

#include <glib.h>

#include "bank_link/bank_client_state.h"

static void write_all(struct stub_writer *w, uint8_t code)
{
	const struct stub_status status = { .code = code, .item = STUB_ITEM_ALL };

	stub_writer_status(w, &status);
}

static uint8_t judge(struct bank_client *b, const struct stub_item *item)
{
	struct fault fault;
	struct index ix;

	if (!item->has_index || index_parse(item->index.body, false, 0, &ix, &fault))
		return STUB_MALFORMED;
	return b->config.moved(&ix, b->config.user);
}

/* Nothing in it: rule 52 has it for requests. */
static void obey(struct bank_client *b, const struct stub_message *m, struct stub_writer *w)
{
	struct stub_status status = { 0 };
	struct stub_items it;
	struct stub_item item;
	struct fault fault;

	stub_items_init(&it, m);
	for (; stub_items_next(&it, &item, &fault); status.item++) {
		status.code = judge(b, &item);
		stub_writer_status(w, &status);
	}
	if (status.item == 0)
		write_all(w, STUB_MALFORMED);
}

void bank_notice(struct bank_client *b, const struct stub_message *m)
{
	g_autofree uint8_t *reply = g_malloc(STUB_MESSAGE_MAX);
	struct stub_writer w;
	size_t n;

	stub_writer_init(&w, reply, STUB_MESSAGE_MAX, m->header.type, m->transaction);
	if (m->header.type == STUB_DELETE && b->config.moved) {
		b->counters.notices++;
		obey(b, m, &w);
	} else {
		b->counters.pushes++;
		write_all(&w, STUB_UNSUPPORTED);
	}
	if (stub_writer_finish(&w, &n) == ERR_OK)
		channel_send(b->channel, span_of(reply, n));
}
