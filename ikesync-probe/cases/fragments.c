/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ID 1 in fragments (RFC 7383): forged ones, and the right ones in the wrong order. */
#include "cases/fragments.h"

#include "ike/ike_bind.h"

#define FRAGMENTS 3

/* SYN with N(IKEV2_FRAGMENTATION_SUPPORTED). true: a hit, with keys, and the gateway can do it too. */
static bool both_announce(struct steps *s)
{
	static const uint8_t body[] = { 0, 0, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED >> 8,
					NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED & 0xff };
	struct init_request r = init_request_of(&s->old->suite, &s->old->index);
	struct ike_notify n;
	char text[200];

	r.extra[r.n_extra++] = (struct init_extra){ PAYLOAD_NOTIFY, 0, SPAN_OF(body) };
	init_answer_clear(&s->a);
	init_exchange(s->c, &r, &s->a);
	evidence_note(s->e, "SYN with N(IKEV2_FRAGMENTATION_SUPPORTED): %s",
		      init_answer_text(&s->a, text, sizeof(text)));
	if (s->a.said.kind != IKE_ANSWER_RESUMED || !resume_derive(s->c, s->old)) {
		evidence_inconclusive(s->e,
				      "SYN with an announcement of RFC 7383 did not hit, see C01");
		return false;
	}
	if (ike_notify_find(&s->a.said.chain, NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &n))
		return true;
	evidence_note(s->e, "the gateway announces no RFC 7383: fragments are not asked");
	return false;
}

/* Part `number` of `inner`, sealed. NULL: no room. */
static GByteArray *fragment(struct client *c, const struct ike_inner *in, uint16_t number)
{
	const struct ike_header h = { .spi_i = c->sa.spi_i,
				      .spi_r = c->sa.spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = EXCHANGE_INFORMATIONAL,
				      .flags = IKE_FLAG_INITIATOR,
				      .message_id = 1 };
	const struct span whole = ike_inner_chain(in);
	const size_t from = whole.n / FRAGMENTS * (number - 1u);
	const size_t n = number == FRAGMENTS ? whole.n - from : whole.n / FRAGMENTS;
	uint8_t message[1024];
	struct wcursor cursor = wcursor_init(message, sizeof(message));
	struct chain_writer w;

	chain_writer_message(&w, &cursor, &h);
	if (sk_seal_fragment(&w, &c->sa.keys, SK_FROM_INITIATOR, &c->sa.iv, c->rng,
			     number == 1 ? ike_inner_first(in) : 0, span_of(&whole.p[from], n),
			     number, FRAGMENTS) != ERR_OK)
		return NULL;
	return g_byte_array_append(g_byte_array_new(), message, (guint)wcursor_size(&cursor));
}

/* Octets that must get no answer. */
static void send_in_vain(struct steps *s, const GByteArray *m, const char *clause, const char *what)
{
	GByteArray *answer = protected_raw(s->c, m, 1, s->p->target->timers.answer / 10);

	evidence_clause(s->e, clause, !answer, what, "no answer", answer ? "an answer" : "none");
	if (answer)
		g_byte_array_unref(answer);
}

/* The last one is what the gateway waits for. */
static void send_last(struct steps *s, const GByteArray *m)
{
	struct protected_answer a;
	char text[200];
	bool ok;

	protected_send(s->c, m, EXCHANGE_INFORMATIONAL, 1, 0, false, &a);
	ok = a.kind == PROTECTED_ANSWER && protected_error(&a) == 0;
	evidence_clause(s->e, "23.3", ok, "message ID 1 in three fragments, the first one last",
			"a verified answer without an error notify", "%s",
			protected_answer_text(&a, text, sizeof(text)));
	if (ok) {
		s->old->moved = s->c->live = true;
		s->c->sa.window.next = 2;
	}
	protected_answer_clear(&a);
}

static void send_all(struct steps *s, GByteArray *const m[FRAGMENTS])
{
	GByteArray *forged = g_byte_array_append(g_byte_array_new(), m[0]->data, m[0]->len);

	forged->data[forged->len - 1] ^= 1;
	send_in_vain(s, forged, "11.2", "the first fragment with the last bit of its ICV flipped");
	send_in_vain(s, m[1], "23.3", "the second fragment of three, before the first");
	send_in_vain(s, m[1], "23.3", "the second fragment once more");
	send_in_vain(s, m[2], "23.3", "the third one, before the first");
	send_in_vain(s, forged, "11.2", "the forged first fragment again");
	send_last(s, m[0]);
	g_byte_array_unref(forged);
}

void fragments_confirm(struct steps *s)
{
	struct ike_attempt t;
	GByteArray *m[FRAGMENTS] = { 0 };
	struct inner in;
	bool made = true;

	if (!both_announce(s))
		return;
	t = client_attempt(s->c);
	inner_init(&in);
	ike_bind_write(&in.in, &t, &s->c->sa.keys, SK_FROM_INITIATOR);
	for (uint16_t i = 0; i < FRAGMENTS; i++) {
		m[i] = fragment(s->c, &in.in, (uint16_t)(i + 1));
		made = made && m[i];
	}
	if (made)
		send_all(s, m);
	for (unsigned i = 0; i < FRAGMENTS; i++)
		if (m[i])
			g_byte_array_unref(m[i]);
}
