/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in a stub: rule 29, and what goes on through moves and rekeys (rules 13, 18, 21, 27).
 */
#include "cmocka_all.h"
#include "planted.h"
#include "session.h"

static bool id_is(const struct ike_id *id, const char *text)
{
	return id->type == ID_FQDN && span_equal(id->data, span_text(text));
}

static void of_a_full_handshake(void **state)
{
	struct world *w = world_new();
	struct planted o;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes256gcm16-prfsha384-ecp256");
	session_establish(w, A, &p, true);
	planted_open(w, &p.index, &o);
	assert_true(id_is(&o.stub.idi, "client.example"));
	assert_true(id_is(&o.stub.idr, "gw-a.example"));
	assert_true(o.stub.spi_i == p.sa.spi_i && o.stub.spi_r == p.sa.spi_r);
	assert_int_equal(o.stub.encr, ENCR_AES_GCM_16);
	assert_int_equal(o.stub.encr_key_bits, 256);
	assert_int_equal(o.stub.prf, PRF_HMAC_SHA2_384);
	assert_int_equal(o.stub.dh, DH_ECP256);
	assert_true(secret_equal(o.stub.sk_d, secret_peek(&p.sa.keys.sk_d)));
	assert_int_equal(o.stub.shared_secret.n, 0);
	assert_int_equal(o.stub.role, STUB_ROLE_RESPONDER);
	assert_int_equal(o.stub.auth_method_i, AUTH_SHARED_KEY_MIC);
	assert_true(o.stub.has_inner_ip4);
	assert_memory_equal(o.stub.inner_ip4, p.inner, 4);
	assert_int_equal(o.stub.peer_features, STUB_PEER_PROFILE_1);
	assert_int_equal(o.stub.resumptions, 0);
	assert_false(o.stub.has_moves);
	assert_true(o.stub.expiry == w->utc + 86400);
	assert_int_equal(o.container.lifetime, 86400);
	peer_clear(&p);
	world_free(w);
}

static void after_a_move(void **state)
{
	struct world *w = world_new();
	struct planted o;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_advance(w, 5000);
	session_resume(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.spi_i == p.sa.spi_i && o.stub.spi_r == p.sa.spi_r);
	assert_true(secret_equal(o.stub.sk_d, secret_peek(&p.sa.keys.sk_d)));
	assert_true(id_is(&o.stub.idi, "client.example"));
	assert_int_equal(o.stub.role, STUB_ROLE_RESPONDER);
	assert_int_equal(o.stub.resumptions, 1);
	assert_int_equal(o.stub.moves.count, 1);
	assert_true(o.stub.moves.last_commit == w->utc && o.stub.moves.window_start == w->utc);
	assert_memory_equal(o.stub.inner_ip4, p.inner, 4);
	world_advance(w, 5000);
	session_resume(w, B, &p); /* the same address: no move */
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.resumptions, 2);
	assert_int_equal(o.stub.moves.count, 1);
	assert_true(o.stub.moves.last_commit == w->utc);
	session_rekey(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_int_equal(o.stub.resumptions, 0);
	assert_int_equal(o.stub.moves.count, 1);
	assert_true(secret_equal(o.stub.sk_d, secret_peek(&p.sa.keys.sk_d)));
	peer_clear(&p);
	world_free(w);
}

/* A stub of another implementation, with everything that one of ours does not have, goes through a
 * move and a rekey. */
static void what_is_passed_on(void **state)
{
	static const uint8_t unknown[] = { 0xde, 0xad, 0xbe, 0xef };
	struct world *w = world_new();
	struct index ix = { 0x0102030405060708, w->site[A].endpoint.address };
	uint64_t deadline = w->utc + 5000;
	struct planted o;
	struct peer p;
	struct stub stub;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.sk_d.n = 32;
	rng_fill(&p.rng, p.sk_d.octets, 32);
	p.index = ix;
	stub = planted_stub(w, &p, &ix);
	stub.role = STUB_ROLE_INITIATOR;
	stub.spi_i = ix.spi; /* there the gateway was the initiator */
	stub.spi_r = 99;
	stub.auth_method_i = stub.auth_method_r = AUTH_DIGITAL_SIGNATURE;
	stub.eap_identity = span_text("eap@example");
	stub.reauth_deadline = deadline;
	stub.authority = span_text("bank.example:49500");
	stub.peer_features = STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE;
	stub.n_unknown = 1;
	stub.unknown[0] = (struct stub_attribute){ 777, SPAN_OF(unknown) };
	planted_put(w, &p, &ix, &stub, 4000);
	session_resume(w, B, &p);
	for (int rekeyed = 0; rekeyed < 2; rekeyed++) {
		if (rekeyed)
			session_rekey(w, B, &p);
		planted_open(w, &p.index, &o);
		assert_true(o.stub.reauth_deadline == deadline); /* B26: unchanged */
		assert_true(o.stub.expiry <= deadline);
		assert_true(id_is(&o.stub.idr, "gw-b.example")); /* rule 48 */
		assert_int_equal(o.stub.role, STUB_ROLE_RESPONDER);
		assert_int_equal(o.stub.auth_method_i, AUTH_DIGITAL_SIGNATURE);
		assert_true(span_equal(o.stub.eap_identity, span_text("eap@example")));
		assert_true(span_equal(o.stub.authority, span_text("bank.example:49500")));
		assert_int_equal(o.stub.peer_features, STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE);
		assert_int_equal(o.stub.n_unknown, 1);
		assert_int_equal(o.stub.unknown[0].type, 777);
		assert_true(span_equal(o.stub.unknown[0].value, SPAN_OF(unknown)));
	}
	/* the deadline ends it */
	world_advance(w, 4990 * 1000);
	assert_true(session_is_alive(w, B, &p));
	world_advance(w, 20 * 1000);
	assert_false(session_is_alive(w, B, &p));
	peer_clear(&p);
	world_free(w);
}

