/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in a stub: rule 29, and what goes on through moves and rekeys (rules 13, 18, 21, 27).
 */
#include "cmocka_all.h"
#include "session.h"

struct opened {
	uint8_t plain[SEAL_BODY_MAX];
	struct stub_container container;
	struct stub stub;
};

static void open_stub(struct world *w, const struct index *ix, struct opened *out)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB,
				   .body = memory_bank_peek(&w->bank, ix) };
	struct fault fault;

	assert_true(p.body.n > 0);
	assert_int_equal(stub_container_parse(&p, &out->container, &fault), ERR_OK);
	assert_true(out->container.is_sealed);
	assert_int_equal(seal_open(&w->site[A].config.seal, ix, &out->container.sealed, w->utc,
				   out->plain, &out->stub, &fault),
			 ERR_OK);
}

static bool id_is(const struct ike_id *id, const char *text)
{
	return id->type == ID_FQDN && span_equal(id->data, span_text(text));
}

static void of_a_full_handshake(void **state)
{
	struct world *w = world_new();
	struct opened o;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes256gcm16-prfsha384-ecp256");
	session_establish(w, A, &p, true);
	open_stub(w, &p.index, &o);
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
	assert_true(o.stub.expiry == w->utc + 86400);
	assert_int_equal(o.container.lifetime, 86400);
	peer_clear(&p);
	world_free(w);
}

static void after_a_move(void **state)
{
	struct world *w = world_new();
	struct opened o;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_advance(w, 5000);
	session_resume(w, B, &p);
	open_stub(w, &p.index, &o);
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
	open_stub(w, &p.index, &o);
	assert_int_equal(o.stub.resumptions, 2);
	assert_int_equal(o.stub.moves.count, 1);
	assert_true(o.stub.moves.last_commit == w->utc);
	session_rekey(w, B, &p);
	open_stub(w, &p.index, &o);
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
	struct stub_service bank = memory_bank_service(&w->bank);
	uint8_t sealed[SEAL_BODY_MAX], container[SEAL_BODY_MAX];
	struct wcursor s = wcursor_init(sealed, sizeof(sealed));
	struct wcursor c = wcursor_init(container, sizeof(container));
	uint64_t deadline = w->utc + 5000;
	struct opened o;
	struct peer p;
	struct stub stub;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	p.sk_d.n = 32;
	rng_fill(&p.rng, p.sk_d.octets, 32);
	p.index = ix;
	stub = (struct stub){
		.encr = p.suite.encr,
		.encr_key_bits = p.suite.encr_key_bits,
		.prf = p.suite.prf,
		.integ = p.suite.integ,
		.idi = { ID_FQDN, span_text("client.example") },
		.idr = { ID_FQDN, span_text("gw-a.example") },
		.spi_i = ix.spi, /* there the gateway was the initiator */
		.spi_r = 99,
		.sk_d = secret_peek(&p.sk_d),
		.role = STUB_ROLE_INITIATOR,
		.auth_method_i = AUTH_DIGITAL_SIGNATURE,
		.auth_method_r = AUTH_DIGITAL_SIGNATURE,
		.eap_identity = span_text("eap@example"),
		.expiry = w->utc + 4000,
		.reauth_deadline = deadline,
		.authority = span_text("bank.example:49500"),
		.peer_features = STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE,
		.n_unknown = 1,
		.unknown = { { 777, SPAN_OF(unknown) } },
	};
	assert_int_equal(seal_stub(&w->site[A].config.seal, &p.rng, &ix, &stub, &s), ERR_OK);
	stub_container_write_sealed(&c, &ix, 4000, span_of(sealed, wcursor_size(&s)));
	bank.ops->init(bank.self, span_of(container, wcursor_size(&c)), NULL, NULL);
	world_run(w);
	session_resume(w, B, &p);
	for (int rekeyed = 0; rekeyed < 2; rekeyed++) {
		if (rekeyed)
			session_rekey(w, B, &p);
		open_stub(w, &p.index, &o);
		assert_true(o.stub.reauth_deadline == deadline); /* B26: unchanged */
		assert_true(o.stub.expiry <= deadline);
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
	enum { WRONG_SK_D, WRONG_PRF, PAST_DEADLINE, PAST_LIMIT, WRONG_ROLE, STRANGER, GOOD, FAR };
	struct world *w = world_new();
	struct stub_service bank = memory_bank_service(&w->bank);
	struct peer_init how = { 0 };
	uint8_t sk_d[32] = { 1 };
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	for (int kind = WRONG_SK_D; kind <= FAR; kind++) {
		struct index ix = { 1000 + (uint64_t)kind, w->site[A].endpoint.address };
		uint8_t sealed[SEAL_BODY_MAX], container[SEAL_BODY_MAX];
		struct wcursor s = wcursor_init(sealed, sizeof(sealed));
		struct wcursor c = wcursor_init(container, sizeof(container));
		struct stub stub = {
			.encr = p.suite.encr,
			.encr_key_bits = p.suite.encr_key_bits,
			.prf = kind == WRONG_PRF ? PRF_AES128_XCBC : p.suite.prf,
			.integ = p.suite.integ,
			.idi = { ID_FQDN, span_text(kind == STRANGER ? "nobody.example"
								     : "client.example") },
			.idr = { ID_FQDN, span_text("gw-a.example") },
			.spi_i = 99,
			.spi_r = ix.spi,
			.sk_d = span_of(sk_d, kind == WRONG_SK_D ? 31 : 32),
			.role = kind == WRONG_ROLE ? STUB_ROLE_INITIATOR : STUB_ROLE_RESPONDER,
			.expiry = kind == FAR ? UINT64_MAX : w->utc + 4000,
			.session_limit = kind == PAST_LIMIT ? w->utc - 1 : 0,
			.reauth_deadline = kind == PAST_DEADLINE ? w->utc - 1 : 0,
			.peer_features = STUB_PEER_PROFILE_1,
		};

		assert_int_equal(seal_stub(&w->site[A].config.seal, &p.rng, &ix, &stub, &s),
				 ERR_OK);
		stub_container_write_sealed(&c, &ix, 4000, span_of(sealed, wcursor_size(&s)));
		bank.ops->init(bank.self, span_of(container, wcursor_size(&c)), NULL, NULL);
		world_run(w);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_full_handshake),
		cmocka_unit_test(after_a_move),
		cmocka_unit_test(what_is_passed_on),
		cmocka_unit_test(not_qualified),
		cmocka_unit_test(in_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
