/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange.h"

#include "frag.h"
#include "stub_make.h"

/* Rule 23: 1,280 octets of IP, less IPv6, UDP and marker. */
#define FRAGMENT_SIZE (1280 - 40 - 8 - IKE_NON_ESP_MARKER_SIZE)

void exchange_reply_init(struct exchange_reply *r)
{
	r->close = false;
	r->c = wcursor_init(r->buffer, sizeof(r->buffer));
	wcursor_u8(&r->c, PAYLOAD_NONE);
	chain_writer_init(&r->w, &r->c, 0);
}

void exchange_reply_error(struct exchange_reply *r, uint16_t notify, struct span data)
{
	exchange_reply_init(r);
	ike_notify_write_simple(&r->w, notify, data);
}

void exchange_write_index(struct sa *sa, struct exchange_reply *r)
{
	struct index ix = sa_index(sa);
	uint8_t body[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(body, sizeof(body));

	if (!sa->has_stub && !stub_make_wanted(sa))
		return;
	index_write(&c, &ix);
	ike_notify_write_simple(&r->w, NOTIFY_IKESYNC_INDEX, span_of(body, wcursor_size(&c)));
}

static bool open_fragment(struct sa *sa, const struct gateway_message *m,
			  const struct chain_payload *p, uint8_t *out, struct exchange_request *req)
{
	struct fault fault;
	struct ike_skf skf;
	size_t n;

	if (!sa->fragmentation || ike_skf_parse(p, &skf, &fault))
		return false;
	if (sk_open(m->octets, p, &sa->keys, SK_FROM_INITIATOR, out, &n)) {
		sa->gateway->counters.bad_icv++;
		return false;
	}
	sa->path = *m->path;
	if (!frag_add(sa, m, &skf, p->next, span_of(out, n), out, &n, &req->first, req->hash))
		return false;
	req->inner = span_of(out, n);
	return true;
}

bool exchange_open(struct sa *sa, const struct gateway_message *m, uint8_t *out,
		   struct exchange_request *req)
{
	const struct chain_payload *p = m->chain.n ? &m->chain.at[m->chain.n - 1] : NULL;
	size_t n;

	if (!p || (p->type != PAYLOAD_SK && p->type != PAYLOAD_SKF))
		return false;
	req->exchange = m->header.exchange;
	if (p->type == PAYLOAD_SKF)
		return open_fragment(sa, m, p, out, req);
	if (sk_open(m->octets, p, &sa->keys, SK_FROM_INITIATOR, out, &n)) {
		sa->gateway->counters.bad_icv++;
		log_debug("SA %016" PRIx64 ": message %u does not verify", sa->spi_r,
			  m->header.message_id);
		return false;
	}
	/* Authentic: answers go where it came from (RFC 7296 section 2.23). */
	sa->path = *m->path;
	req->first = p->next;
	req->inner = span_of(out, n);
	gateway_hash(m->octets, req->hash);
	return true;
}

bool exchange_parse(struct exchange_request *req, uint16_t *notify, uint8_t *data)
{
	struct fault fault = { 0 };

	*data = 0;
	if (chain_parse(req->inner, req->first, NULL, &req->chain, &fault)) {
		log_debug("inner payloads: %s at %zu", fault.field, fault.offset);
		*notify = NOTIFY_INVALID_SYNTAX;
		return false;
	}
	if (chain_check_critical(&req->chain, 0, data)) {
		*notify = NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
		return false;
	}
	return true;
}

void exchange_handle(struct sa *sa, struct exchange_request *req, struct exchange_reply *r)
{
	switch (req->exchange) {
	case EXCHANGE_CREATE_CHILD_SA:
		child_request(sa, req, r);
		break;
	case EXCHANGE_INFORMATIONAL:
		info_request(sa, req, r);
		break;
	default:
		ike_notify_write_simple(&r->w, NOTIFY_INVALID_SYNTAX, SPAN_NONE);
	}
}

void exchange_receive(struct gateway *g, struct sa *sa, const struct gateway_message *m)
{
	struct exchange_request req = { 0 };
	struct exchange_reply r;
	uint8_t plain[IKE_MESSAGE_MAX];
	uint16_t notify;
	uint8_t data;

	(void)g;
	if (!window_accept(sa, m))
		return;
	switch (sa->state) {
	case SA_HALF_OPEN:
		auth_request(sa, m);
		return;
	case SA_PROVISIONAL:
		confirm_request(sa, m);
		return;
	case SA_ESTABLISHED:
		break;
	default:
		/* the move is under way: retransmissions are absorbed (rule 13); or the SA is gone */
		return;
	}
	if (!exchange_open(sa, m, plain, &req))
		return;
	exchange_reply_init(&r);
	if (exchange_parse(&req, &notify, &data))
		exchange_handle(sa, &req, &r);
	else
		exchange_reply_error(&r, notify, span_of(&data, data ? 1 : 0));
	exchange_respond(sa, req.exchange, req.hash, &r);
}

static enum err seal(struct sa *sa, uint8_t exchange, uint8_t first, struct span inner,
		     uint16_t number, uint16_t total, struct wcursor *out)
{
	struct gateway *g = sa->gateway;
	struct ike_header h = ike_header_response(sa->spi_i, sa->spi_r, exchange, sa->expected);
	uint8_t buffer[GATEWAY_MESSAGE_MAX + 256];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	enum err err;

	chain_writer_message(&w, &c, &h);
	err = total ? sk_seal_fragment(&w, &sa->keys, SK_FROM_RESPONDER, &sa->iv, &g->ops.rng,
				       number == 1 ? first : 0, inner, number, total)
		    : sk_seal(&w, &sa->keys, SK_FROM_RESPONDER, &sa->iv, &g->ops.rng, first, inner);
	if (err)
		return err;
	wcursor_bytes(out, span_of(buffer, wcursor_size(&c)));
	return out->err;
}

/* One SK message, or SKF fragments where both ends can and the message needs it (RFC 7383). */
static enum err seal_all(struct sa *sa, uint8_t exchange, uint8_t first, struct span inner,
			 struct wcursor *out)
{
	size_t overhead = IKE_HEADER_SIZE + sk_overhead(&sa->keys, 0) + 4 + 16;
	size_t piece = FRAGMENT_SIZE - overhead;
	struct rcursor c = rcursor_init(inner, NULL);
	uint16_t total = (uint16_t)((inner.n + piece - 1) / piece);
	enum err err = ERR_OK;

	if (!sa->fragmentation ||
	    IKE_HEADER_SIZE + sk_overhead(&sa->keys, inner.n) + inner.n <= FRAGMENT_SIZE)
		return seal(sa, exchange, first, inner, 0, 0, out);
	for (uint16_t i = 1; !err && i <= total; i++) {
		size_t left = rcursor_left(&c);

		err = seal(sa, exchange, first, rcursor_bytes(&c, left < piece ? left : piece, ""),
			   i, total, out);
	}
	return err;
}

void exchange_respond(struct sa *sa, uint8_t exchange, const uint8_t hash[static SA_HASH_SIZE],
		      struct exchange_reply *r)
{
	uint8_t buffer[2 * GATEWAY_MESSAGE_MAX];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct span inner = span_of(&r->buffer[1], wcursor_size(&r->c) - 1);
	enum err err = r->c.err;

	if (!err)
		err = seal_all(sa, exchange, r->buffer[0], inner, &c);
	if (err) {
		char spis[IKE_SPIS_TEXT_MAX];

		log_error("SA %s: no response: %s", sa_text(sa, spis), err_text(err));
		/* Not left half-way: nothing would end it. */
		if (r->close)
			sa_close(sa);
		return;
	}
	window_answer(sa, hash, span_of(buffer, wcursor_size(&c)));
	if (r->close)
		sa_close(sa);
}
