/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One gateway's session: messages in, replies out, in the order the rules want. */
#include "session.h"

#include "rights.h"
#include "prefetch.h"
#include "requests.h"
#include "tool/log.h"

/* Octets of stubs in the reply to one get; the rest is told to ask again. */
#define GET_BUDGET (4u << 20)
/* Octets that gets behind writes may find, for one connection. */
#define QUEUED_GETS_BUDGET (8u << 20)
#define PREFETCHES_MAX 4
#define AUDIT_MS 60000

struct session {
	struct bank *bank;
	struct channel_identity peer;
	bool tls;
	const struct session_io *io;
	void *user;
	GQueue requests; /* waiting for the store */
	GQueue prefetches;
	size_t outstanding; /* operations with the store */
	size_t held;        /* octets of requests */
	size_t queued_gets; /* of the operations */
	bool closing;       /* no further request is taken; closed when all are answered */
	bool closed;
	const char *why;
	bool mute;        /* the channel takes no more */
	char *who;        /* audit_who() */
	uint32_t notices; /* so many were sent: the number of the last */
	uint32_t acknowledged;
	uint64_t gets; /* since the last audit */
	uint64_t audited_ms;
};

static void send_message(void *user, struct span message)
{
	struct session *s = user;

	if (!s->mute && !s->io->send(s->user, message))
		s->mute = true;
}

static void close_when_done(struct session *s)
{
	if (!s->closing || s->closed || s->outstanding || s->requests.length ||
	    (s->prefetches.length && !s->mute))
		return;
	s->closed = true;
	s->io->close(s->user, s->why);
}

static void refuse(struct session *s, uint8_t type, uint32_t transaction,
		   enum iana_stub_status code, const char *text)
{
	uint8_t out[STUB_HEADER_SIZE + 2 * CHAIN_PAYLOAD_HEADER_SIZE + 8 + STUB_STATUS_TEXT_MAX];
	size_t n = requests_refusal(out, sizeof(out), type, transaction, code, text);

	if (n)
		send_message(s, span_of(out, n));
}

/* The reply to a get is a download (draft section 3.7); all others have the request's type. */
static uint8_t reply_type(uint8_t type)
{
	return type == STUB_GET ? STUB_DOWNLOAD : type;
}

static void audit_request(const struct request *r)
{
	const struct bank *b = r->bank;

	if (!audit_on(b->audit))
		return;
	for (guint i = 0; i < r->items->len; i++)
		audit_note(b->audit, r->who, &g_array_index(r->items, struct item, i).op,
			   b->clock.seconds(b->clock.ctx), b->clock.ms(b->clock.ctx));
}

static void finish(struct request *r)
{
	struct session *s = r->session;

	audit_request(r);
	if (s) {
		g_queue_unlink(&s->requests, &r->link);
		s->held -= r->octets_n;
		requests_reply(r, send_message, s);
		close_when_done(s);
	}
	requests_free(r);
}

/* One more thing that the request waits for is there. */
static void answered(struct request *r)
{
	if (--r->waiting == 0)
		finish(r);
}

/* Rule 33: whoever had it and did not do this itself hears of it, once it is durable. */
static void tell_of_move(const struct bank *b, const struct store_op *op)
{
	if (b->moved && op->kind == STORE_UPDATE && op->status == STUB_OK && !op->owns_old &&
	    !address_equal(&op->index.address, &op->new_index.address))
		b->moved(b->moved_user, &op->index, op->pool);
}

static void op_done(struct store_op *op, void *user)
{
	struct request *r = user;

	tell_of_move(r->bank, op);
	if (r->session) {
		r->session->outstanding--;
		r->session->queued_gets -= op->kind == STORE_GET;
	}
	answered(r);
}

/* Rule 32: one stolen gateway must not empty the bank unseen. At most a line a minute and
 * connection. */
static void audit_gets(struct session *s, uint64_t more)
{
	uint64_t now = s->bank->clock.ms(s->bank->clock.ctx);

	s->gets += more;
	if (s->gets == 0 || now - s->audited_ms < AUDIT_MS)
		return;
	log_notice("%s: %" G_GUINT64_FORMAT " gets in %" G_GUINT64_FORMAT " s", s->peer.subject,
		   s->gets, (now - s->audited_ms) / 1000);
	s->gets = 0;
	s->audited_ms = now;
}

