/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection itself: dialling, what arrives, what is sent, the end. */
#include "gateway/bank_connection.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "net/channel.h"
#include "net/channel_tls.h"
#include "run/evidence.h"
#include "run/peer.h"

/* After this a connection that will not end is left to itself. */
#define CLOSE_MS 1000
/* TLS on a slow target takes longer than an answer. */
#define CONNECT_MS_MIN 3000

struct arrived {
	uint32_t transaction;
	GBytes *message;
};

struct bank_connection {
	struct probe *p;
	struct evidence *e;
	enum bank_who who;
	struct channel *channel; /* NULL once closed */
	uint64_t id;             /* of the connection, for the capture */
	struct endpoint local;
	bool up, gone;
	char *why;
	uint32_t next_transaction;
	GArray *arrived;         /* struct arrived, not yet asked for */
	GHashTable *asked;       /* transaction -> struct reply_wanted */
	struct reply_form *form; /* NULL: nobody asks */
	GHashTable *order;       /* transaction -> number of its last message */
	unsigned tickets, messages;
	uint8_t buffer[STUB_MESSAGE_MAX];
};

const char *bank_connection_who(enum bank_who who)
{
	static const char *const names[] = {
		[BANK_OWNER] = "[bank] certificate",
		[BANK_SECOND] = "[bank] second-certificate",
		[BANK_STRANGER] = "[bank] other-pool-certificate",
		[BANK_PREFETCH] = "[bank] prefetch-certificate",
		[BANK_WITHOUT_POOL] = "[bank] no-pool-certificate",
		[BANK_TWO_POOLS] = "[bank] two-pools-certificate",
		[BANK_OTHER_ALPN] = "another ALPN",
		[BANK_CLEAR] = "[bank] certificate, at [clear-bank]",
		[BANK_FOREIGN] = "[bank] foreign-certificate",
		[BANK_WITHOUT_CERTIFICATE] = "no certificate",
		[BANK_WITHOUT_ALPN] = "no ALPN",
		[BANK_TLS_1_2] = "TLS 1.2",
		[BANK_PLAIN] = "plain TCP",
	};

	return names[who];
}

static const struct endpoint *where(const struct bank_connection *b)
{
	const struct target *t = b->p->target;

	return b->who == BANK_CLEAR ? &t->clear_bank : &t->bank.address;
}

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct bank_connection *b = user;

	(void)c;
	(void)peer;
	b->up = true;
	peer_heard(b->p, where(b));
	if (b->who < BANK_FOREIGN)
		b->p->bank_announced = true;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct bank_connection *b = user;
	struct stub_message m;
	struct fault fault;
	struct arrived a;

	(void)c;
	peer_heard(b->p, where(b));
	evidence_stub(b->e, false, &b->local, where(b), message);
	/* a broken message still shows its transaction where that could be read */
	if (stub_message_parse(message, &m, &fault) != ERR_OK && !m.has_transaction)
		m.transaction = 0;
	a = (struct arrived){ m.transaction, g_bytes_new(message.p, message.n) };
	g_array_append_val(b->arrived, a);
	g_hash_table_insert(b->order, GUINT_TO_POINTER(a.transaction),
			    GUINT_TO_POINTER(++b->messages));
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct bank_connection *b = user;

	(void)c;
	b->up = false;
	b->gone = true;
	b->channel = NULL;
	g_free(b->why);
	b->why = g_strdup(why);
	if (b->local.port)
		evidence_tcp(b->e, b->id, true, &b->local, where(b), SPAN_NONE);
}

static void on_tap(struct channel *c, enum channel_direction d, struct span octets, void *user)
{
	struct bank_connection *b = user;

	b->local = *channel_local(c);
	evidence_tcp(b->e, b->id, d == CHANNEL_SENT, &b->local, where(b), octets);
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
	.tap = on_tap,
};

static struct channel_tls *tls_for(struct bank_connection *b, GError **error)
{
	const struct target_bank *t = &b->p->target->bank;
	struct channel_tls_files files = {
		.certificate = t->certificate,
		.key = t->key,
		.ca = t->ca,
		.key_log = evidence_tls_key_log(b->e),
		.tickets = &b->tickets,
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
	case BANK_STRANGER:
		files.certificate = t->other_pool_certificate;
		files.key = t->other_pool_key;
		break;
	case BANK_PREFETCH:
		files.certificate = t->prefetch_certificate;
		files.key = t->prefetch_key;
		break;
	case BANK_WITHOUT_POOL:
		files.certificate = t->no_pool_certificate;
		files.key = t->no_pool_key;
		break;
	case BANK_TWO_POOLS:
		files.certificate = t->two_pools_certificate;
		files.key = t->two_pools_key;
		break;
	case BANK_OTHER_ALPN:
		files.alpn = "h2";
		break;
	default:
		break;
	}
	return channel_tls_new(&files, false, error);
}

static bool settled(void *user)
{
	const struct bank_connection *b = user;

	return b->up || b->gone;
}

struct bank_connection *bank_connection_open(struct probe *p, struct evidence *e, enum bank_who who)
{
	static uint64_t connections;
	const struct target_bank *t = &p->target->bank;
	struct bank_connection *b = g_new0(struct bank_connection, 1);
	struct channel_tls *tls = NULL;
	GError *why = NULL;

