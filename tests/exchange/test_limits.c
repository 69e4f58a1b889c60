/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Caps of rules 15, 32 and 58, and what strangers may cost. */
#include "cmocka_all.h"
#include "session.h"

static enum peer_answer ask_by(struct world *w, unsigned site, struct peer *p,
			       const struct peer_init *how, const struct address *source)
{
	struct gateway_path path = session_path;
	enum peer_answer kind = PEER_COOKIE;

	path.remote.address = *source;
	peer_restart(p);
	for (unsigned round = 0; kind == PEER_COOKIE && round < 2; round++) {
		GBytes *answer;

		peer_make_init(p, how);
		world_drop_all(w);
		world_send(w, site, &path, peer_span(&p->request));
		answer = world_take(w);
		if (!answer)
			return PEER_NOTHING;
		kind = peer_read_init(
		    p, span_of(g_bytes_get_data(answer, NULL), g_bytes_get_size(answer)));
		g_bytes_unref(answer);
	}
	return kind;
}

static enum peer_answer ask_from(struct world *w, unsigned site, struct peer *p,
				 const struct peer_init *how, uint32_t source)
{
	struct address a = { .family = 4 };

	for (unsigned i = 0; i < 4; i++)
		a.octets[i] = (uint8_t)(source >> (24 - 8 * i));
	return ask_by(w, site, p, how, &a);
}

/* N24: one source fills its share of an index and pushes out only itself. */
static void per_index_and_source(void **state)
{
	struct world *w = world_new();
	struct peer_message m;
	struct peer_response r;
	struct peer p, attacker;
	struct index ix;
	struct peer_init how = { .syn = &ix };

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	ix = p.index;
	session_syn(w, B, &p);
	attacker = p;
	attacker.dh = NULL;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(ask_from(w, B, &attacker, &how, 0xcb007109), PEER_HIT);
	assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 1 + 4);
	assert_int_equal(gateway_counters(w->site[B].gateway)->evicted, 16);
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_bind_is_right(&p, &r));
	peer_clear(&attacker);
	peer_clear(&p);
	world_free(w);
}

/* An IPv6 host has as many addresses as it likes, in its /64. */
static void per_index_and_link(void **state)
{
	struct address source = { 6, { 0x20, 0x01, 0x0d, 0xb8 } };
	struct world *w = world_new();
	struct peer p;
	struct index ix;
	struct peer_init how = { .syn = &ix };

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	ix = p.index;
	for (uint8_t i = 1; i <= 20; i++) {
		source.octets[8] = source.octets[15] = i;
		assert_int_equal(ask_by(w, B, &p, &how, &source), PEER_HIT);
	}
	assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 4);
	source.octets[7] = 1; /* the neighbour's */
	assert_int_equal(ask_by(w, B, &p, &how, &source), PEER_HIT);
	assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 5);
	peer_clear(&p);
	world_free(w);
}