static void audit_move(const struct session *s, const struct store_op *op)
{
	char from[INDEX_TEXT_MAX], to[INDEX_TEXT_MAX];

	if (op->kind == STORE_UPDATE && !address_equal(&op->index.address, &op->new_index.address))
		log_info("%s: move of %s to %s", s->peer.subject, index_text(&op->index, from),
			 index_text(&op->new_index, to));
}

/* What one connection may have, when the bank has so much for all. */
static size_t share_of(const struct session *s, size_t alone)
{
	return s->bank->share ? MIN(s->bank->share, alone) : alone;
}

/* What they find stays in memory until all of their request are answered. */
static bool may_queue_get(struct session *s)
{
	/* one, at least, or nothing would go on */
	if (s->queued_gets > 0 && (s->queued_gets + 1) * s->bank->settings->max_stub_size >
				      share_of(s, QUEUED_GETS_BUDGET))
		return false;
	s->queued_gets++;
	return true;
}

static void queue(struct session *s, struct request *r, struct item *it)
{
	if (it->op.kind == STORE_GET && !may_queue_get(s)) {
		it->decided = true;
		it->op.status = STUB_BUSY;
		it->op.why = "too many gets wait for writes: ask again";
		return;
	}
	audit_move(s, &it->op);
	it->op.done = op_done;
	it->op.user = r;
	r->waiting++;
	s->outstanding++;
	store_submit(s->bank->store, &it->op);
}

/* Gets that wait for nothing are answered from what is durable, now (rule 28). */
static void gets_done(struct store_gets *g)
{
	struct request *r = g->user;

	if (r->session)
		r->session->outstanding -= g->n;
	answered(r);
}

static void submit(struct session *s, struct request *r)
{
	struct store *store = s->bank->store;

	r->session = s;
	r->bank = s->bank;
	r->who = g_ref_string_acquire(s->who);
	g_queue_push_tail_link(&s->requests, &r->link);
	s->held += r->octets_n;
	r->waiting = 1; /* until all is handed over */
	r->gets = (struct store_gets){ .ops = g_new(struct store_op *, r->items->len),
				       .budget = share_of(s, GET_BUDGET),
				       .done = gets_done,
				       .user = r };
	for (guint i = 0; i < r->items->len; i++) {
		struct item *it = &g_array_index(r->items, struct item, i);

		if (it->decided)
			continue;
		/* A get of an index that something waits for queues behind it: one index keeps its
		 * order (rule 28). */
		if (it->op.kind == STORE_GET && !store_pending(store, &it->op.index))
			r->gets.ops[r->gets.n++] = &it->op;
		else
			queue(s, r, it);
	}
	if (r->gets.n > 0) {
		r->waiting++;
		s->outstanding += r->gets.n;
		store_get(store, &r->gets);
	}
	answered(r);
}

static void barrier_done(struct store_op *op, void *user)
{
	struct prefetch *p = user;
	struct session *s = p->user;

	(void)op;
	if (!s) {
		prefetch_free(p);
		return;
	}
	s->outstanding--;
	p->ready = true;
	s->io->pump(s->user);
	close_when_done(s);
}

static void paged(struct prefetch *p)
{
	struct session *s = p->user;

	if (s)
		s->io->pump(s->user);
	else
		prefetch_free(p);
}

static void start_prefetch(struct session *s, const struct stub_message *m,
			   const struct index *from, const struct index *cursor)
{
	struct bank *b = s->bank;
	struct prefetch *p;
	char text[ADDRESS_TEXT_MAX];

	if (!rights_prefetch(&s->peer, b->settings->prefetch_allow,
			     b->settings->n_prefetch_allow)) {
		log_warning("%s: prefetch of %s refused", s->peer.subject,
			    address_text(&from->address, text));
		refuse(s, STUB_DOWNLOAD, m->transaction, STUB_NOT_AUTHORISED,
		       "prefetch needs a right of its own (rule 32)");
		return;
	}
	if (s->prefetches.length >= PREFETCHES_MAX) {
		refuse(s, STUB_DOWNLOAD, m->transaction, STUB_BUSY, "too many prefetches at once");
		return;
	}
	log_notice("%s: prefetch of %s begins", s->peer.subject,
		   address_text(&from->address, text));
	p = prefetch_new(&from->address, cursor ? cursor->spi : 0, s->peer.pool,
			 rights_own(&s->peer, &from->address), m->transaction);
	p->user = s;
	p->paged = paged;
	p->barrier = (struct store_op){ .kind = STORE_BARRIER, .done = barrier_done, .user = p };
	g_queue_push_tail_link(&s->prefetches, &p->link);
	s->outstanding++;
	store_submit(b->store, &p->barrier);
}

