/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking under the Encrypted payload and waiting for what verifies. */
#include "client/protected.h"

#include "ike/ike_inform.h"

#include <stdio.h>

void inner_init(struct inner *in)
{
	in->octets[0] = PAYLOAD_NONE; /* the first payload's type is patched in here */
	ike_inner_init(&in->in, in->octets, sizeof(in->octets));
}

void protected_answer_clear(struct protected_answer *a)
{
	if (a->octets)
		g_byte_array_unref(a->octets);
	if (a->plain) {
		secret_wipe(a->plain->data, a->plain->len);
		g_byte_array_unref(a->plain);
	}
	*a = (struct protected_answer){ 0 };
}

const char *protected_kind_text(enum protected_kind k)
{
	switch (k) {
	case PROTECTED_SILENCE:
		return "no answer";
	case PROTECTED_ANSWER:
		return "verified answer";
	case PROTECTED_UNVERIFIED:
		return "an answer that does not verify";
	case PROTECTED_CLEAR:
		return "an unprotected answer";
	}
	return "?";
}

uint16_t protected_error(const struct protected_answer *a)
{
	for (unsigned i = 0; i < a->inner.n; i++) {
		struct ike_notify n;
		struct fault fault;

		if (a->inner.at[i].type == PAYLOAD_NOTIFY &&
		    ike_notify_parse(&a->inner.at[i], &n, &fault) == ERR_OK &&
		    ike_notify_is_error(n.type))
			return n.type;
	}
	return 0;
}

const char *protected_answer_text(const struct protected_answer *a, char *out, size_t cap)
{
	GString *s = g_string_new(a->kind == PROTECTED_SILENCE && a->silence[0]
				      ? a->silence
				      : protected_kind_text(a->kind));

	if (a->kind == PROTECTED_CLEAR)
		g_string_append_printf(s, ": N(%s)", iana_notify_name(a->clear_notify));
	for (unsigned i = 0; a->kind == PROTECTED_ANSWER && i < a->inner.n; i++) {
		const struct chain_payload *p = &a->inner.at[i];
		struct ike_notify n;
		struct fault fault;

		g_string_append(s, i ? ", " : ": ");
		if (p->type == PAYLOAD_NOTIFY && ike_notify_parse(p, &n, &fault) == ERR_OK)
			g_string_append_printf(s, "N(%s)", iana_notify_name(n.type));
		else
			g_string_append(s, iana_payload_name(p->type));
	}
	if (a->kind == PROTECTED_ANSWER && a->inner.n == 0)
		g_string_append(s, " without payloads");
	snprintf(out, cap, "%s", s->str);
	g_string_free(s, TRUE);
	return out;
}

/* Which end of this SA is the gateway? It is the initiator of one that it made by a rekey. */
static enum sk_sender theirs(const struct client *c)
{
	return c->sa.responder ? SK_FROM_INITIATOR : SK_FROM_RESPONDER;
}

GByteArray *protected_seal(struct client *c, uint8_t exchange, uint8_t flags, uint32_t message_id,
			   const struct inner *in)
{
	const struct ike_header h = { .spi_i = c->sa.spi_i,
				      .spi_r = c->sa.spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = flags | (c->sa.responder ? 0 : IKE_FLAG_INITIATOR),
				      .message_id = message_id };
	uint8_t message[PROTECTED_INNER_MAX + 512];
	struct wcursor cursor = wcursor_init(message, sizeof(message));
	GByteArray *out;

	if (ike_protected_seal(&cursor, &h, &c->sa.keys,
			       c->sa.responder ? SK_FROM_RESPONDER : SK_FROM_INITIATOR, &c->sa.iv,
			       c->rng, &in->in) != ERR_OK)
		return NULL;
	evidence_sealed(c->evidence, ike_inner_chain(&in->in), ike_inner_first(&in->in));
	out = g_byte_array_sized_new((guint)wcursor_size(&cursor));
	return g_byte_array_append(out, message, (guint)wcursor_size(&cursor));
}

GByteArray *protected_room(struct span message)
{
	return g_byte_array_set_size(g_byte_array_new(), (guint)message.n + 1);
}

void protected_fill(struct protected_answer *out, struct span message, GByteArray *plain,
		    const struct ike_protected *m)
{
	*out = (struct protected_answer){
		.kind = m->kind == IKE_PROTECTED_VERIFIED ? PROTECTED_ANSWER
			: m->kind == IKE_PROTECTED_CLEAR  ? PROTECTED_CLEAR
							  : PROTECTED_UNVERIFIED,
		.header = m->header,
		.plain = plain,
		.clear_notify = m->clear_notify,
		.inner = m->inner,
	};
	out->octets = g_byte_array_append(g_byte_array_sized_new((guint)message.n), message.p,
					  (guint)message.n);
}