/* N03: random indexes. */
static void total_and_prefix(void **state)
{
	struct world *w = world_new();
	struct index ix = { 1, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	const struct gateway_counters *c;
	struct peer p;

	(void)state;
	w->site[B].config.max_provisional = 50;
	w->site[B].config.max_provisional_per_prefix = 10;
	w->site[B].config.cookies = COOKIES_AUTO;
	world_start(w, B);
	c = gateway_counters(w->site[B].gateway);
	peer_init(&p, "flood", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 200; i++) {
		ix.spi = i + 1;
		peer_restart(&p);
		peer_make_init(&p, &how);
		world_send_only(w, B, &session_path, peer_span(&p.request));
		assert_true(c->provisional <= 10);
	}
	assert_int_equal(c->provisional, 10);
	assert_int_equal(w->bank.gets, 10);
	assert_int_equal(c->cookies_asked, 190); /* the prefix is full: a cookie lifts it */
	world_run(w);
	assert_int_equal(c->provisional, 0); /* misses hold nothing but a half-open SA */
	peer_clear(&p);
	world_free(w);
}

static void half_open(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	const struct gateway_counters *c;
	struct peer p;

	(void)state;
	w->site[B].config.max_half_open = 20;
	w->site[B].config.cookie_threshold = 10;
	world_start(w, B);
	c = gateway_counters(w->site[B].gateway);
	peer_init(&p, "flood", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 100; i++) {
		peer_restart(&p);
		peer_make_init(&p, &how);
		(void)session_init(w, B, &p);
	}
	assert_int_equal(c->half_open, 10);
	assert_int_equal(c->cookies_asked, 90);
	for (unsigned i = 0; i < 50; i++)
		(void)session_ask(w, B, &p, &how);
	assert_int_equal(c->half_open, 20);
	world_advance(w, 31000);
	assert_int_equal(c->half_open, 0);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

/* A client that rekeys over and over makes SAs as well as one that begins anew. */
static void rekeys_count(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	w->site[A].config.max_sas = 2;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_rekey(w, A, &p); /* the old one stays for a while */
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 2);
	assert_false(session_try_rekey(w, A, &p, false));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 2);
	assert_int_equal(gateway_counters(w->site[A].gateway)->refused_by_cap, 1);
	assert_true(session_is_alive(w, A, &p));
	world_advance(w, 600000);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	session_rekey(w, A, &p);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

/* 58.1: half-open SAs of one address, then of its neighbours; whoever is elsewhere gets in, and room comes back. */
static void half_open_per_source(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer p;

	(void)state;
	w->site[A].config.max_half_open_per_address = 3;
	w->site[A].config.max_half_open_per_prefix = 5;
	w->site[A].config.cookies = COOKIES_ALWAYS;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(ask_from(w, A, &p, &how, 0xcb007109),
				 i < 3 ? PEER_FULL : PEER_NOTHING);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ask_from(w, A, &p, &how, 0xcb00710a),
				 i < 2 ? PEER_FULL : PEER_NOTHING);
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 5);
	session_establish(w, A, &p, true); /* from another prefix */
	world_advance(w, 31000);
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 0);
	assert_int_equal(ask_from(w, A, &p, &how, 0xcb007109), PEER_FULL);
	/* established ones take no room */
	for (unsigned i = 0; i < 5; i++)
		session_establish(w, A, &p, true);
	peer_clear(&p);
	world_free(w);
}

/* Send p->request from this address and read the answer; the bank and turns wait for world_run(). */
static enum peer_answer send_from(struct world *w, unsigned site, struct peer *p, uint8_t a,
				  uint8_t b, uint8_t c, uint8_t d)
{
	struct gateway_path path = session_path;
	g_autoptr(GBytes) answer = NULL;

	path.remote.address = (struct address){ 4, { a, b, c, d } };
	world_drop_all(w);
	world_send_only(w, site, &path, peer_span(&p->request));
	answer = world_take(w);
	if (!answer)
		return PEER_NOTHING;
	return peer_read_init(p, span_of(g_bytes_get_data(answer, NULL), g_bytes_get_size(answer)));
}

/* 58.2: what is new in a request gets nothing for a cookie that has had its request; the repetition is answered as ever. */
static void one_cookie_one_request(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 }, other = { .fragmentation = true };
	const struct gateway_counters *c;
	struct peer p;

	(void)state;
	w->site[A].config.cookies = COOKIES_ALWAYS;
	world_start(w, A);
	c = gateway_counters(w->site[A].gateway);
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_FULL);
	assert_int_equal(session_init(w, A, &p), PEER_FULL);
	peer_make_init(&p, &other);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(session_init(w, A, &p), PEER_NOTHING);
	assert_int_equal(c->half_open, 1);
	assert_int_equal(c->cookies_twice, 10);
	/* not even when the SA is gone, as long as the secret lives; a new one serves again */
	world_advance(w, 40000);
	assert_int_equal(c->half_open, 0);
	assert_int_equal(session_init(w, A, &p), PEER_NOTHING);
	world_advance(w, 200000);
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

