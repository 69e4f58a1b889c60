/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/bank_connection.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "capture/bytes.h"
#include "net/channel.h"

/* After this a connection that will not end is left to itself. */
#define CLOSE_MS 1000
/* TLS on a slow target takes longer than an answer. */
#define CONNECT_MS_MIN 3000

struct arrived {
	uint32_t transaction;
	GBytes *message;
};

struct bank {
	struct probe *p;
	struct evidence *e;
	enum bank_who who;
	struct channel *channel; /* NULL once closed */
	uint64_t id;             /* of the connection, for the capture */
	struct endpoint local;
	bool up, gone;
	char *why;
	uint32_t next_transaction;
	GArray *arrived;   /* struct arrived, not yet asked for */
	GHashTable *asked; /* transaction -> type of the request */
	uint8_t buffer[STUB_MESSAGE_MAX];
};

const char *bank_who_text(enum bank_who who)
{
	static const char *const names[] = {
		[BANK_OWNER] = "[bank] certificate",
		[BANK_SECOND] = "[bank] second-certificate",
		[BANK_FOREIGN] = "[bank] foreign-certificate",
		[BANK_WITHOUT_CERTIFICATE] = "no certificate",
		[BANK_WITHOUT_ALPN] = "no ALPN",
		[BANK_TLS_1_2] = "TLS 1.2",
		[BANK_PLAIN] = "plain TCP",
	};

	return names[who];
}

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct bank *b = user;

	(void)c;
	(void)peer;
	b->up = true;
	if (b->who == BANK_OWNER || b->who == BANK_SECOND)
		b->p->bank_announced = true;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct bank *b = user;
	struct stub_message m;
	struct fault fault;
	struct arrived a;

	(void)c;
	/* a broken message still shows its transaction where that could be read */
	if (stub_message_parse(message, &m, &fault) != ERR_OK && !m.has_transaction)
		m.transaction = 0;
	a = (struct arrived){ m.transaction, g_bytes_new(message.p, message.n) };
	g_array_append_val(b->arrived, a);
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct bank *b = user;

	(void)c;
	b->up = false;
	b->gone = true;
	b->channel = NULL;
	g_free(b->why);
	b->why = g_strdup(why);
	if (b->local.port)
		evidence_tcp(b->e, b->id, true, &b->local, &b->p->target->bank.address, SPAN_NONE);
}

static void on_tap(struct channel *c, enum channel_direction d, struct span octets, void *user)
{
	struct bank *b = user;

	b->local = *channel_local(c);
	evidence_tcp(b->e, b->id, d == CHANNEL_SENT, &b->local, &b->p->target->bank.address,
		     octets);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
	.tap = on_tap,
};

static struct channel_tls *tls_for(const struct bank *b, GError **error)
{
	const struct target_bank *t = &b->p->target->bank;
	struct channel_tls_files files = {
		.certificate = t->certificate,
		.key = t->key,
		.ca = t->ca,
		.key_log = evidence_tls_key_log(b->e),
	};

	switch (b->who) {
	case BANK_SECOND:
		files.certificate = t->second_certificate;
		files.key = t->second_key;
		break;
	case BANK_FOREIGN:
		files.certificate = t->foreign_certificate;
		files.key = t->foreign_key;
		break;
	case BANK_WITHOUT_CERTIFICATE:
		files.certificate = files.key = NULL;
		break;
	case BANK_WITHOUT_ALPN:
		files.alpn = "";
		break;
	case BANK_TLS_1_2:
		files.max_version = TLS1_2_VERSION;
		break;
	default:
		break;
	}
	return channel_tls_new(&files, false, error);
}

static bool settled(void *user)
{
	const struct bank *b = user;

	return b->up || b->gone;
}

struct bank *bank_connect(struct probe *p, struct evidence *e, enum bank_who who)
{
	static uint64_t connections;
	const struct target_bank *t = &p->target->bank;
	struct bank *b = g_new0(struct bank, 1);
	struct channel_tls *tls = NULL;
	GError *why = NULL;

