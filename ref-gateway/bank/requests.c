/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items of a request become operations of the store; their answers become a reply. */
#include "requests.h"

#include "rights.h"
#include "keys/secret.h"
#include "wire/stub.h"

/* Header and transaction; one status without text; one stub's header. */
#define REPLY_HEAD (STUB_HEADER_SIZE + CHAIN_PAYLOAD_HEADER_SIZE + 4)
#define STATUS_SIZE (CHAIN_PAYLOAD_HEADER_SIZE + 4)

struct request *requests_new(struct span message, uint8_t reply_type, uint32_t transaction,
			     const char *pool)
{
	struct request *r = g_new0(struct request, 1);

	r->link.data = r;
	r->reply_type = reply_type;
	r->transaction = transaction;
	r->pool = g_strdup(pool);
	r->octets = g_memdup2(message.p, message.n);
	r->octets_n = message.n;
	r->items = g_array_new(FALSE, TRUE, sizeof(struct item));
	return r;
}

void requests_free(struct request *r)
{
	for (guint i = 0; i < r->items->len; i++) {
		struct item *it = &g_array_index(r->items, struct item, i);

		if (it->op.found)
			g_bytes_unref(it->op.found);
		g_free(it->text);
	}
	g_array_unref(r->items);
	g_free(r->gets.ops);
	g_free(r->octets);
	g_free(r->pool);
	if (r->who)
		g_ref_string_release(r->who);
	g_free(r);
}

static void decide(struct item *it, enum iana_stub_status status, const char *why)
{
	it->decided = true;
	it->op.status = (uint8_t)status;
	it->op.why = why;
}

static void malformed(struct item *it, const struct fault *f, unsigned rule)
{
	decide(it, STUB_MALFORMED, NULL);
	it->text = g_strdup_printf("%s: %s, offset %zu (rule %u)", f->field, err_text(f->err),
				   f->offset, rule);
}

static bool read_index(struct item *it, const struct chain_payload *p, struct index *out)
{
	struct fault fault = { 0 };

	if (index_parse(p->body, false, p->offset + CHAIN_PAYLOAD_HEADER_SIZE, out, &fault) ==
	    ERR_OK)
		return true;
	malformed(it, &fault, 4);
	return false;
}

/* Is a clear stub welcome, and whole? Its expiry shortens *expiry as a sealed one's does. */
static bool check_clear(struct item *it, const struct stub_container *c, const uint8_t *base,
			const struct requests_context *x, uint64_t *expiry)
{
	struct fault fault = { 0 };
	struct stub stub;

	if (!x->bank->settings->allow_unsealed) {
		decide(it, STUB_UNSUPPORTED, "clear stubs are not taken here: seal it (rule 35)");
		return false;
	}
	if (!x->tls) {
		decide(it, STUB_UNSUPPORTED, "clear stubs exist only inside TLS (rule 35)");
		return false;
	}
	if (stub_parse(c->first, c->chain, base, &stub, &fault) != ERR_OK) {
		malformed(it, &fault, 29);
		return false;
	}
	if (stub.expiry)
		*expiry = MIN(*expiry, stub.expiry);
	secret_wipe(&stub, sizeof(stub));
	return true;
}

static bool read_stub(struct item *it, const struct chain_payload *p, const uint8_t *base,
		      const struct requests_context *x, struct index *index)
{
	const struct bank_settings *settings = x->bank->settings;
	struct stub_container c;
	struct fault fault = { 0 };
	uint64_t expiry;

	if (stub_container_parse(p, &c, &fault) != ERR_OK) {
		malformed(it, &fault, 29);
		return false;
	}
	if (p->body.n > settings->max_stub_size) {
		decide(it, STUB_UNSUPPORTED, "the stub is larger than max-stub-size");
		return false;
	}
	expiry = x->now + MIN(c.lifetime, settings->lifetime_cap);
	if (c.is_sealed) /* by a clock that may be slower than ours (rule 44) */
		expiry = MIN(expiry,
			     c.sealed.expiry + MIN(UINT64_MAX - c.sealed.expiry, STUB_CLOCK_SKEW));
	else if (!check_clear(it, &c, base, x, &expiry))
		return false;
	if (expiry <= x->now) {
		decide(it, STUB_EXPIRED, "the stub's lifetime is over (rule 35)");
		return false;
	}
	*index = c.index;
	it->op.container = p->body;
	it->op.clear = !c.is_sealed;
	it->op.expiry = expiry;
	record_digest(&c, it->op.digest);
	return true;
}

static bool take_rate(struct item *it, struct rate_limits *rates, const struct requests_context *x)
{
	if (rate_limits_take(rates, x->peer->subject, x->bank->clock.ms(x->bank->clock.ctx)))
		return true;
	decide(it, STUB_BUSY, "too many a second from this gateway (rule 34)");
	return false;
}

static void add_init(struct item *it, const struct stub_item *item, const uint8_t *base,
		     const struct requests_context *x)
{
	static const struct fault none = { ERR_MISSING, "init: stub", 0 };

	it->op.kind = STORE_PUT;
	if (!item->has_stub)
		malformed(it, &none, 27);
	else if (read_stub(it, &item->stub, base, x, &it->op.index)) {
		it->op.owns_old = rights_own(x->peer, &it->op.index.address);
		(void)take_rate(it, x->bank->inits, x);
	}
}

