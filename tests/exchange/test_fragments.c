/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE fragmentation, RFC 7383: requests that come in pieces, answers that go in pieces. */
#include "cmocka_all.h"
#include "session.h"

#include "ike/ike_fragments.h"

#define PIECES_MAX 16

struct pieces {
	unsigned n;
	struct peer_message at[PIECES_MAX];
};

/* Seal `in` as fragments of `size` octets of plaintext. */
static void split(struct peer *p, uint8_t exchange, struct peer_inner *in, size_t size,
		  struct pieces *out)
{
	const struct ike_header h = { .spi_i = p->sa.spi_i,
				      .spi_r = p->sa.spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = exchange,
				      .flags = IKE_FLAG_INITIATOR,
				      .message_id = p->sa.window.next };

	out->n = ike_fragments_count(&in->in, size);
	assert_in_range(out->n, 1, PIECES_MAX);
	for (unsigned i = 0; i < out->n; i++) {
		struct peer_message *m = &out->at[i];
		struct wcursor c = wcursor_init(m->octets, sizeof(m->octets));

		assert_int_equal(ike_fragments_seal(&c, &h, &p->sa.keys, SK_FROM_INITIATOR,
						    &p->sa.iv, &p->rng, &in->in, size, i + 1),
				 ERR_OK);
		m->n = wcursor_size(&c);
	}
}

static void informational(struct peer *p, size_t padding, size_t size, struct pieces *out)
{
	uint8_t filler[3000] = { 0 };
	struct peer_inner in;

	peer_inner_init(&in);
	ike_notify_write_simple(&in.in.w, 40000, span_of(filler, padding));
	split(p, EXCHANGE_INFORMATIONAL, &in, size, out);
}

static struct world *start(struct peer *p, bool announce)
{
	struct world *w = world_new();
	struct peer_init how = { .fragmentation = announce };
	struct peer_message m;
	struct peer_response r;

	peer_init(p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, p, &how), PEER_FULL);
	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, A, p, &m, &r));
	return w;
}

static void send_piece(struct world *w, const struct pieces *pieces, unsigned i)
{
	world_send(w, A, &session_path, peer_span(&pieces->at[i]));
}

static void in_any_order(void **state)
{
	struct pieces pieces;
	struct peer p;
	struct world *w = start(&p, true);

	(void)state;
	informational(&p, 900, 200, &pieces);
	assert_int_equal(pieces.n, 5);
	send_piece(w, &pieces, 3);
	send_piece(w, &pieces, 1);
	send_piece(w, &pieces, 1); /* again */
	send_piece(w, &pieces, 4);
	send_piece(w, &pieces, 0);
	assert_int_equal(world_pending(w), 0);
	send_piece(w, &pieces, 2);
	assert_int_equal(world_pending(w), 1);
	world_drop_all(w);
	/*
	 * the whole came again: fragment 1 alone brings the answer again (RFC 7383 section 2.6.1)
	 */
	for (unsigned i = 0; i < pieces.n; i++)
		send_piece(w, &pieces, i);
	assert_int_equal(world_pending(w), 1);
	p.sa.window.next++;
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void not_announced(void **state)
{
	struct pieces pieces;
	struct peer p;
	struct world *w = start(&p, false);

	(void)state;
	informational(&p, 900, 200, &pieces);
	for (unsigned i = 0; i < pieces.n; i++)
		send_piece(w, &pieces, i);
	assert_int_equal(world_pending(w), 0);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void bad_and_restarted(void **state)
{
	struct pieces big, small;
	struct peer p;
	struct world *w = start(&p, true);

	(void)state;
	informational(&p, 900, 500, &big);
	informational(&p, 900, 200, &small);
	big.at[0].octets[big.at[0].n - 1] ^= 1;
	send_piece(w, &big, 0); /* does not verify: as if it had not come */
	send_piece(w, &big, 1);
	assert_int_equal(world_pending(w), 0);
	/* a larger total begins anew (2.5.2), and an older, smaller one is ignored then */
	for (unsigned i = 0; i < small.n; i++) {
		send_piece(w, &small, i);
		if (i == 1)
			send_piece(w, &big, 1);
	}
	assert_int_equal(world_pending(w), 1);
	peer_clear(&p);
	world_free(w);
}

static void too_much(void **state)
{
	struct pieces pieces;
	struct peer p;
	struct world *w = start(&p, true);

	(void)state;
	/* fragments that never become whole are one message at most, and go with the SA */
	informational(&p, 2900, 200, &pieces);
	for (unsigned round = 0; round < 50; round++)
		send_piece(w, &pieces, round % (pieces.n - 1));
	assert_int_equal(world_pending(w), 0);
	peer_clear(&p);
	world_free(w);
}

/* A long IDr makes the IKE_AUTH response larger than 1,280 octets. */
static void answer_in_pieces(void **state)
{
	static char name[1000];
	struct world *w = world_new();
	struct peer_init how = { .fragmentation = true };
	uint8_t whole[PEER_BUFFER], first = 0;
	struct wcursor c = wcursor_init(whole, sizeof(whole));
	struct peer_message m;
	struct chain chain;
	struct fault fault;
	struct ike_id id;
	struct peer p;
	unsigned n = 0;

	(void)state;
	memset(name, 'g', sizeof(name) - 1);
	w->site[A].config.identity.data = span_text(name);
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	world_send(w, A, &session_path, peer_span(&m));
	for (GBytes *b = world_take(w); b; b = world_take(w)) {
		struct span message = span_of(g_bytes_get_data(b, NULL), g_bytes_get_size(b));
		uint8_t plain[PEER_BUFFER];
		struct ike_header h;
		struct ike_skf skf;
		size_t size;

		assert_true(message.n <= 1280 - 28);
		assert_int_equal(chain_parse_message(message, &h, &chain, &fault), ERR_OK);
		assert_int_equal(chain.at[0].type, PAYLOAD_SKF);
		assert_int_equal(ike_skf_parse(&chain.at[0], &skf, &fault), ERR_OK);
		assert_int_equal(skf.number, ++n);
		if (n == 1)
			first = chain.at[0].next;
		assert_int_equal(
		    sk_open(message, &chain.at[0], &p.sa.keys, SK_FROM_RESPONDER, plain, &size),
		    ERR_OK);
		wcursor_bytes(&c, span_of(plain, size));
		g_bytes_unref(b);
	}
	assert_int_equal(n, 2);
	assert_int_equal(chain_parse(span_of(whole, wcursor_size(&c)), first, NULL, &chain, &fault),
			 ERR_OK);
	assert_int_equal(ike_id_parse(chain_find(&chain, PAYLOAD_IDR), &id, &fault), ERR_OK);
	assert_int_equal(id.data.n, sizeof(name) - 1);
	/* both pieces again */
	world_send(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 2);
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order),      cmocka_unit_test(not_announced),
		cmocka_unit_test(bad_and_restarted), cmocka_unit_test(too_much),
		cmocka_unit_test(answer_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
