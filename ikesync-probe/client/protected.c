/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/protected.h"

#include <stdio.h>

void inner_init(struct inner *in)
{
	in->octets[0] = PAYLOAD_NONE; /* the first payload's type is patched in here */
	in->c = wcursor_init(in->octets, sizeof(in->octets));
	wcursor_u8(&in->c, PAYLOAD_NONE);
	chain_writer_init(&in->w, &in->c, 0);
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
	GString *s = g_string_new(protected_kind_text(a->kind));

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

GByteArray *protected_seal(struct client *c, uint8_t exchange, uint8_t flags, uint32_t message_id,
			   const struct inner *in)
{
	const struct ike_header h = { .spi_i = c->spi_i,
				      .spi_r = c->spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = flags | IKE_FLAG_INITIATOR,
				      .message_id = message_id };
	struct rcursor rc = rcursor_init(span_of(in->octets, wcursor_size(&in->c)), NULL);
	const uint8_t first = rcursor_u8(&rc, "first payload");
	const struct span chain = rcursor_rest(&rc);
	uint8_t message[PROTECTED_INNER_MAX + 512];
	struct wcursor cursor = wcursor_init(message, sizeof(message));
	struct chain_writer w;
	GByteArray *out;

	if (in->c.err != ERR_OK)
		return NULL;
	chain_writer_message(&w, &cursor, &h);
	if (sk_seal(&w, &c->keys, SK_FROM_INITIATOR, &c->iv, c->rng, first, chain) != ERR_OK)
		return NULL;
	out = g_byte_array_sized_new((guint)wcursor_size(&cursor));
	return g_byte_array_append(out, message, (guint)wcursor_size(&cursor));
}

enum err protected_open(const struct ike_keys *keys, enum sk_sender sender, struct span message,
			struct protected_answer *out)
{
	const struct chain_payload *sk;
	struct fault fault;
	struct chain outer;
	size_t n = 0;
	enum err err;

	*out = (struct protected_answer){ .kind = PROTECTED_UNVERIFIED };
	out->octets = g_byte_array_append(g_byte_array_sized_new((guint)message.n), message.p,
					  (guint)message.n);
	message = span_of(out->octets->data, out->octets->len);
	err = chain_parse_message(message, &out->header, &outer, &fault);
	if (err != ERR_OK)
		return err;
	sk = chain_find(&outer, PAYLOAD_SK);
	if (!sk) {
		for (unsigned i = 0; i < outer.n && out->clear_notify == 0; i++) {
			struct ike_notify notify;

			if (outer.at[i].type == PAYLOAD_NOTIFY &&
			    ike_notify_parse(&outer.at[i], &notify, &fault) == ERR_OK)
				out->clear_notify = notify.type;
		}
		out->kind = PROTECTED_CLEAR;
		return ERR_MISSING;
	}
	out->plain = g_byte_array_sized_new((guint)sk->body.n + 1);
	g_byte_array_set_size(out->plain, (guint)sk->body.n + 1);
	err = sk_open(message, sk, keys, sender, out->plain->data, &n);
	if (err != ERR_OK)
		return err;
	err = chain_parse(span_of(out->plain->data, n), sk->next, NULL, &out->inner, &fault);
	if (err == ERR_OK)
		out->kind = PROTECTED_ANSWER;
	return err;
}

/* Does the header belong to this SA, sent by the gateway as its original responder? */
static bool of_this_sa(const struct client *c, struct span message, struct ike_header *h)
{
	struct fault fault;

	return ike_header_parse(message, h, &fault) == ERR_OK && h->spi_i == c->spi_i &&
	       h->spi_r == c->spi_r && !(h->flags & IKE_FLAG_INITIATOR) &&
	       h->exchange != EXCHANGE_IKE_SA_INIT;
}

void protected_handle_request(struct client *c, struct span message)
{
	struct protected_answer request = { 0 };
	struct ike_header h;
	struct inner in;
	GByteArray *response;

	if (!c->has_keys || !of_this_sa(c, message, &h) || (h.flags & IKE_FLAG_RESPONSE) ||
	    protected_open(&c->keys, SK_FROM_RESPONDER, message, &request) != ERR_OK) {
		protected_answer_clear(&request);
		return;
	}
	if (chain_find(&request.inner, PAYLOAD_DELETE) && h.exchange == EXCHANGE_INFORMATIONAL) {
		evidence_note(c->evidence, "the gateway deletes this IKE SA");
		c->gateway_deleted = true;
	} else {
		evidence_note(c->evidence, "the gateway asks (%s, message ID %u); answered",
			      iana_exchange_name(h.exchange), h.message_id);
	}
	c->peer_next_id = h.message_id + 1;
	inner_init(&in);
	/* The probe offers no service of its own: everything but INFORMATIONAL is declined. */
	if (h.exchange != EXCHANGE_INFORMATIONAL)
		ike_notify_write_simple(&in.w, NOTIFY_NO_ADDITIONAL_SAS, SPAN_NONE);
	response = protected_seal(c, h.exchange, IKE_FLAG_RESPONSE, h.message_id, &in);
	if (response) {
		transport_send(c->transport, span_of(response->data, response->len));
		g_byte_array_unref(response);
	}
	protected_answer_clear(&request);
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
	transport_send(c->transport, span_of(request->data, request->len));
	while (probe_now() < deadline && !probe_interrupted()) {
		struct protected_answer a;
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
		if (!of_this_sa(c, message, &h))
			continue;
		if (!(h.flags & IKE_FLAG_RESPONSE)) {
			protected_handle_request(c, message);
			continue;
		}
		if (h.message_id != message_id || h.exchange != exchange)
			continue;
		if (protected_open(&c->keys, SK_FROM_RESPONDER, message, &a) != ERR_OK)
			unverified++;
		protected_answer_clear(out);
		*out = a;
		/* What does not verify proves nothing: the right answer may still come. */
		if (out->kind == PROTECTED_ANSWER)
			break;
	}
	out->n_unverified = unverified;
	return out->kind;
}

enum protected_kind protected_exchange(struct client *c, uint8_t exchange, const struct inner *in,
				       struct protected_answer *out)
{
	const uint32_t id = c->next_id++;
	GByteArray *request = protected_seal(c, exchange, 0, id, in);
	enum protected_kind kind;

	*out = (struct protected_answer){ 0 };
	if (!request)
		return PROTECTED_SILENCE;
	kind = protected_send(c, request, exchange, id, 0, false, out);
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
