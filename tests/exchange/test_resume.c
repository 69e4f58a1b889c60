/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resumption: draft-xu-ike-sa-sync-01 section 3, rules 7 to 18. */
#include "cmocka_all.h"
#include "session.h"

static void from_a_to_b(void **state)
{
	static const char *const suites[] = { "aes128-sha256-x25519",
					      "aes256gcm16-prfsha384-ecp256",
					      "chacha20poly1305-prfsha256-x25519" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(suites); i++) {
		struct world *w = world_new();
		struct index old;
		struct peer p;

		peer_init(&p, "client", suites[i]);
		session_establish(w, A, &p, true);
		old = p.index;
		world_kill(w, A);
		session_resume(w, B, &p);
		assert_int_not_equal(p.sa.spi_r, old.spi);
		assert_int_equal(w->bank.moves, 1);
		assert_int_equal(memory_bank_live(&w->bank), 1);
		assert_int_equal(memory_bank_peek(&w->bank, &old).n, 0);
		assert_true(memory_bank_peek(&w->bank, &p.index).n > 0);
		assert_true(session_is_alive(w, B, &p));
		peer_clear(&p);
		world_free(w);
	}
}

static void chain_of_resumptions(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_resume(w, B, &p);
	world_advance(w, 3000);
	session_resume(w, A, &p);
	world_advance(w, 3000);
	session_resume(w, C, &p);
	assert_true(session_is_alive(w, C, &p));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_int_equal(gateway_counters(w->site[B].gateway)->sas,
			 1); /* no notice to old owners yet */
	peer_clear(&p);
	world_free(w);
}

static void at_the_same_gateway(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_resume(w, A, &p);
	/* the old SA is gone, its inner address is the new one's */
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	world_start(w, A); /* C17: rebooted */
	world_advance(w, 3000);
	session_resume(w, A, &p);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void create_child_as_message_1(void **state)
{
	struct world *w = world_new();
	struct ike_cp cp = { .type = IKE_CP_REQUEST, .n = 1 };
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct fault fault;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_kill(w, A); /* and with it its lease: the pool is one object here */
	session_syn(w, B, &p);
	peer_inner_init(&in);
	peer_write_bind(&p, &in);
	cp.at[0] = (struct ike_cp_attribute){ IKE_CP_INTERNAL_IP4_ADDRESS, SPAN_OF(p.inner) };
	ike_cp_write(&in.in.w, &cp);
	peer_write_child(&p, &in, true);
	peer_seal(&p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_bind_is_right(&p, &r));
	assert_true(peer_take_index(&p, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_SA));
	assert_int_equal(ike_cp_parse(chain_find(&r.chain, PAYLOAD_CP), &cp, &fault), ERR_OK);
	assert_memory_equal(cp.at[0].value.p, p.inner, 4); /* the old inner address */
	peer_clear(&p);
	world_free(w);
}

/* The resumed SA is gone with its first exchange: only the new one's index is of use. */
static void rekey_as_message_1(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_syn(w, B, &p);
	assert_true(session_try_rekey(w, B, &p, true));
	assert_true(session_is_alive(w, B, &p));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_true(memory_bank_peek(&w->bank, &p.index).n > 0);
	world_advance(w, 3000);
	session_resume(w, C, &p);
	peer_clear(&p);
	world_free(w);
}

/* Draft section 3.3: the prf is the stub's, whatever else is offered, and first. */
static void prf_of_the_stub(void **state)
{
	struct world *w = world_new();
	struct suite first;
	struct index old;
	struct peer_init how = { .syn = &old, .first = &first };
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	assert_int_equal(suite_from_text("aes256gcm16-prfsha384-ecp256", &first), ERR_OK);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT);
	assert_true(peer_derive_hit(&p));
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_bind_is_right(&p, &r));
	peer_clear(&p);
	world_free(w);
}

static void cookie_then_syn(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct index old;
	struct peer p;

	(void)state;
	w->site[B].config.cookies = COOKIES_ALWAYS;
	world_start(w, B);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	how.syn = &old;
	peer_restart(&p);
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_COOKIE);
	assert_int_equal(w->bank.gets, 0); /* B10 */
	/* N23: a cookie of one SYN does not serve another index */
	old.spi ^= 1;
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_COOKIE);
	assert_int_equal(w->bank.gets, 0);
	old.spi ^= 1;
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_COOKIE); /* that one was for the other */
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_HIT);
	assert_int_equal(w->bank.gets, 1);
	peer_clear(&p);
	world_free(w);
}

