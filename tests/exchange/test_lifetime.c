/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an IKE SA's lifetime: the gateway's own Delete (RFC 7296 sections 1.4.1, 2.1, 2.4). */
#include "cmocka_all.h"
#include "session.h"

#define LIFETIME_S 3600

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

	w->site[A].config.ike_lifetime_s = LIFETIME_S;
	w->site[A].config.request_first_ms = 1000;
	w->site[A].config.request_tries = 4;
	world_start(w, A);
	peer_init(p, "client", "aes128-sha256-x25519");
	session_establish(w, A, p, true);
	world_drop_all(w);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static struct span span_of_bytes(GBytes *b)
{
	gsize n;
	const void *octets = g_bytes_get_data(b, &n);

	return span_of(octets, n);
}

/* The one message that has been sent is the gateway's Delete, as its first request. */
static GBytes *take_delete(struct world *w, struct peer *p)
{
	GBytes *b = world_take(w);
	uint8_t plain[PEER_BUFFER];
	struct ike_protected m;
	struct ike_delete d;
	struct fault fault;

	assert_non_null(b);
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(ike_client_open(&p->sa, span_of_bytes(b), plain, sizeof(plain), &m), 0);
	assert_int_equal(m.header.exchange, EXCHANGE_INFORMATIONAL);
	assert_int_equal(m.header.flags, 0); /* a request, and not of the original initiator */
	assert_int_equal(m.header.message_id, 0);
	assert_true(m.header.spi_i == p->sa.spi_i && m.header.spi_r == p->sa.spi_r);
	assert_int_equal(m.inner.n, 1);
	assert_int_equal(ike_delete_parse(chain_find(&m.inner, PAYLOAD_DELETE), &d, &fault), 0);
	assert_int_equal(d.protocol, PROTOCOL_IKE);
	assert_int_equal(d.n, 0);
	return b;
}

/* The gateway knows the SA no more, and says so. */
static void assert_gone(struct world *w, struct peer *p)
{
	g_autoptr(GBytes) b = NULL;
	struct peer_inner in;
	struct peer_message m;
	struct ike_header h;
	struct chain chain;
	struct ike_notify n;
	struct fault fault;

	peer_inner_init(&in);
	peer_seal(p, EXCHANGE_INFORMATIONAL, &in, &m);
	world_drop_all(w);
	world_send(w, A, &session_path, peer_span(&m));
	b = world_take(w);
	assert_non_null(b);
	assert_int_equal(chain_parse_message(span_of_bytes(b), &h, &chain, &fault), ERR_OK);
	assert_true(ike_notify_find(&chain, NOTIFY_INVALID_IKE_SPI, &n));
}

static void answered(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	g_autoptr(GBytes) b = NULL;

	(void)state;
	world_advance(w, (LIFETIME_S - 1) * 1000);
	assert_int_equal(world_pending(w), 0);
	world_advance(w, 1000);
	b = take_delete(w, &p);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	session_answer(w, A, &p, 0, false);
	assert_int_equal(world_pending(w), 0);
	assert_gone(w, &p);
	world_drop_all(w);
	world_advance(w, 120 * 1000);
	assert_int_equal(world_pending(w), 0); /* nothing is sent again */
	assert_int_equal(w->bank.deletes, 0);  /* the stub ends by itself (rule 36) */
	end(w, &p);
}

/* 1, 2 and 4 s apart, the same octets; 8 s after the last the SA goes. */
static void unanswered(void **state)
{
	static const unsigned waits[] = { 1000, 2000, 4000 };
	struct peer p;
	struct world *w = begin(&p);
	g_autoptr(GBytes) first = NULL;

	(void)state;
	world_advance(w, LIFETIME_S * 1000);
	first = take_delete(w, &p);
	for (unsigned i = 0; i < G_N_ELEMENTS(waits); i++) {
		g_autoptr(GBytes) again = NULL;

		world_advance(w, waits[i] - 1);
		assert_int_equal(world_pending(w), 0);
		world_advance(w, 1);
		again = take_delete(w, &p);
		assert_true(g_bytes_equal(first, again));
	}
	world_advance(w, 7999);
	assert_false(session_is_alive(w, A, &p));
	assert_int_equal(world_pending(w), 0); /* it is there still, and serves nothing */
	world_advance(w, 1);
	assert_int_equal(world_pending(w), 0);
	assert_gone(w, &p);
	assert_int_equal(w->bank.deletes, 0);
	end(w, &p);
}

/* Neither a wrong message ID nor a broken ICV is an answer. */
static void not_an_answer(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	session_answer(w, A, &p, 0, false); /* before anything was asked */
	assert_true(session_is_alive(w, A, &p));
	world_advance(w, LIFETIME_S * 1000);
	world_drop_all(w);
	session_answer(w, A, &p, 1, false);
	session_answer(w, A, &p, 0, true);
	world_advance(w, 1000);
	g_bytes_unref(take_delete(w, &p));
	session_answer(w, A, &p, 0, false);
	assert_gone(w, &p);
	end(w, &p);
}

/* The client's own Delete crosses ours: answered, and nothing is left. */
static void crossing(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, LIFETIME_S * 1000);
	assert_false(session_is_alive(w, A, &p)); /* only an end is served now */
	session_delete(w, A, &p);
	world_drop_all(w);
	world_advance(w, 60 * 1000);
	assert_int_equal(world_pending(w), 0);
	assert_gone(w, &p);
	end(w, &p);
}

/* A gateway that stops meanwhile leaves nothing behind (seen by the sanitizers). */
static void stopped(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, LIFETIME_S * 1000);
	g_bytes_unref(take_delete(w, &p));
	world_kill(w, A);
	world_advance(w, 60 * 1000);
	assert_int_equal(world_pending(w), 0);
	end(w, &p);
}

/* The gateway ends: one Delete an SA, nothing for what is no SA yet, and the stubs stay. */
static void goodbye(void **state)
{
	struct peer_init how = { 0 };
	struct peer p, half;
	struct world *w = begin(&p);
	size_t left;

	(void)state;
	world_advance(w, 5000);
	session_resume(w, A, &p);
	peer_init(&half, "half open", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &half, &how), PEER_FULL);
	world_drop_all(w);
	left = gateway_goodbye(w->site[A].gateway, 1);
	assert_int_equal(left, 1);
	left = gateway_goodbye(w->site[A].gateway, 10);
	assert_int_equal(left, 0);
	g_bytes_unref(take_delete(w, &p));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_int_equal(w->bank.deletes, 0);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	/* where it is to be had, the client is at home again */
	world_advance(w, 5000);
	session_resume(w, B, &p);
	peer_clear(&half);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answered),      cmocka_unit_test(unanswered),
		cmocka_unit_test(not_an_answer), cmocka_unit_test(crossing),
		cmocka_unit_test(stopped),       cmocka_unit_test(goodbye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
