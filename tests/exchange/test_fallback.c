/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is not accepted gets an ordinary answer, and every reason looks alike (rules 4, 8 and 39).
 */
#include "cmocka_all.h"
#include "session.h"

/* The fallback goes on to a session, with the same KEi and Ni (C12). */
static void finish(struct world *w, unsigned site, struct peer *p)
{
	struct peer_message m;
	struct peer_response r;

	assert_true(peer_derive_full(p));
	peer_make_auth(p, true, &m);
	assert_true(session_exchange(w, site, p, &m, &r));
	assert_non_null(chain_find(&r.chain, PAYLOAD_AUTH));
	assert_true(session_is_alive(w, site, p));
}

static struct world *start(struct peer *p)
{
	struct world *w = world_new();

	peer_init(p, "client", "aes128-sha256-x25519");
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static void unknown_index(void **state)
{
	struct index ix = { 0x1122334455667788, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_int_equal(w->bank.gets, 1);
	finish(w, B, &p);
	/* misses are remembered for a moment */
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_int_equal(w->bank.gets, 1);
	world_advance(w, 2500);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_int_equal(w->bank.gets, 2);
	end(w, &p);
}

static void silence_by_policy(void **state)
{
	struct index ix = { 0x1122334455667788, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	w->site[B].config.syn_miss_silence = true;
	world_start(w, B);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_NOTHING);
	how.syn = NULL;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	end(w, &p);
}

static void expired_stub(void **state)
{
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	memory_bank_set_lifetime(&w->bank, &ix, 0);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	/* the clear lifetime is only a hint: the sealed expiry counts too */
	memory_bank_set_lifetime(&w->bank, &ix, 80000);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT);
	world_advance(w, 86400 * 1000 + 60000);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	finish(w, B, &p);
	end(w, &p);
}

static void malformed_syn(void **state)
{
	static const uint8_t body[][25] = {
		{ 1, 2, 3, 4, 5, 6, 7, 8, 192, 0, 2 },       /* 11 octets */
		{ 1, 2, 3, 4, 5, 6, 7, 8, 192, 0, 2, 1, 0 }, /* 13 octets */
		{ 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1 },    /* SPI zero */
		{ 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0 },      /* unspecified */
		{ 1, 2, 3, 4, 5, 6, 7, 8, 224, 0, 0, 1 },    /* multicast */
	};
	static const size_t sizes[] = { 11, 13, 12, 12, 12 };
	struct index ix;
	struct peer_init how = { 0 };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		how.syn_raw = span_of(body[i], sizes[i]);
		assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
		finish(w, B, &p);
	}
	assert_int_equal(w->bank.gets, 0);
	/* C bit: the right index, and still as if it had none */
	session_establish(w, A, &p, true);
	ix = p.index;
	how = (struct peer_init){ .syn = &ix, .syn_flags = CHAIN_CRITICAL };
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	assert_int_equal(w->bank.gets, 0);
	finish(w, B, &p);
	end(w, &p);
}

/* N08: Payload Length 0, 3, 15, 17 and 65535 in the generic header, with 12 octets behind it. */
static void syn_that_breaks_the_chain(void **state)
{
	static const uint16_t lengths[] = { 0, 3, 15, 17, 65535 };
	struct index ix = { 0x1122334455667788, { 4, { 192, 0, 2, 1 } } };
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
		peer_restart(&p);
		peer_make_init(&p, &how);
		p.request.octets[p.request.n - 14] = (uint8_t)(lengths[i] >> 8);
		p.request.octets[p.request.n - 13] = (uint8_t)lengths[i];
		assert_int_equal(session_init(w, B, &p), PEER_FULL);
		finish(w, B, &p);
	}
	assert_int_equal(w->bank.gets, 0);
	end(w, &p);
}

static void suite_not_offered(void **state)
{
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p, other;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	peer_init(&other, "other", "aes256gcm16-prfsha384-ecp256");
	assert_int_equal(session_ask(w, B, &other, &how), PEER_FULL);
	/* rule 10: the D-H method is not compared */
	peer_clear(&other);
	peer_init(&other, "another", "aes128-sha256-ecp256");
	assert_int_equal(session_ask(w, B, &other, &how), PEER_HIT);
	peer_clear(&other);
	end(w, &p);
}

static void foreign_seal_key(void **state)
{
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	w->site[B].config.seal.keys[0].key[0] ^= 1;
	world_start(w, B);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	w->site[B].config.seal.keys[0].key[0] ^= 1;
	w->site[B].config.seal.keys[0].id = 8;
	world_start(w, B);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	finish(w, B, &p);
	end(w, &p);
}

static void bank_silent_or_away(void **state)
{
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	w->bank.silent_get = true;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	finish(w, B, &p);
	w->bank.silent_get = false;
	w->bank.unreachable = true;
	/* rule 32: only with a cookie */
	peer_restart(&p);
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_COOKIE);
	peer_make_init(&p, &how);
	assert_int_equal(session_init(w, B, &p), PEER_FULL);
	w->bank.unreachable = false;
	p.index = ix;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT); /* no miss was remembered */
	end(w, &p);
}

/* Rule 22: the index that was named, and whose stub is this client's, is retired. */
static void fallback_retires_the_named_index(void **state)
{
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p, other;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	peer_init(&other, "other", "aes256gcm16-prfsha384-ecp256");
	assert_int_equal(session_ask(w, B, &other, &how), PEER_FULL);
	assert_int_equal(w->bank.deletes, 0);
	finish(w, B, &other);
	assert_int_equal(w->bank.deletes, 1);
	assert_true(index_equal(&w->bank.last_delete, &ix));
	peer_clear(&other);
	end(w, &p);
}

static void disabled_identity(void **state)
{
	struct ike_id id = { ID_FQDN, span_text("client.example") };
	struct index ix;
	struct peer_init how = { .syn = &ix };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_establish(w, A, &p, true);
	ix = p.index;
	policy_find(w->policy, &id)->disabled = true;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	policy_find(w->policy, &id)->disabled = false;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_index),
		cmocka_unit_test(silence_by_policy),
		cmocka_unit_test(expired_stub),
		cmocka_unit_test(malformed_syn),
		cmocka_unit_test(syn_that_breaks_the_chain),
		cmocka_unit_test(suite_not_offered),
		cmocka_unit_test(foreign_seal_key),
		cmocka_unit_test(bank_silent_or_away),
		cmocka_unit_test(fallback_retires_the_named_index),
		cmocka_unit_test(disabled_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
