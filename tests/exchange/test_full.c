/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Full handshakes, child SAs, rekeying, deletion: RFC 7296, and what the bank hears of them. */
#include "cmocka_all.h"
#include "session.h"

static void full_handshake(void **state)
{
	static const char *const suites[] = { "aes128-sha256-x25519",
					      "aes256gcm16-prfsha384-ecp256",
					      "aes128-sha256-modp2048", "aes128-sha256-ecp256",
					      "chacha20poly1305-prfsha256-x25519" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(suites); i++) {
		struct world *w = world_new();
		struct peer p;

		peer_init(&p, "client", suites[i]);
		session_establish(w, A, &p, true);
		assert_int_equal(w->bank.inits, 1);
		assert_int_equal(p.index.spi, p.sa.spi_r);
		assert_true(address_equal(&p.index.address, &w->site[A].endpoint.address));
		assert_int_equal(memory_bank_live(&w->bank), 1);
		assert_true(session_is_alive(w, A, &p));
		assert_true(session_is_alive(w, A, &p));
		peer_clear(&p);
		world_free(w);
	}
}

static void childless(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, false);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void wrong_key_is_refused(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.psk = "wrong";
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
	assert_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_int_equal(w->bank.inits, 0); /* B01: no init before authentication */
	assert_false(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void no_proposal_and_other_group(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes256-sha512-ecp384");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_ERROR);
	assert_int_equal(p.error, NOTIFY_NO_PROPOSAL_CHOSEN);
	peer_clear(&p);
	peer_init(&p, "client", "aes128-sha256-x25519");
	how.ke_group = DH_MODP4096;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_ERROR);
	assert_int_equal(p.error, NOTIFY_INVALID_KE_PAYLOAD);
	assert_int_equal(p.wanted_group, DH_X25519);
	peer_clear(&p);
	world_free(w);
}

static void version_and_critical(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { .with_critical = true };
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_ERROR);
	assert_int_equal(p.error, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
	how.with_critical = false;
	peer_make_init(&p, &how);
	p.request.octets[17] = 0x30;
	assert_int_equal(session_init(w, A, &p), PEER_ERROR);
	assert_int_equal(p.error, NOTIFY_INVALID_MAJOR_VERSION);
	peer_clear(&p);
	world_free(w);
}

static void always_cookies(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer p;

	(void)state;
	w->site[A].config.cookies = COOKIES_ALWAYS;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 0);
	p.cookie[5] ^= 1;
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_FULL);
	/* a cookie does not serve another SPIi or nonce */
	p.sa.spi_i ^= 1;
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
	/* nor for ever */
	peer_make_init(&p, &how);
	world_advance(w, 200000);
	assert_int_equal(session_init(w, A, &p), PEER_COOKIE);
	peer_clear(&p);
	world_free(w);
}

static void retransmissions_are_identical(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer p;
	GBytes *first, *second;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, A, &p), PEER_FULL);
	world_send(w, A, &session_path, peer_span(&p.request));
	second = world_take(w);
	assert_non_null(second);
	assert_int_equal(g_bytes_get_size(second), p.response.n);
	assert_memory_equal(g_bytes_get_data(second, NULL), p.response.octets, p.response.n);
	g_bytes_unref(second);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	world_send(w, A, &session_path, peer_span(&m));
	first = world_take(w);
	world_send(w, A, &session_path, peer_span(&m));
	second = world_take(w);
	assert_true(g_bytes_equal(first, second));
	assert_int_equal(w->bank.inits, 1);
	g_bytes_unref(first);
	g_bytes_unref(second);
	/* a request of the past or the future is nothing */
	p.sa.window.next = 5;
	assert_false(session_is_alive(w, A, &p));
	p.sa.window.next = 0;
	assert_false(session_is_alive(w, A, &p));
	p.sa.window.next = 2;
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void create_child(struct world *w, struct peer *p, bool transport, uint32_t rekeyed,
			 struct peer_response *r)
{
	struct peer_inner in;
	struct peer_message m;
	uint8_t spi[4];
	struct ike_notify n = { PROTOCOL_ESP, NOTIFY_REKEY_SA, SPAN_OF(spi), SPAN_NONE };

	for (unsigned i = 0; i < 4; i++)
		spi[i] = (uint8_t)(rekeyed >> (24 - 8 * i));
	peer_inner_init(&in);
	if (rekeyed)
		ike_notify_write(&in.in.w, &n);
	if (transport)
		ike_notify_write_simple(&in.in.w, NOTIFY_USE_TRANSPORT_MODE, SPAN_NONE);
	peer_write_child(p, &in, true);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, A, p, &m, r));
}

static void children(void **state)
{
	struct world *w = world_new();
	struct ike_ts_list ts;
	struct peer_response r;
	struct fault fault;
	struct peer p;
	uint32_t first;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	first = p.esp_in;
	create_child(w, &p, false, first, &r);
	assert_non_null(chain_find(&r.chain, PAYLOAD_SA));
	/* narrowed to the inner address */
	assert_int_equal(ike_ts_parse(chain_find(&r.chain, PAYLOAD_TSI), &ts, &fault), ERR_OK);
	assert_int_equal(ts.n, 1);
	assert_memory_equal(ts.at[0].start, p.inner, 4);
	assert_memory_equal(ts.at[0].end, p.inner, 4);
	create_child(w, &p, true, 0, &r);
	assert_true(peer_has_notify(&r, NOTIFY_USE_TRANSPORT_MODE));
	create_child(w, &p, false, 0x12345678, &r);
	assert_true(peer_has_notify(&r, NOTIFY_CHILD_SA_NOT_FOUND));
	assert_null(chain_find(&r.chain, PAYLOAD_SA));
	peer_clear(&p);
	world_free(w);
}