static void retransmitted_syn(void **state)
{
	struct world *w = world_new();
	struct peer_message m;
	struct peer_response r;
	GBytes *again;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_syn(w, B, &p);
	assert_int_equal(w->bank.gets, 1);
	world_send(w, B, &session_path, peer_span(&p.request));
	again = world_take(w);
	assert_non_null(again);
	assert_int_equal(g_bytes_get_size(again), p.response.n);
	assert_memory_equal(g_bytes_get_data(again, NULL), p.response.octets, p.response.n);
	g_bytes_unref(again);
	assert_int_equal(w->bank.gets, 1);
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	/* N25: after the confirmation it is dropped, and message 1 is not taken anew */
	world_send(w, B, &session_path, peer_span(&p.request));
	assert_int_equal(world_pending(w), 0);
	world_send(w, B, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 1); /* the cached response */
	assert_int_equal(w->bank.moves, 1);
	assert_true(session_is_alive(w, B, &p));
	/*
	 * after a minute the octets are a new request: the index has moved, so it falls back (N02)
	 */
	world_advance(w, 61000);
	assert_int_equal(session_init(w, B, &p), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

static void duplicates_wait_for_the_get(void **state)
{
	struct world *w = world_new();
	struct index old;
	struct peer_init how = { .syn = &old };
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	peer_restart(&p);
	peer_make_init(&p, &how);
	for (int i = 0; i < 3; i++)
		world_send_only(w, B, &session_path, peer_span(&p.request));
	assert_int_equal(w->bank.gets, 1);
	world_run(w);
	assert_int_equal(world_pending(w), 1);
	world_drop_all(w);
	peer_clear(&p);
	world_free(w);
}

static void fresh_numbers(void **state)
{
	struct world *w = world_new();
	struct peer p;
	uint64_t spi_r;
	uint8_t nr[32];

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_syn(w, B, &p);
	assert_int_equal(p.nr_n, 32);
	spi_r = p.sa.spi_r;
	memcpy(nr, p.nr, 32);
	session_syn(w, B, &p); /* asks for a cookie: the index has a provisional SA */
	assert_int_not_equal(p.sa.spi_r, spi_r);
	assert_memory_not_equal(p.nr, nr, 32);
	assert_int_equal(gateway_counters(w->site[B].gateway)->cookies_asked, 1);
	peer_clear(&p);
	world_free(w);
}

static void provisional_sa_expires(void **state)
{
	struct world *w = world_new();
	struct index old;
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	session_syn(w, B, &p);
	session_make_confirm(&p, &m);
	world_advance(w, 31000);
	assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 0);
	assert_false(session_exchange(w, B, &p, &m, &r));
	assert_true(memory_bank_peek(&w->bank, &old).n > 0);
	session_resume(w, B, &p);
	peer_clear(&p);
	world_free(w);
}

static void delete_after_resumption(void **state)
{
	struct world *w = world_new();
	struct index ix;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_resume(w, B, &p);
	ix = p.index;
	session_rekey(w, B, &p);
	assert_true(index_equal(&w->bank.last_update_old, &ix));
	ix = p.index;
	session_delete(w, B, &p);
	assert_true(index_equal(&w->bank.last_delete, &ix));
	assert_int_equal(memory_bank_live(&w->bank), 0);
	peer_clear(&p);
	world_free(w);
}

/* C26: the index and the client have IPv6 addresses. */
static void over_ipv6(void **state)
{
	static const struct address v6 = { 6, { 0x20, 1, 0x0d, 0xb8, 0, 1 } };
	struct gateway_path path = { .remote = { { 6, { 0x20, 1, 0x0d, 0xb8, 0, 2 } }, 4500 },
				     .nat = true };
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct index old;
	struct peer_message m;
	struct peer_response r;
	GBytes *answer;
	struct peer p;

	(void)state;
	w->site[A].config.address = v6;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_true(peer_take_index(&p, &r));
	assert_true(address_equal(&p.index.address, &v6));
	old = p.index;
	how.syn = &old;
	peer_restart(&p);
	peer_make_init(&p, &how);
	world_send(w, B, &path, peer_span(&p.request));
	answer = world_take(w);
	assert_int_equal(
	    peer_read_init(&p, span_of(g_bytes_get_data(answer, NULL), g_bytes_get_size(answer))),
	    PEER_HIT);
	g_bytes_unref(answer);
	assert_true(peer_derive_hit(&p));
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, B, &p, &m, &r)); /* from elsewhere: NAT may do that */
	assert_true(peer_take_index(&p, &r));
	assert_int_equal(p.index.address.family, 4);
	peer_clear(&p);
	world_free(w);
}

/* Rule 6: without Vendor ID no stub; with stubs=all a stub that demands no BIND. */
static void bare_draft_client(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { .no_vendor = true };
	struct index ix;
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	for (int all = 0; all < 2; all++) {
		w->site[A].config.stubs = all ? STUBS_ALL : STUBS_ANNOUNCED;
		world_start(w, A);
		peer_init(&p, all ? "all" : "announced", "aes128-sha256-x25519");
		assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
		assert_true(peer_derive_full(&p));
		peer_make_auth(&p, true, &m);
		assert_true(session_exchange(w, A, &p, &m, &r));
		assert_int_equal(w->bank.inits, all);
		if (!all)
			peer_clear(&p);
	}
	assert_true(peer_take_index(&p, &r));
	ix = p.index;
	how.syn = &ix;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT);
	assert_true(peer_derive_hit(&p));
	peer_inner_init(&in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(session_is_alive(w, B, &p));
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_a_to_b),
		cmocka_unit_test(chain_of_resumptions),
		cmocka_unit_test(at_the_same_gateway),
		cmocka_unit_test(create_child_as_message_1),
		cmocka_unit_test(rekey_as_message_1),
		cmocka_unit_test(prf_of_the_stub),
		cmocka_unit_test(cookie_then_syn),
		cmocka_unit_test(retransmitted_syn),
		cmocka_unit_test(duplicates_wait_for_the_get),
		cmocka_unit_test(fresh_numbers),
		cmocka_unit_test(provisional_sa_expires),
		cmocka_unit_test(delete_after_resumption),
		cmocka_unit_test(over_ipv6),
		cmocka_unit_test(bare_draft_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
