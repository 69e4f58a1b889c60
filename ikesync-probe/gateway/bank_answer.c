/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bank replies: awaited, read item by item, and put into words. */
#include "gateway/bank_answer.h"

#include "capture/bytes.h"
#include "gateway/bank_request.h"
#include "run/evidence.h"

void bank_answer_free(struct bank_answer *a)
{
	if (!a)
		return;
	for (unsigned i = 0; i < a->items->len; i++) {
		struct bank_item *item = &g_array_index(a->items, struct bank_item, i);

		g_free(item->text);
		if (item->stub)
			g_bytes_unref(item->stub);
	}
	g_array_unref(a->items);
	g_ptr_array_unref(a->stubs);
	g_free(a->problem);
	g_string_free(a->offences, TRUE);
	g_free(a);
}

const struct bank_item *bank_answer_item(const struct bank_answer *a, unsigned item)
{
	const struct bank_item *whole = NULL;

	for (unsigned i = 0; i < a->items->len; i++) {
		const struct bank_item *it = &g_array_index(a->items, struct bank_item, i);

		if (it->item == item)
			return it;
		if (it->item == STUB_ITEM_ALL)
			whole = it;
	}
	return whole;
}

/* Which items it has instead, if any. */
static char *text_without_item(const struct bank_answer *a, unsigned item)
{
	GString *s = g_string_new(NULL);

	g_string_printf(s, "a reply of type %u without a status for item %u", a->type, item);
	for (unsigned i = 0; i < MIN(a->items->len, 4); i++)
		g_string_append_printf(s, "%s%u", i ? ", " : "; it has one for item ",
				       g_array_index(a->items, struct bank_item, i).item);
	if (a->problem)
		g_string_append_printf(s, ": %s", a->problem);
	if (a->offences->len)
		g_string_append_printf(s, "; %s", a->offences->str);
	return g_string_free(s, FALSE);
}

char *bank_answer_text(const struct bank_answer *a, unsigned item)
{
	const struct bank_item *it = bank_answer_item(a, item);

	if (!a->came)
		return g_strdup(a->problem);
	if (!it)
		return text_without_item(a, item);
	return g_strdup_printf("%s%s%s%s%s%s%s", iana_stub_status_name(it->code),
			       it->code > STUB_FULL ? " (no status of profile 1)" : "",
			       *it->text ? " (\"" : "", it->text, *it->text ? "\")" : "",
			       a->offences->len ? "; but " : "", a->offences->str);
}

void bank_answer_offend(struct bank_answer *a, const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	if (!strstr(a->offences->str, what))
		g_string_append_printf(a->offences, "%s%s", a->offences->len ? "; " : "", what);
	g_free(what);
}

static uint8_t reply_type(uint8_t asked)
{
	return asked == STUB_GET ? STUB_DOWNLOAD : asked;
}

/* The statuses of one reply stand in the order of the request. */
static void judge_order(struct bank_answer *a, uint16_t item)
{
	const struct bank_item *last =
	    a->items->len ? &g_array_index(a->items, struct bank_item, a->items->len - 1) : NULL;

	if (last && last->item != STUB_ITEM_ALL && item != STUB_ITEM_ALL && item <= last->item) {
		a->disordered = true;
		bank_answer_offend(a,
				   "the status of item %u comes after that of item %u "
				   "(clause 31.1)",
				   item, last->item);
	}
}

/* Add one message to the answer; false: more are to follow. */
static bool take(struct bank_answer *a, struct span octets)
{
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };
	bool more = false;

	if (stub_message_parse(octets, &m, &fault) != ERR_OK) {
		g_free(a->problem);
		a->problem = g_strdup_printf("a reply that cannot be read: %s at octet %zu: %s",
					     fault.field ? fault.field : "message", fault.offset,
					     err_text(fault.err));
		return true;
	}
	if (!a->messages++)
		a->type = m.header.type;
	if (m.header.type != reply_type(a->asked) && a->asked <= STUB_DELETE)
		bank_answer_offend(a, "the reply has type %u, %u is due (clause 26.2)",
				   m.header.type, reply_type(a->asked));
	m.header.type = reply_type(a->asked);
	stub_items_init(&it, &m);
	while (stub_items_next(&it, &item, &fault)) {
		struct bank_item out = { 0 };

		if (item.has_stub)
			g_ptr_array_add(a->stubs, g_bytes_new(item.stub.body.p, item.stub.body.n));
		if (!item.has_status)
			continue;
		out.item = item.status.item;
		out.code = item.status.code;
		out.flags = item.status.flags;
		out.message = a->messages - 1;
		out.text =
		    g_utf8_make_valid((const char *)item.status.text.p, (gssize)item.status.text.n);
		if (item.has_stub)
			out.stub = g_bytes_new(item.stub.body.p, item.stub.body.n);
		judge_order(a, out.item);
		a->busy |= out.code == STUB_BUSY;
		more |= out.flags & STUB_STATUS_MORE;
		g_array_append_val(a->items, out);
	}
	if (fault.err != ERR_OK && !a->problem)
		a->problem = g_strdup_printf("%s: %s", fault.field, err_text(fault.err));
	return !more;
}