enum err protected_open(const struct ike_keys *keys, enum sk_sender sender, struct span message,
			struct protected_answer *out)
{
	GByteArray *plain = protected_room(message);
	struct ike_protected m;
	const enum err err = ike_protected_open(message, keys, sender, plain->data, plain->len, &m);

	protected_fill(out, message, plain, &m);
	return err;
}

void protected_show(struct client *c, const struct protected_answer *a)
{
	const struct chain_payload *first = a->inner.at, *last = first + a->inner.n - 1;
	struct span chain = SPAN_NONE;

	if (a->kind != PROTECTED_ANSWER)
		return;
	if (a->inner.n > 0)
		chain = span_of(first->body.p - CHAIN_PAYLOAD_HEADER_SIZE,
				(size_t)(last->body.p + last->body.n - first->body.p) +
				    CHAIN_PAYLOAD_HEADER_SIZE);
	evidence_opened(c->evidence, chain, a->inner.n > 0 ? first->type : PAYLOAD_NONE);
}

/* Does the header belong to this SA, sent by the gateway? `broken` (may be NULL) is of no use where the gateway made it. */
static bool belongs(const struct client *c, struct span message, struct ike_header *h,
		    struct ike_broken *broken)
{
	return c->sa.responder
		   ? ike_protected_of_initiator(message, c->sa.spi_i, c->sa.spi_r, h)
		   : ike_protected_belongs(message, c->sa.spi_i, c->sa.spi_r, h, broken);
}

static bool of_this_sa(const struct client *c, struct span message, struct ike_header *h)
{
	return belongs(c, message, h, NULL);
}

bool protected_request(struct client *c, struct span message, struct protected_answer *out)
{
	struct ike_header h;

	*out = (struct protected_answer){ 0 };
	if (c->sa.keys.sk_d.n == 0 || !of_this_sa(c, message, &h) || (h.flags & IKE_FLAG_RESPONSE))
		return false;
	if (protected_open(&c->sa.keys, theirs(c), message, out) != ERR_OK) {
		protected_answer_clear(out);
		return false;
	}
	protected_show(c, out);
	return true;
}

void protected_respond(struct client *c, const struct protected_answer *request,
		       const struct inner *in)
{
	const struct ike_header *h = &request->header;
	GByteArray *answer = protected_seal(c, h->exchange, IKE_FLAG_RESPONSE, h->message_id, in);

	if (!answer)
		return;
	ike_window_answered(&c->sa.window, h->message_id);
	transport_send(c->transport, span_of(answer->data, answer->len));
	if (c->said)
		g_byte_array_unref(c->said);
	c->said = answer;
}

void protected_handle_request(struct client *c, struct span message)
{
	struct protected_answer request;
	struct inner in;

	if (!protected_request(c, message, &request))
		return;
	inner_init(&in);
	if (ike_inform_answer(request.header.exchange, &request.inner, &in.in, NULL) ==
	    IKE_INFORM_DELETED) {
		evidence_note(c->evidence, "the gateway deletes this IKE SA");
		c->gateway_deleted = true;
	} else {
		evidence_note(c->evidence, "the gateway asks (%s, message ID %u); answered",
			      iana_exchange_name(request.header.exchange),
			      request.header.message_id);
	}
	protected_respond(c, &request, &in);
	protected_answer_clear(&request);
}

/* A late copy of the answer to IKE_SA_INIT is no offence. */
static bool is_init_again(const struct client *c, const struct ike_header *h,
			  const struct ike_broken *b)
{
	return (b->clause == IKE_CLAUSE_EXCHANGE || b->clause == IKE_CLAUSE_SPI_R) &&
	       h->exchange == EXCHANGE_IKE_SA_INIT && h->spi_i == c->sa.spi_i;
}

/* A response of this SA to another request. One to an earlier request is a late copy. */
static void discard_response(struct client *c, struct span message, const struct ike_header *h,
			     uint32_t asked)
{
	const struct ike_broken broken = { .clause = h->message_id != asked ? IKE_CLAUSE_MESSAGE_ID
									    : IKE_CLAUSE_EXCHANGE };

	if (h->message_id >= asked)
		client_discard(c, message, &broken);
}

enum protected_kind protected_send(struct client *c, const GByteArray *request, uint8_t exchange,
				   uint32_t message_id, uint64_t answer_ms, bool once,
				   struct protected_answer *out)
{
	const struct target_timers *timers = &c->probe->target->timers;
	const uint64_t deadline = probe_now() + (answer_ms ? answer_ms : timers->answer);
	uint64_t wait = timers->retransmit,
		 next = once ? deadline : MIN(probe_now() + wait, deadline);
	unsigned unverified = 0;