	b->p = p;
	b->e = e;
	b->who = who;
	b->id = ++connections;
	b->next_transaction = g_random_int() & 0x3fffffffu;
	b->arrived = g_array_new(FALSE, FALSE, sizeof(struct arrived));
	b->asked = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	b->order = g_hash_table_new(NULL, NULL);
	if (who != BANK_PLAIN) {
		tls = tls_for(b, &why);
		if (!tls) {
			b->gone = true;
			b->why = g_strdup(why->message);
			g_error_free(why);
			return b;
		}
	}
	b->channel = channel_connect(where(b), NULL, tls, t->server_name, &handler, b, p->context);
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

bool bank_connection_is_up(const struct bank_connection *b)
{
	return b->up && !b->gone;
}

const char *bank_connection_why(const struct bank_connection *b)
{
	return bank_connection_is_up(b) ? "up" : b->why ? b->why : "down";
}

struct probe *bank_connection_probe(const struct bank_connection *b)
{
	return b->p;
}

struct evidence *bank_connection_evidence(const struct bank_connection *b)
{
	return b->e;
}

bool bank_connection_is_gone(const struct bank_connection *b)
{
	return b->gone;
}

static bool gone(void *user)
{
	return bank_connection_is_gone(user);
}

void bank_connection_close(struct bank_connection *b)
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
	g_hash_table_unref(b->order);
	g_free(b->why);
	g_free(b);
}

bool bank_connection_await_closed(struct bank_connection *b)
{
	return probe_wait(b->p, gone, b, b->p->target->timers.answer);
}

void bank_connection_begin(struct bank_connection *b, struct stub_writer *w, uint8_t type)
{
	stub_writer_init(w, b->buffer, sizeof(b->buffer), type, b->next_transaction);
}

void bank_connection_send_octets(struct bank_connection *b, struct span octets)
{
	if (!b->channel)
		return;
	b->local = *channel_local(b->channel);
	evidence_stub(b->e, true, &b->local, where(b), octets);
	(void)channel_send(b->channel, octets);
	peer_sent(b->p, where(b), octets);
}

uint32_t bank_connection_next(struct bank_connection *b)
{
	return b->next_transaction++;
}

void bank_connection_asks(struct bank_connection *b, const struct reply_wanted *wanted)
{
	g_hash_table_insert(b->asked, GUINT_TO_POINTER(wanted->transaction),
			    g_memdup2(wanted, sizeof(*wanted)));
}

uint32_t bank_connection_send(struct bank_connection *b, struct stub_writer *w, uint8_t type,
			      size_t items)
{
	struct reply_wanted wanted = { .type = type,
				       .transaction = bank_connection_next(b),
				       .items = (unsigned)items };
	size_t n;

	bank_connection_asks(b, &wanted);
	/* after an error nothing is sent, and the wait tells of it */
	if (stub_writer_finish(w, &n) == ERR_OK && n)
		bank_connection_send_octets(b, span_of(b->buffer, n));
	return wanted.transaction;
}

struct reply_wanted bank_connection_asked(const struct bank_connection *b, uint32_t transaction)
{
	const struct reply_wanted *w = g_hash_table_lookup(b->asked, GUINT_TO_POINTER(transaction));

	return w ? *w : (struct reply_wanted){ .transaction = transaction };
}

void bank_connection_judge(struct bank_connection *b, struct reply_form *form)
{
	b->form = form;
}

struct reply_form *bank_connection_form(const struct bank_connection *b)
{
	return b->form;
}

unsigned bank_connection_order(const struct bank_connection *b, uint32_t transaction)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(b->order, GUINT_TO_POINTER(transaction)));
}

unsigned bank_connection_tickets(const struct bank_connection *b)
{
	return b->tickets;
}

void bank_connection_strays(struct bank_connection *b)
{
	for (unsigned i = 0; b->form && i < b->arrived->len; i++) {
		const struct arrived *m = &g_array_index(b->arrived, struct arrived, i);

		/* a push or a move notice is unasked by right (rule 33) */
		if (m->transaction & STUB_TRANSACTION_PUSH)
			continue;
		if (g_hash_table_contains(b->asked, GUINT_TO_POINTER(m->transaction)))
			reply_form_wrong(
			    b->form, FORM_MORE,
			    "a further message after one without MORE, or a reply twice");
		else
			reply_form_wrong(b->form, FORM_ECHO,
					 "a reply with transaction 0x%08x, which no request has",
					 m->transaction);
	}
}

char *bank_connection_stray(const struct bank_connection *b)
{
	for (unsigned i = 0; i < b->arrived->len; i++) {
		const struct arrived *m = &g_array_index(b->arrived, struct arrived, i);
		size_t n;
		const uint8_t *octets = g_bytes_get_data(m->message, &n);

		/* the server's own (28.3): pushes and notices, which are no offence */
		if (m->transaction & STUB_TRANSACTION_PUSH ||
		    g_hash_table_contains(b->asked, GUINT_TO_POINTER(m->transaction)))
			continue;
		return g_strdup_printf("one of type %u came to transaction %u, which nobody asked "
				       "for (clause 28.2)",
				       n > 1 ? octets[1] : 0, m->transaction);
	}
	return NULL;
}

static GBytes *take_at(struct bank_connection *b, unsigned i)
{
	GBytes *message = g_array_index(b->arrived, struct arrived, i).message;

	g_array_remove_index(b->arrived, i);
	return message;
}

GBytes *bank_connection_take(struct bank_connection *b, uint32_t transaction)
{
	for (unsigned i = 0; i < b->arrived->len; i++)
		if (g_array_index(b->arrived, struct arrived, i).transaction == transaction)
			return take_at(b, i);
	return NULL;
}

GBytes *bank_connection_take_unasked(struct bank_connection *b)
{
	for (unsigned i = 0; i < b->arrived->len; i++)
		if (g_array_index(b->arrived, struct arrived, i).transaction &
		    STUB_TRANSACTION_PUSH)
			return take_at(b, i);
	return NULL;
}