/* B12 and others: stubs that are not qualified (rule 39). */
static void not_qualified(void **state)
{
	enum { WRONG_SK_D, WRONG_PRF, WRONG_ROLE, STRANGER, FOREIGN_BANK, GOOD, FAR, OUR_BANK };
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.sk_d.n = 32;
	for (int kind = WRONG_SK_D; kind <= OUR_BANK; kind++) {
		struct index ix = { 1000 + (uint64_t)kind, w->site[A].endpoint.address };
		struct stub stub = planted_stub(w, &p, &ix);

		if (kind == WRONG_SK_D)
			stub.sk_d.n = 31;
		if (kind == WRONG_PRF)
			stub.prf = PRF_AES128_XCBC;
		if (kind == WRONG_ROLE)
			stub.role = STUB_ROLE_INITIATOR;
		if (kind == STRANGER)
			stub.idi.data = span_text("nobody.example");
		if (kind == FOREIGN_BANK) /* 50.3 */
			stub.authority = span_text("bank.example:49501");
		if (kind == OUR_BANK)
			stub.authority = span_text("bank.example:49500");
		if (kind == FAR)
			stub.expiry = UINT64_MAX;
		planted_put(w, &p, &ix, &stub, 4000);
		how.syn = &ix;
		assert_int_equal(session_ask(w, B, &p, &how), kind >= GOOD ? PEER_HIT : PEER_FULL);
	}
	peer_clear(&p);
	world_free(w);
}

/* Lab: stubs in clear, only where the configuration says so. */
static void in_clear(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct index old;
	struct peer p;

	(void)state;
	for (unsigned i = A; i <= B; i++) {
		w->site[i].config.seal.n = 0;
		w->site[i].config.unsealed_stubs = true;
		world_start(w, i);
	}
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	how.syn = &old;
	assert_int_equal(session_ask(w, C, &p, &how), PEER_FULL); /* C does not take them */
	session_resume(w, B, &p);
	assert_true(session_is_alive(w, B, &p));
	peer_clear(&p);
	world_free(w);
}

/* A queue that would not survive the gateway promises nothing: the stub goes to the bank, and no INDEX to the client. */
static void no_index_without_a_disk(void **state)
{
	struct world *w = world_new();
	struct peer_init how = { 0 };
	struct peer_message m;
	struct peer_response r;
	struct peer p;

	(void)state;
	w->bank.forgetful = true;
	peer_init(&p, "client", "aes128-sha256-x25519");
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	assert_true(peer_derive_full(&p));
	peer_make_auth(&p, true, &m);
	assert_true(session_exchange(w, A, &p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_false(peer_has_notify(&r, NOTIFY_IKESYNC_INDEX));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	/* the disk is back: the next IKE SA has one */
	w->bank.forgetful = false;
	session_rekey(w, A, &p);
	/* what the bank has acknowledged needs no disk of ours */
	w->bank.forgetful = true;
	session_resume(w, B, &p);
	peer_clear(&p);
	world_free(w);
}

/* A key rotates while the gateway runs: what the old one sealed still opens, and new stubs have the new one. */
static void rotated_key(void **state)
{
	struct world *w = world_new();
	struct seal_keys keys = { .n = 2 };
	struct planted o;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	keys.keys[0].id = 8;
	memset(keys.keys[0].key, 0xa5, SEAL_KEY_SIZE);
	keys.keys[1] = w->site[B].config.seal.keys[0];
	gateway_set_seal_keys(w->site[B].gateway, &keys);
	assert_true(session_is_alive(w, A, &p));
	session_resume(w, B, &p);
	w->site[A].config.seal = keys; /* of planted_open() */
	planted_open(w, &p.index, &o);
	assert_int_equal(o.container.sealed.key_id, 8);
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_full_handshake),
		cmocka_unit_test(after_a_move),
		cmocka_unit_test(what_is_passed_on),
		cmocka_unit_test(not_qualified),
		cmocka_unit_test(in_clear),
		cmocka_unit_test(no_index_without_a_disk),
		cmocka_unit_test(rotated_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