	b->p = p;
	b->e = e;
	b->who = who;
	b->id = ++connections;
	b->next_transaction = g_random_int() & 0x3fffffffu;
	b->arrived = g_array_new(FALSE, FALSE, sizeof(struct arrived));
	b->asked = g_hash_table_new(NULL, NULL);
	if (who != BANK_PLAIN) {
		tls = tls_for(b, &why);
		if (!tls) {
			b->gone = true;
			b->why = g_strdup(why->message);
			g_error_free(why);
			return b;
		}
	}
	b->channel =
	    channel_connect(&t->address, NULL, tls, t->server_name, &handler, b, p->context);
	if (tls)
		channel_tls_unref(tls);
	if (!b->channel) {
		b->gone = true;
		b->why = g_strdup("no connection");
		return b;
	}
	if (!probe_wait(p, settled, b, MAX(CONNECT_MS_MIN, p->target->timers.answer)) && !b->gone) {
		g_free(b->why);
		b->why = g_strdup("no connection in time");
	}
	return b;
}

bool bank_is_up(const struct bank *b)
{
	return b->up && !b->gone;
}

const char *bank_why(const struct bank *b)
{
	return bank_is_up(b) ? "up" : b->why ? b->why : "down";
}

static bool gone(void *user)
{
	return ((const struct bank *)user)->gone;
}

void bank_close(struct bank *b)
{
	if (!b)
		return;
	if (!b->gone) {
		channel_close(b->channel, "done");
		if (!probe_wait_regardless(b->p, gone, b, CLOSE_MS) && !b->gone) {
			channel_abort(b->channel, "done");
			(void)probe_wait_regardless(b->p, gone, b, CLOSE_MS);
		}
	}
	/* the channel still points here: better a leak than a dangling pointer */
	if (!b->gone)
		return;
	for (unsigned i = 0; i < b->arrived->len; i++)
		g_bytes_unref(g_array_index(b->arrived, struct arrived, i).message);
	g_array_unref(b->arrived);
	g_hash_table_unref(b->asked);
	g_free(b->why);
	g_free(b);
}

bool bank_await_closed(struct bank *b)
{
	return probe_wait(b->p, gone, b, b->p->target->timers.answer);
}

static uint32_t send_message(struct bank *b, uint8_t type, size_t n)
{
	uint32_t id = b->next_transaction++;

	g_hash_table_insert(b->asked, GUINT_TO_POINTER(id), GUINT_TO_POINTER((guint)type + 1));
	if (n && b->channel)
		(void)channel_send(b->channel, span_of(b->buffer, n));
	return id;
}

static uint32_t finish(struct bank *b, struct stub_writer *w, uint8_t type)
{
	size_t n;

	/* n = 0 after an error: nothing is sent, and the wait tells of it */
	return send_message(b, type, stub_writer_finish(w, &n) == ERR_OK ? n : 0);
}

uint32_t bank_post_init(struct bank *b, GBytes *const *containers, size_t n)
{
	struct stub_writer w;

	stub_writer_init(&w, b->buffer, sizeof(b->buffer), STUB_INIT, b->next_transaction);
	for (size_t i = 0; i < n; i++)
		stub_writer_stub(&w, bytes_span(containers[i]));
	return finish(b, &w, STUB_INIT);
}

uint32_t bank_post_update(struct bank *b, const struct index *old, GBytes *const *containers,
			  size_t n)
{
	struct stub_writer w;

	stub_writer_init(&w, b->buffer, sizeof(b->buffer), STUB_UPDATE, b->next_transaction);
	for (size_t i = 0; i < n; i++) {
		stub_writer_index(&w, &old[i]);
		stub_writer_stub(&w, bytes_span(containers[i]));
	}
	return finish(b, &w, STUB_UPDATE);
}

static uint32_t post_indexes(struct bank *b, uint8_t type, const struct index *indexes, size_t n)
{
	struct stub_writer w;

	stub_writer_init(&w, b->buffer, sizeof(b->buffer), type, b->next_transaction);
	for (size_t i = 0; i < n; i++)
		stub_writer_index(&w, &indexes[i]);
	return finish(b, &w, type);
}