/* Is this get a prefetch? It is when its first index has SPI 0; then it has been dealt with. */
static bool try_prefetch(struct session *s, const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault;
	struct index from = { 0 }, cursor = { 0 };
	unsigned n = 0;
	bool good = true;

	stub_items_init(&it, m);
	while (n <= 2 && stub_items_next(&it, &item, &fault)) {
		struct index *into = n == 0 ? &from : &cursor;

		if (n == 0 && (!item.has_index ||
			       index_parse(item.index.body, true, 0, &from, &fault) != ERR_OK ||
			       from.spi != 0))
			return false;
		if (n == 1)
			good = item.has_index &&
			       index_parse(item.index.body, false, 0, into, &fault) == ERR_OK &&
			       address_equal(&cursor.address, &from.address);
		n++;
	}
	if (n == 0)
		return false;
	if (n > 2 || !good)
		refuse(s, STUB_DOWNLOAD, m->transaction, STUB_MALFORMED,
		       "prefetch: one index with SPI 0, then at most one cursor of the same "
		       "address (rule 32)");
	else
		start_prefetch(s, m, &from, n == 2 ? &cursor : NULL);
	return true;
}

static void handle_request(struct session *s, struct span message, const struct stub_message *m)
{
	struct bank *b = s->bank;
	struct requests_context x = {
		.bank = b, .peer = &s->peer, .tls = s->tls, .now = b->clock.seconds(b->clock.ctx)
	};
	struct request *r;
	struct stub_message own;
	struct stub_items items;
	struct stub_item item;
	struct fault fault = { 0 };

	if (m->header.type == STUB_GET && try_prefetch(s, m))
		return;
	r = requests_new(message, reply_type(m->header.type), m->transaction, s->peer.pool);
	/*
	 * Parsed again, so that spans point into the copy; it cannot fail where it has not before.
	 */
	if (stub_message_parse(span_of(r->octets, message.n), &own, &fault) == ERR_OK) {
		stub_items_init(&items, &own);
		while (stub_items_next(&items, &item, &fault))
			requests_add(r, own.header.type, &item, &x);
	}
	if (fault.err != ERR_OK) {
		char *text = g_strdup_printf("%s: %s, offset %zu (rule 27)", fault.field,
					     err_text(fault.err), fault.offset);

		refuse(s, r->reply_type, m->transaction, STUB_MALFORMED, text);
		g_free(text);
		requests_free(r);
		s->closing = true;
		s->why = "malformed request";
	} else if (r->items->len == 0) {
		refuse(s, r->reply_type, m->transaction, STUB_MALFORMED,
		       "the request names nothing (rule 27)");
		requests_free(r);
	} else {
		if (m->header.type == STUB_GET)
			audit_gets(s, r->items->len);
		submit(s, r);
	}
}

/* A message that does not parse: one status, then the connection ends, since what follows may be
 * anything. */
static void structural(struct session *s, const struct stub_message *m, const struct fault *fault)
{
	char *text = g_strdup_printf("%s: %s, offset %zu (rules 26 to 28)", fault->field,
				     err_text(fault->err), fault->offset);

	log_info("%s: malformed: %s", s->peer.subject, text);
	refuse(s, reply_type(m->header.type), m->has_transaction ? m->transaction : 0,
	       STUB_MALFORMED, text);
	g_free(text);
	s->closing = true;
	s->why = "malformed message";
}

/* Rule 52: a download never asks for anything; a delete acknowledges when it has a status and our top bit. */
static bool is_acknowledgement(const struct stub_message *m)
{
	struct stub_items it;
	struct stub_item item;
	struct fault fault = { 0 };

	if (m->header.type != STUB_DELETE || !(m->transaction & STUB_TRANSACTION_PUSH))
		return m->header.type == STUB_DOWNLOAD;
	stub_items_init(&it, m);
	return stub_items_next(&it, &item, &fault) && item.has_status && !item.has_index;
}

/* What a gateway makes of a notice is its own business: `not-found` where it has no such SA any more. */
static void acknowledged(struct session *s, const struct stub_message *m)
{
	const uint32_t number = m->transaction & ~STUB_TRANSACTION_PUSH;

	if (m->header.type == STUB_DELETE && number && number <= s->notices &&
	    s->acknowledged < s->notices)
		s->acknowledged++;
	else
		log_debug("%s: acknowledgement of nothing of ours, type %u", s->peer.subject,
			  m->header.type);
}