/* Rule 10: after INVALID_KE_PAYLOAD the same cookie comes with another KE; also where a bank was asked before. */
static void cookie_after_invalid_ke(void **state)
{
	struct world *w = world_new();
	struct index ix = { 5, { 4, { 192, 0, 2, 9 } } };
	struct suite first;
	struct peer_init how = { .first = &first, .ke_group = DH_ECP256 };
	struct peer p;

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &first), ERR_OK);
	w->site[A].config.cookies = COOKIES_ALWAYS;
	w->site[A].config.n_ike = 1; /* x25519 alone */
	world_start(w, A);
	for (unsigned i = 0; i < 2; i++) {
		how.syn = i ? &ix : NULL;
		how.ke_group = DH_ECP256;
		peer_init(&p, "client", "aes128-sha256-x25519");
		peer_make_init(&p, &how);
		assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
		peer_make_init(&p, &how);
		assert_int_equal(session_init(w, A, &p), PEER_ERROR);
		assert_int_equal(p.error, NOTIFY_INVALID_KE_PAYLOAD);
		how.ke_group = DH_X25519;
		peer_make_init(&p, &how);
		assert_int_equal(session_init(w, A, &p), PEER_FULL);
		peer_clear(&p);
		world_start(w, A);
	}
	world_free(w);
}