uint32_t bank_post_get(struct bank *b, const struct index *indexes, size_t n)
{
	return post_indexes(b, STUB_GET, indexes, n);
}

uint32_t bank_post_delete(struct bank *b, const struct index *indexes, size_t n)
{
	return post_indexes(b, STUB_DELETE, indexes, n);
}

uint32_t bank_post_raw(struct bank *b, uint8_t type, uint8_t first, struct span rest)
{
	struct stub_writer w;

	stub_writer_init(&w, b->buffer, sizeof(b->buffer), type, b->next_transaction);
	/* the transaction's Next Payload names the first of the ready chain */
	wcursor_patch(&w.c, w.chain.next_at, 1, first);
	wcursor_bytes(&w.c, rest);
	return finish(b, &w, type);
}

/* --- replies --- */

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
	g_free(a->problem);
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

char *bank_answer_text(const struct bank_answer *a, unsigned item)
{
	const struct bank_item *it = bank_answer_item(a, item);

	if (!a->came)
		return g_strdup(a->problem);
	if (!it)
		return g_strdup_printf("a reply of type %u without a status for this item%s%s",
				       a->type, a->problem ? ": " : "",
				       a->problem ? a->problem : "");
	return g_strdup_printf("%s%s%s%s%s", iana_stub_status_name(it->code),
			       it->code > STUB_FULL ? " (no status of profile 1)" : "",
			       *it->text ? " (\"" : "", it->text, *it->text ? "\")" : "");
}

static uint8_t reply_type(uint8_t asked)
{
	return asked == STUB_GET ? STUB_DOWNLOAD : asked;
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
	m.header.type = reply_type(a->asked);
	stub_items_init(&it, &m);
	while (stub_items_next(&it, &item, &fault)) {
		struct bank_item out = { 0 };

		if (!item.has_status)
			continue;
		out.item = item.status.item;
		out.code = item.status.code;
		out.flags = item.status.flags;
		out.text =
		    g_utf8_make_valid((const char *)item.status.text.p, (gssize)item.status.text.n);
		if (item.has_stub)
			out.stub = g_bytes_new(item.stub.body.p, item.stub.body.n);
		more |= out.flags & STUB_STATUS_MORE;
		g_array_append_val(a->items, out);
	}
	if (fault.err != ERR_OK && !a->problem)
		a->problem = g_strdup_printf("%s: %s", fault.field, err_text(fault.err));
	return !more;
}

struct wait {
	struct bank *b;
	uint32_t transaction;
	struct bank_answer *a;
};

static bool answered(void *user)
{
	struct wait *w = user;
	struct bank *b = w->b;

	for (unsigned i = 0; i < b->arrived->len && !w->a->came;) {
		struct arrived *m = &g_array_index(b->arrived, struct arrived, i);
		GBytes *message = m->message;

		if (m->transaction != w->transaction) {
			i++;
			continue;
		}
		g_array_remove_index(b->arrived, i);
		w->a->came = take(w->a, bytes_span(message));
		g_bytes_unref(message);
	}
	return w->a->came || b->gone;
}

struct bank_answer *bank_await(struct bank *b, uint32_t transaction)
{
	struct bank_answer *a = g_new0(struct bank_answer, 1);
	struct wait w = { b, transaction, a };

	a->items = g_array_new(FALSE, FALSE, sizeof(struct bank_item));
	a->asked = (uint8_t)(GPOINTER_TO_UINT(
				 g_hash_table_lookup(b->asked, GUINT_TO_POINTER(transaction))) -
			     1);
	(void)probe_wait(b->p, answered, &w, b->p->target->timers.answer);
	if (a->came)
		return a;
	g_free(a->problem);
	if (b->gone)
		a->problem =
		    g_strdup_printf("no answer: the connection is closed (%s)", bank_why(b));
	else if (probe_interrupted(b->p))
		a->problem = g_strdup("no answer: interrupted");
	else
		a->problem = g_strdup_printf("no answer within %llu ms",
					     (unsigned long long)b->p->target->timers.answer);
	return a;
}