struct wait {
	struct bank_connection *b;
	struct reply_reader reader;
	uint32_t transaction;
	struct bank_answer *a;
};

static bool answered(void *user)
{
	struct wait *w = user;
	GBytes *message;

	while (!w->a->came && (message = bank_connection_take(w->b, w->transaction))) {
		reply_reader_take(&w->reader, bytes_span(message));
		w->a->came = take(w->a, bytes_span(message));
		g_bytes_unref(message);
	}
	return w->a->came || bank_connection_is_gone(w->b);
}

/* What has come already behind the end of the reply. */
static void read_on(struct bank_connection *b, uint32_t transaction, struct bank_answer *a)
{
	GBytes *message;

	while ((message = bank_connection_take(b, transaction))) {
		a->disordered = true;
		reply_form_wrong(bank_connection_form(b), FORM_MORE,
				 "a further message follows one without MORE");
		bank_answer_offend(a, "a further message of the reply follows one without MORE "
				      "(clause 31.2)");
		(void)take(a, bytes_span(message));
		g_bytes_unref(message);
	}
}

static char *silence_text(const struct bank_connection *b, const struct bank_answer *a)
{
	const unsigned ms = (unsigned)bank_connection_probe(b)->target->timers.answer;
	char *stray = bank_connection_stray(b), *text;

	if (a->messages)
		text = g_strdup_printf("a reply without an end: the last of %u messages has MORE, "
				       "and no other came within %u ms (clause 31.2)",
				       a->messages, ms);
	else if (stray)
		text = g_strdup_printf("a reply that does not count: %s", stray);
	else
		text = g_strdup_printf("no answer within %u ms", ms);
	g_free(stray);
	return text;
}

struct bank_answer *bank_answer_await(struct bank_connection *b, uint32_t transaction)
{
	struct bank_answer *a = g_new0(struct bank_answer, 1);
	struct wait w = { .b = b, .transaction = transaction, .a = a };
	struct probe *p = bank_connection_probe(b);
	struct reply_wanted wanted = bank_connection_asked(b, transaction);

	a->offences = g_string_new(NULL);
	a->items = g_array_new(FALSE, FALSE, sizeof(struct bank_item));
	a->stubs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	a->asked = wanted.type;
	reply_reader_init(&w.reader, bank_connection_form(b), &wanted);
	(void)probe_wait(p, answered, &w, p->target->timers.answer);
	reply_reader_end(&w.reader);
	if (a->busy)
		bank_connection_evidence(b)->limits |= LIMIT_BUSY;
	a->came_ms = probe_now();
	if (a->came) {
		read_on(b, transaction, a);
		return a;
	}
	g_free(a->problem);
	if (bank_connection_is_gone(b))
		a->problem = g_strdup_printf("no answer: the connection is closed (%s)",
					     bank_connection_why(b));
	else if (probe_interrupted())
		a->problem = g_strdup("no answer: interrupted");
	else
		a->problem = silence_text(b, a);
	return a;
}

struct bank_answer *bank_answer_to_init(struct bank_connection *b, GBytes *container)
{
	return bank_answer_await(b, bank_request_init(b, &container, 1));
}

struct bank_answer *bank_answer_to_update(struct bank_connection *b, const struct index *old,
					  GBytes *container)
{
	return bank_answer_await(b, bank_request_update(b, old, &container, 1));
}

struct bank_answer *bank_answer_to_get(struct bank_connection *b, const struct index *index)
{
	return bank_answer_await(b, bank_request_get(b, index, 1));
}

struct bank_answer *bank_answer_to_delete(struct bank_connection *b, const struct index *index)
{
	return bank_answer_await(b, bank_request_delete(b, index, 1));
}
