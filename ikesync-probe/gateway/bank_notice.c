/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Move notices: awaited, read, acknowledged. */
#include "gateway/bank_notice.h"

#include "capture/bytes.h"
#include "run/evidence.h"
#include "wire/stub_message.h"

struct wait {
	struct bank_connection *b;
	GBytes *message;
};

static bool arrived(void *user)
{
	struct wait *w = user;

	w->message = bank_connection_take_unasked(w->b);
	return w->message || bank_connection_is_gone(w->b);
}

static void read_indexes(const struct stub_message *m, struct bank_notice *out)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	stub_items_init(&it, m);
	while (stub_items_next(&it, &item, &fault)) {
		struct index ix;

		if (!item.has_index || item.has_stub || item.has_status ||
		    index_parse(item.index.body, false, 0, &ix, &fault) != ERR_OK) {
			g_strlcpy(out->text, "an item that is no index", sizeof(out->text));
			return;
		}
		if (!out->n++)
			out->first = ix;
	}
	if (fault.err != ERR_OK)
		g_snprintf(out->text, sizeof(out->text), "%s: %s", fault.field,
			   err_text(fault.err));
}

void bank_notice_await(struct bank_connection *b, struct bank_notice *out)
{
	struct probe *p = bank_connection_probe(b);
	struct wait w = { .b = b };
	struct stub_message m;
	struct fault fault = { 0 };

	*out = (struct bank_notice){ 0 };
	(void)probe_wait(p, arrived, &w, 3 * p->target->timers.answer);
	if (!w.message) {
		g_snprintf(out->text, sizeof(out->text), "%s",
			   bank_connection_is_gone(b) ? bank_connection_why(b) : "nothing came");
		return;
	}
	out->came = true;
	if (stub_message_parse(bytes_span(w.message), &m, &fault) != ERR_OK) {
		g_snprintf(out->text, sizeof(out->text), "a message that cannot be read: %s: %s",
			   fault.field, err_text(fault.err));
	} else {
		out->type = m.header.type;
		out->transaction = m.transaction;
		read_indexes(&m, out);
	}
	g_bytes_unref(w.message);
}

void bank_notice_acknowledge(struct bank_connection *b, const struct bank_notice *n, uint8_t code)
{
	uint8_t buffer[1024];
	struct stub_writer w;
	size_t size;

	stub_writer_init(&w, buffer, sizeof(buffer), STUB_DELETE, n->transaction);
	for (unsigned i = 0; i < n->n; i++)
		stub_writer_status(&w, &(struct stub_status){ .item = (uint16_t)i, .code = code });
	if (stub_writer_finish(&w, &size) == ERR_OK && n->n)
		bank_connection_send_octets(b, span_of(buffer, size));
}