	*out = (struct protected_answer){ 0 };
	transport_forget(c->transport);
	transport_send(c->transport, span_of(request->data, request->len));
	while (probe_now() < deadline && !probe_interrupted()) {
		struct protected_answer a;
		struct ike_broken broken;
		struct ike_header h;
		struct span message;

		if (!transport_receive(c->transport, next, &message)) {
			if (next < deadline && !probe_interrupted()) {
				transport_send(c->transport, span_of(request->data, request->len));
				wait *= 2;
				next = MIN(probe_now() + wait, deadline);
			}
			continue;
		}
		if (!belongs(c, message, &h, &broken)) {
			if (!c->sa.responder && !is_init_again(c, &h, &broken))
				client_discard(c, message, &broken);
			continue;
		}
		if (!(h.flags & IKE_FLAG_RESPONSE)) {
			protected_handle_request(c, message);
			continue;
		}
		if (h.message_id != message_id || h.exchange != exchange) {
			discard_response(c, message, &h, message_id);
			c->n_strays += h.exchange != exchange || h.message_id > message_id;
			continue;
		}
		if (protected_open(&c->sa.keys, theirs(c), message, &a) != ERR_OK)
			unverified++;
		protected_show(c, &a);
		protected_answer_clear(out);
		*out = a;
		/* What does not verify proves nothing: the right answer may still come. */
		if (out->kind == PROTECTED_ANSWER) {
			client_heard(c);
			break;
		}
	}
	if (out->kind == PROTECTED_SILENCE)
		transport_silence(c->transport, out->silence);
	out->n_unverified = unverified;
	return out->kind;
}

GByteArray *protected_raw(struct client *c, const GByteArray *octets, uint32_t message_id,
			  uint64_t wait_ms)
{
	const uint64_t deadline = probe_now() + wait_ms,
		       again = c->probe->target->timers.retransmit;
	uint64_t next = 0;
	struct ike_header h;
	struct span message;

	while (probe_now() < deadline && !probe_interrupted()) {
		if (probe_now() >= next) { /* the network may lose it */
			transport_send(c->transport, span_of(octets->data, octets->len));
			next = MIN(probe_now() + again, deadline);
		}
		if (!transport_receive(c->transport, next, &message) || !of_this_sa(c, message, &h))
			continue;
		if (!(h.flags & IKE_FLAG_RESPONSE))
			protected_handle_request(c, message);
		else if (h.message_id == message_id)
			return g_byte_array_append(g_byte_array_sized_new((guint)message.n),
						   message.p, (guint)message.n);
	}
	return NULL;
}

void protected_quiet(struct client *c)
{
	const uint64_t pause = c->probe->target->timers.retransmit,
		       latest = probe_now() + c->probe->target->timers.answer;
	uint64_t quiet = probe_now() + pause;
	struct span message;

	while (probe_now() < quiet && probe_now() < latest && !probe_interrupted())
		if (transport_receive(c->transport, quiet, &message)) {
			protected_handle_request(c, message);
			quiet = probe_now() + pause;
		}
}

/* An SA that is there answers at once; one that is gone never. */
#define GONE_MS 700

bool protected_ask_gone(struct client *c, struct protected_answer *out)
{
	const uint32_t id = c->sa.window.next;
	struct inner in;
	GByteArray *request;

	inner_init(&in);
	request = protected_seal(c, EXCHANGE_INFORMATIONAL, 0, id, &in);
	if (!request)
		return false;
	protected_send(c, request, EXCHANGE_INFORMATIONAL, id, GONE_MS, false, out);
	g_byte_array_unref(request);
	return true;
}

enum protected_kind protected_exchange(struct client *c, uint8_t exchange, const struct inner *in,
				       struct protected_answer *out)
{
	const uint32_t id = ike_window_ask(&c->sa.window);
	GByteArray *request = protected_seal(c, exchange, 0, id, in);
	enum protected_kind kind;

	*out = (struct protected_answer){ 0 };
	if (!request)
		return PROTECTED_SILENCE;
	kind = protected_send(c, request, exchange, id, 0, false, out);
	if (kind == PROTECTED_ANSWER)
		ike_window_done(&c->sa.window);
	g_byte_array_unref(request);
	return kind;
}

bool protected_accepted(struct client *c, const struct protected_answer *a, const char *what)
{
	char text[200];

	c->refused = a->kind == PROTECTED_ANSWER ? protected_error(a) : 0;
	if (a->kind != PROTECTED_ANSWER)
		return client_fail(c, "%s: %s", what, protected_answer_text(a, text, sizeof(text)));
	if (c->refused)
		return client_fail(c, "%s: refused with N(%s) (%u)", what,
				   iana_notify_name(c->refused), c->refused);
	return true;
}