static void add_update(struct item *it, const struct stub_item *item, const uint8_t *base,
		       const struct requests_context *x)
{
	static const struct fault no_index = { ERR_MISSING, "update: index", 0 };
	static const struct fault no_stub = { ERR_MISSING, "update: stub", 0 };

	it->op.kind = STORE_UPDATE;
	if (!item->has_index || !item->has_stub) {
		malformed(it, item->has_index ? &no_stub : &no_index, 31);
		return;
	}
	if (!read_index(it, &item->index, &it->op.index) ||
	    !read_stub(it, &item->stub, base, x, &it->op.new_index))
		return;
	it->op.owns_old = rights_own(x->peer, &it->op.index.address);
	it->op.owns_new = rights_own(x->peer, &it->op.new_index.address);
	(void)take_rate(it,
			address_equal(&it->op.index.address, &it->op.new_index.address)
			    ? x->bank->inits
			    : x->bank->moves,
			x);
}

static void add_index(struct item *it, enum store_kind kind, const struct stub_item *item,
		      const struct requests_context *x)
{
	static const struct fault none = { ERR_MISSING, "index", 0 };

	it->op.kind = kind;
	if (!item->has_index) {
		malformed(it, &none, 27);
		return;
	}
	if (!read_index(it, &item->index, &it->op.index))
		return;
	it->op.owns_old = rights_own(x->peer, &it->op.index.address);
	(void)take_rate(it, kind == STORE_GET ? x->bank->gets : x->bank->deletes, x);
}

void requests_add(struct request *r, uint8_t type, const struct stub_item *item,
		  const struct requests_context *x)
{
	struct item it = { .op = { .pool = r->pool } };

	switch (type) {
	case STUB_INIT:
		add_init(&it, item, r->octets, x);
		break;
	case STUB_UPDATE:
		add_update(&it, item, r->octets, x);
		break;
	case STUB_DELETE:
		add_index(&it, STORE_DELETE, item, x);
		break;
	default:
		add_index(&it, STORE_GET, item, x);
		break;
	}
	g_array_append_val(r->items, it);
}

static struct span text_of(const struct item *it)
{
	const char *text = it->text ? it->text : it->op.why;
	struct span s = text ? span_text(text) : SPAN_NONE;

	s.n = MIN(s.n, STUB_STATUS_TEXT_MAX);
	return s;
}

static struct span found_of(const struct item *it)
{
	gsize n = 0;
	const void *p = it->op.found ? g_bytes_get_data(it->op.found, &n) : NULL;

	return it->op.status == STUB_OK ? span_of(p, n) : SPAN_NONE;
}

static size_t item_size(const struct item *it)
{
	size_t stub = found_of(it).n;

	return STATUS_SIZE + text_of(it).n + (stub ? CHAIN_PAYLOAD_HEADER_SIZE + stub : 0);
}

/* Items `from` to `to` as one message. */
static void write_part(const struct request *r, guint from, guint to, bool more,
		       void (*send)(void *user, struct span message), void *user)
{
	static uint8_t buf[STUB_MESSAGE_MAX]; /* one thread answers */
	struct stub_writer w;
	size_t n;

	stub_writer_init(&w, buf, sizeof(buf), r->reply_type, r->transaction);
	for (guint i = from; i < to; i++) {
		const struct item *it = &g_array_index(r->items, struct item, i);
		struct stub_status s = { .code = it->op.status,
					 .flags = more ? STUB_STATUS_MORE : 0,
					 .item = (uint16_t)i,
					 .text = text_of(it) };

		stub_writer_status(&w, &s);
		if (found_of(it).n)
			stub_writer_stub(&w, found_of(it));
	}
	if (stub_writer_finish(&w, &n) == ERR_OK)
		send(user, span_of(buf, n));
}

void requests_reply(const struct request *r, void (*send)(void *user, struct span message),
		    void *user)
{
	guint i = 0;

	while (i < r->items->len) {
		size_t size = REPLY_HEAD;
		guint to = i;

		while (to < r->items->len) {
			size += item_size(&g_array_index(r->items, struct item, to));
			if (size > STUB_MESSAGE_MAX)
				break;
			to++;
		}
		if (to == i)
			return; /* max-stub-size keeps every item below a message */
		write_part(r, i, to, to < r->items->len, send, user);
		i = to;
	}
}

size_t requests_refusal(uint8_t *out, size_t cap, uint8_t type, uint32_t transaction,
			enum iana_stub_status code, const char *text)
{
	struct stub_writer w;
	struct stub_status s = { .code = (uint8_t)code,
				 .item = STUB_ITEM_ALL,
				 .text = span_text(text) };
	size_t n;

	stub_writer_init(&w, out, cap, type, transaction);
	stub_writer_status(&w, &s);
	return stub_writer_finish(&w, &n) == ERR_OK ? n : 0;
}