static void delete_a_child(void **state)
{
	struct world *w = world_new();
	struct ike_delete d = { .protocol = PROTOCOL_ESP, .n = 1 }, answer;
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct fault fault;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	d.spis[0] = p.esp_in;
	peer_inner_init(&in);
	ike_delete_write(&in.in.w, &d);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_int_equal(ike_delete_parse(chain_find(&r.chain, PAYLOAD_DELETE), &answer, &fault),
			 ERR_OK);
	assert_int_equal(answer.n, 1);
	assert_int_equal(w->bank.deletes, 0);
	peer_clear(&p);
	world_free(w);
}

static void delete_takes_the_stub(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct index ix;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	ix = p.index;
	session_delete(w, A, &p);
	assert_int_equal(w->bank.deletes, 1);
	assert_true(index_equal(&w->bank.last_delete, &ix));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_false(session_is_alive(w, A, &p));
	how.syn = &ix;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	peer_clear(&p);
	world_free(w);
}

static void rekey_moves_the_index(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct index old;
	struct peer p, was;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	was = p;
	session_rekey(w, A, &p);
	assert_int_equal(w->bank.updates, 1);
	assert_true(index_equal(&w->bank.last_update_old, &old));
	assert_false(index_equal(&p.index, &old));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	/* the old one can still be deleted; the stub stays */
	was.sa.window.next = 3;
	session_delete(w, A, &was);
	assert_int_equal(w->bank.deletes, 0);
	assert_true(session_is_alive(w, A, &p));
	/* C16: the old index is refused, the new one accepted */
	how.syn = &old;
	was = p;
	was.dh = NULL;
	assert_int_equal(session_ask(w, B, &was, &how), PEER_FULL);
	session_resume(w, B, &p);
	peer_clear(&p);
	peer_clear(&was);
	world_free(w);
}

static void initial_contact(void **state)
{
	struct world *w = world_new();
	struct peer first, second;

	(void)state;
	peer_init(&first, "first", "aes128-sha256-x25519");
	peer_init(&second, "second", "aes128-sha256-x25519");
	session_establish(w, A, &first, true);
	session_establish(w, A, &second, true);
	assert_true(session_is_alive(w, A, &first));
	second.initial_contact = true;
	session_establish(w, A, &second, true);
	assert_false(session_is_alive(w, A, &first));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	assert_int_equal(memory_bank_live(&w->bank), 1); /* rule 54: their stubs are gone */
	assert_true(memory_bank_peek(&w->bank, &second.index).n > 0);
	peer_clear(&first);
	peer_clear(&second);
	world_free(w);
}

/* The SA ends with its lifetime, and the stub by itself. */
static void lifetime(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	w->site[A].config.ike_lifetime_s = 3600;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_advance(w, 3590 * 1000);
	assert_true(session_is_alive(w, A, &p));
	world_advance(w, 20 * 1000);
	assert_false(session_is_alive(w, A, &p));
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_int_equal(w->bank.deletes, 0);
	peer_clear(&p);
	world_free(w);
}

/* RFC 7296 section 1.5: INVALID_IKE_SPI, unprotected, and not without measure. */
static void unknown_spi(void **state)
{
	struct world *w = world_new();
	struct peer_inner in;
	struct peer_message m;
	struct peer p;
	unsigned answers = 0;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_start(w, A);
	peer_inner_init(&in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	for (unsigned i = 0; i < 1000; i++) {
		world_send(w, A, &session_path, peer_span(&m));
		answers += world_pending(w);
		world_drop_all(w);
	}
	assert_in_range(answers, 1, 100);
	world_advance(w, 1000);
	world_send(w, A, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 1);
	peer_clear(&p);
	world_free(w);
}

static void rekeyed_and_forgotten(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	session_rekey(w, A, &p);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 2);
	world_advance(w, 61000);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_true(session_is_alive(w, A, &p));
	peer_clear(&p);
	world_free(w);
}

static void half_open_expiry(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 1);
	world_advance(w, 31000);
	assert_int_equal(gateway_counters(w->site[A].gateway)->half_open, 0);
	peer_make_auth(&p, true, &m);
	assert_false(session_exchange(w, A, &p, &m, &r));
	peer_clear(&p);
	world_free(w);
}

static void syn_off_is_silent_about_it(void **state)
{
	struct world *w = world_new();
	struct index ix = { 0x1122334455667788, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	struct peer p;

	(void)state;
	w->site[A].config.syn = false;
	world_start(w, A);
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_int_equal(w->bank.gets, 0);
	assert_int_equal(chain_parse_message(peer_span(&p.response), &h, &chain, &fault), ERR_OK);
	assert_false(ike_vendor_find_profile_1(&chain));
	/* an unknown payload with C=1 is refused, as RFC 7296 section 2.5 wants */
	how.syn_flags = CHAIN_CRITICAL;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_ERROR);
	assert_int_equal(p.error, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_handshake),
		cmocka_unit_test(childless),
		cmocka_unit_test(wrong_key_is_refused),
		cmocka_unit_test(no_proposal_and_other_group),
		cmocka_unit_test(version_and_critical),
		cmocka_unit_test(always_cookies),
		cmocka_unit_test(retransmissions_are_identical),
		cmocka_unit_test(children),
		cmocka_unit_test(delete_a_child),
		cmocka_unit_test(delete_takes_the_stub),
		cmocka_unit_test(rekey_moves_the_index),
		cmocka_unit_test(initial_contact),
		cmocka_unit_test(lifetime),
		cmocka_unit_test(unknown_spi),
		cmocka_unit_test(rekeyed_and_forgotten),
		cmocka_unit_test(half_open_expiry),
		cmocka_unit_test(syn_off_is_silent_about_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