void session_tell_moved(struct session *s, const struct index *old, const char *pool)
{
	uint8_t buffer[STUB_HEADER_SIZE + 2 * CHAIN_PAYLOAD_HEADER_SIZE + 4 + INDEX_BODY_MAX];
	char text[INDEX_TEXT_MAX];
	struct stub_writer w;
	size_t n;

	if (s->closing || s->mute || strcmp(s->peer.pool, pool) != 0 ||
	    s->notices == ~STUB_TRANSACTION_PUSH)
		return;
	stub_writer_init(&w, buffer, sizeof(buffer), STUB_DELETE,
			 STUB_TRANSACTION_PUSH | ++s->notices);
	stub_writer_index(&w, old);
	if (stub_writer_finish(&w, &n) != ERR_OK)
		return;
	log_debug("%s: told that %s has moved", s->peer.subject, index_text(old, text));
	send_message(s, span_of(buffer, n));
}

void session_message(struct session *s, struct span message)
{
	struct stub_message m;
	struct fault fault = { 0 };

	if (s->closing)
		return;
	if (stub_message_parse(message, &m, &fault) != ERR_OK) {
		structural(s, &m, &fault);
	} else if (is_acknowledgement(&m)) {
		acknowledged(s, &m);
	} else if (m.transaction & STUB_TRANSACTION_PUSH) {
		refuse(s, reply_type(m.header.type), m.transaction, STUB_MALFORMED,
		       "transaction: the top bit is for what the bank sends unasked (rule 28)");
	} else if (m.header.type == STUB_INIT || m.header.type == STUB_UPDATE ||
		   m.header.type == STUB_GET || m.header.type == STUB_DELETE) {
		handle_request(s, message, &m);
	} else {
		refuse(s, m.header.type, m.transaction, STUB_UNSUPPORTED,
		       "message type unknown (rule 26)");
	}
	close_when_done(s);
}

bool session_pumping(const struct session *s)
{
	const struct prefetch *p = s->prefetches.head ? s->prefetches.head->data : NULL;

	return p && p->ready && !p->reading && !s->mute;
}

bool session_pump(struct session *s)
{
	static uint8_t buf[STUB_MESSAGE_MAX]; /* one thread answers */
	struct prefetch *p;
	size_t n;
	bool more;
	char text[ADDRESS_TEXT_MAX];

	if (!session_pumping(s))
		return false;
	p = s->prefetches.head->data;
	if (!p->page && !prefetch_read(p, s->bank->store))
		return false;
	n = prefetch_write(p, buf, sizeof(buf), &more);
	if (n)
		send_message(s, span_of(buf, n));
	if (!more || s->mute) {
		log_notice("%s: prefetch of %s ended: %" G_GUINT64_FORMAT " stubs", s->peer.subject,
			   address_text(&p->scan.gateway, text), p->sent);
		g_queue_unlink(&s->prefetches, &p->link);
		prefetch_free(p);
		close_when_done(s);
	}
	return session_pumping(s);
}

size_t session_outstanding(const struct session *s)
{
	return s->outstanding;
}

size_t session_held(const struct session *s)
{
	return s->held;
}

struct session *session_new(struct bank *bank, const struct channel_identity *peer, bool tls,
			    const struct session_io *io, void *user)
{
	struct session *s = g_new0(struct session, 1);

	s->bank = bank;
	s->peer = *peer;
	s->who = audit_who(peer);
	s->tls = tls;
	s->io = io;
	s->user = user;
	s->audited_ms = bank->clock.ms(bank->clock.ctx);
	g_queue_init(&s->requests);
	g_queue_init(&s->prefetches);
	return s;
}

void session_free(struct session *s)
{
	GList *l;

	if (s->gets)
		log_info("%s: %" G_GUINT64_FORMAT " gets before it left", s->peer.subject, s->gets);
	if (s->acknowledged < s->notices)
		log_info("%s: %u notices of moves were not acknowledged", s->peer.subject,
			 s->notices - s->acknowledged);
	while ((l = s->requests.head)) {
		struct request *r = l->data;

		g_queue_unlink(&s->requests, l);
		r->session = NULL;
	}
	while ((l = s->prefetches.head)) {
		struct prefetch *p = l->data;

		g_queue_unlink(&s->prefetches, l);
		p->user = NULL;
		if (p->ready && !p->reading)
			prefetch_free(p);
	}
	g_ref_string_release(s->who);
	g_free(s);
}