/* The cap of an address is asked before the bank is, and what it refuses costs nothing. */
static void cap_before_bank(void **state)
{
	struct world *w = world_new();
	struct index ix = { 1, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	const struct gateway_counters *c;
	struct peer p;

	(void)state;
	w->site[B].config.max_half_open_per_address = 5;
	w->site[B].config.max_half_open_per_prefix = 7;
	w->site[B].config.cookies = COOKIES_ALWAYS;
	world_start(w, B);
	c = gateway_counters(w->site[B].gateway);
	peer_init(&p, "flood", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 40; i++) {
		ix.spi = i + 1;
		peer_restart(&p);
		peer_make_init(&p, &how);
		assert_int_equal(send_from(w, B, &p, 203, 0, 113, (uint8_t)(i / 20)), PEER_COOKIE);
		peer_make_init(&p, &how);
		assert_int_equal(send_from(w, B, &p, 203, 0, 113, (uint8_t)(i / 20)), PEER_NOTHING);
	}
	assert_int_equal(w->bank.gets, 7);
	assert_int_equal(c->provisional, 7);
	assert_int_equal(c->refused_by_cap, 33);
	world_run(w); /* all missed: they are half open now, and still at their cap */
	assert_int_equal(c->half_open, 7);
	assert_int_equal(ask_from(w, B, &p, &how, 0xcb007101), PEER_NOTHING);
	assert_int_equal(w->bank.gets, 7);
	assert_int_equal(ask_from(w, B, &p, &how, 0xcb007201), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

/* Rule 32: while the bank is away, one prefix has its ration of fallbacks, and the others theirs. */
static void rationed_fallbacks(void **state)
{
	struct world *w = world_new();
	struct index ix = { 1, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	struct peer p;
	unsigned served = 0;

	(void)state;
	w->bank.unreachable = true;
	peer_init(&p, "flood", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 100; i++) {
		ix.spi = i + 1;
		served += ask_from(w, B, &p, &how, 0xcb007100 + i) == PEER_FULL;
	}
	assert_int_equal(served, 20);
	assert_int_equal(ask_from(w, B, &p, &how, 0xcb007201), PEER_FULL);
	world_advance(w, 1000);
	assert_int_equal(ask_from(w, B, &p, &how, 0xcb007101), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

/*
 * A flood of first requests costs so much a turn and waits for the rest; whoever comes from elsewhere has the next turn, and an
 * established SA is answered at once.
 */
static void turns(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	const struct gateway_counters *c = gateway_counters(w->site[A].gateway);
	struct peer live, flood, honest;
	struct peer_inner in;
	struct peer_message m;
	struct gateway *g = w->site[A].gateway;

	(void)state;
	peer_init(&live, "live", "aes128-sha256-x25519");
	peer_init(&flood, "flood", "aes128-sha256-modp2048");
	peer_init(&honest, "honest", "aes128-sha256-x25519");
	session_establish(w, A, &live, true);
	peer_make_init(&flood, &how);
	for (unsigned i = 0; i < 100; i++) {
		flood.sa.spi_i = i + 1;
		peer_make_init(&flood, &how);
		(void)send_from(w, A, &flood, 203, 0, 113, 9);
	}
	assert_in_range(c->half_open, 1, 20); /* of 400 us each */
	assert_int_equal(c->half_open + c->waited, 100);
	/* a repetition of one that waits is absorbed */
	assert_int_equal(send_from(w, A, &flood, 203, 0, 113, 9), PEER_NOTHING);
	assert_int_equal(c->half_open + c->waited, 100);
	peer_inner_init(&in);
	peer_seal(&live, EXCHANGE_INFORMATIONAL, &in, &m);
	world_drop_all(w);
	world_send_only(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 1);
	peer_make_init(&honest, &how);
	assert_int_equal(send_from(w, A, &honest, 198, 51, 100, 7), PEER_NOTHING);
	gateway_turn(g);
	gateway_work(g);
	{
		bool served = false;
		GBytes *b;

		while ((b = world_take(w))) {
			served |=
			    peer_read_init(&honest, span_of(g_bytes_get_data(b, NULL),
							    g_bytes_get_size(b))) == PEER_FULL;
			g_bytes_unref(b);
		}
		assert_true(served);
	}
	assert_true(gateway_has_work(g));
	assert_in_range(c->half_open, 11, 60);
	world_run(w);
	assert_int_equal(c->half_open, 101);
	peer_clear(&live);
	peer_clear(&flood);
	peer_clear(&honest);
	world_free(w);
}

/* The second Diffie-Hellman of a stranger waits, too, and his message with it; once. */
static void turn_of_auth(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer flood, honest;
	struct peer_message m;
	struct peer_response r;
	g_autoptr(GBytes) answer = NULL;
	gsize n;
	const void *octets;

	(void)state;
	peer_init(&honest, "honest", "aes128-sha256-x25519");
	peer_init(&flood, "flood", "aes128-sha256-modp2048");
	assert_int_equal(session_ask(w, A, &honest, &how), PEER_FULL);
	assert_true(peer_derive_full(&honest));
	peer_make_auth(&honest, true, &m);
	for (unsigned i = 0; i < 50; i++) {
		flood.sa.spi_i = i + 1;
		peer_make_init(&flood, &how);
		(void)send_from(w, A, &flood, 203, 0, 113, 9);
	}
	world_drop_all(w);
	for (unsigned i = 0; i < 5; i++)
		world_send_only(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 0);
	gateway_turn(w->site[A].gateway);
	gateway_work(w->site[A].gateway);
	while ((answer = world_take(w))) {
		octets = g_bytes_get_data(answer, &n);
		if (peer_open(&honest, span_of(octets, n), &r))
			break;
		g_clear_pointer(&answer, g_bytes_unref);
	}
	assert_non_null(answer);
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_int_equal(gateway_counters(w->site[A].gateway)->full, 1);
	assert_int_equal(gateway_counters(w->site[A].gateway)->auth_failed, 0);
	world_run(w);
	/* one that is waiting when its SA ends, and some when the gateway does */
	assert_int_equal(session_ask(w, B, &honest, &how), PEER_FULL);
	assert_true(peer_derive_full(&honest));
	peer_make_auth(&honest, true, &m);
	for (unsigned i = 0; i < 50; i++) {
		flood.sa.spi_i = i + 1;
		peer_make_init(&flood, &how);
		(void)send_from(w, B, &flood, 203, 0, 113, 9);
	}
	world_send_only(w, B, &session_path, peer_span(&m));
	w->now_ms += 31000;
	wheel_advance(w->wheel, w->now_ms);
	assert_int_equal(gateway_counters(w->site[B].gateway)->half_open, 0);
	peer_clear(&flood);
	peer_clear(&honest);
	world_free(w);
}

/* What is kept of requests until AUTH is bounded, however large they are. */
static void kept_octets(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer p;
	unsigned n = 0;

	(void)state;
	w->site[A].config.max_kept_octets = 10000;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	while (n < 100 && session_ask(w, A, &p, &how) == PEER_FULL)
		n++;
	assert_in_range(n, 5, 50);
	world_advance(w, 31000);
	for (unsigned i = 0; i < 100; i++) /* established ones keep nothing */
		session_establish(w, A, &p, false);
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_open_per_source),
		cmocka_unit_test(one_cookie_one_request),
		cmocka_unit_test(cookie_after_invalid_ke),
		cmocka_unit_test(cap_before_bank),
		cmocka_unit_test(rationed_fallbacks),
		cmocka_unit_test(turns),
		cmocka_unit_test(turn_of_auth),
		cmocka_unit_test(kept_octets),
		cmocka_unit_test(per_index_and_source),
		cmocka_unit_test(per_index_and_link),
		cmocka_unit_test(total_and_prefix),
		cmocka_unit_test(half_open),
		cmocka_unit_test(rekeys_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
