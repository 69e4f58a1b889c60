/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind an SA: a stub that the bank will not take, and an inner address that is another's. */
#include "cmocka_all.h"
#include "session.h"

/* 55.2: a stub that was refused is offered again, and again, until it is taken; then it can be resumed. */
static void refused_stub(void **state)
{
	static const int results[] = { STUB_FULL, STUB_NOT_AUTHORISED, STUB_MALFORMED,
				       STUB_SERVICE_BAD_REPLY };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
		struct world *w = world_new();
		struct peer p;

		w->bank.write_result = results[i];
		peer_init(&p, "client", "aes128-sha256-x25519");
		session_establish(w, A, &p, true);
		assert_int_equal(memory_bank_live(&w->bank), 0);
		for (unsigned k = 0; k < 4; k++)
			world_advance(w, 2000);
		assert_in_range(w->bank.inits, 2, 4); /* after 2, 4, 8 s at most */
		w->bank.write_result = 0;
		for (unsigned k = 0; k < 10; k++)
			world_advance(w, 2000);
		assert_int_equal(memory_bank_live(&w->bank), 1);
		session_resume(w, B, &p);
		peer_clear(&p);
		world_free(w);
	}
}

/* An SA that was never backed, and is rekeyed meanwhile, is backed under its new index, once. */
static void refused_and_rekeyed(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	w->bank.write_result = STUB_FULL;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	w->bank.write_result = 0;
	session_rekey(w, A, &p);
	assert_int_equal(memory_bank_live(&w->bank), 1);
	assert_int_equal(w->bank.updates, 0); /* there is no old one to replace */
	for (unsigned k = 0; k < 10; k++)
		world_advance(w, 2000);
	assert_int_equal(w->bank.inits, 2);
	session_resume(w, B, &p);
	peer_clear(&p);
	world_free(w);
}

/* A refused update goes on as an update of the same old index. */
static void refused_update(void **state)
{
	struct world *w = world_new();
	struct index old;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	old = p.index;
	w->bank.write_result = STUB_FULL;
	session_rekey(w, A, &p);
	w->bank.write_result = 0;
	for (unsigned k = 0; k < 5; k++)
		world_advance(w, 2000);
	assert_int_equal(w->bank.updates, 2);
	assert_true(index_equal(&w->bank.last_update_old, &old));
	assert_int_equal(memory_bank_live(&w->bank), 1);
	session_resume(w, B, &p);
	peer_clear(&p);
	world_free(w);
}

/* What can never be ours is not asked for again; nor is anything for an SA that is gone. */
static void not_again(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	w->bank.write_result = STUB_EXISTS;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	w->bank.write_result = STUB_FULL;
	session_establish(w, A, &p, true);
	session_delete(w, A, &p);
	w->bank.write_result = 0;
	for (unsigned k = 0; k < 20; k++)
		world_advance(w, 2000);
	assert_int_equal(w->bank.inits, 2);
	assert_int_equal(memory_bank_live(&w->bank), 0);
	/* and one that waits when the gateway goes is nobody's */
	w->bank.write_result = STUB_FULL;
	session_establish(w, A, &p, true);
	world_kill(w, A);
	world_advance(w, 10000);
	assert_int_equal(w->bank.inits, 3);
	peer_clear(&p);
	world_free(w);
}

/* 100 SAs that a full bank has refused do not all come back at the same moment. */
static void with_jitter(void **state)
{
	struct world *w = world_new();
	struct peer p;
	unsigned most = 0;

	(void)state;
	w->bank.write_result = STUB_FULL;
	peer_init(&p, "client", "aes128-sha256-x25519");
	for (unsigned i = 0; i < 100; i++)
		session_establish(w, A, &p, false);
	w->bank.write_result = 0;
	for (unsigned k = 0; k < 30; k++) {
		unsigned before = w->bank.inits;

		world_advance(w, 100);
		most = MAX(most, w->bank.inits - before);
	}
	assert_int_equal(memory_bank_live(&w->bank), 100);
	assert_in_range(most, 5, 40);
	peer_clear(&p);
	world_free(w);
}

/* CREATE_CHILD_SA with or without a request for an inner address; the answer is in `r`. */
static void ask_child(struct world *w, struct peer *p, bool cp, struct peer_response *r)
{
	struct ike_cp request = { .type = IKE_CP_REQUEST,
				  .n = 1,
				  .at = { { IKE_CP_INTERNAL_IP4_ADDRESS, SPAN_OF(p->inner) } } };
	struct peer_inner in;
	struct peer_message m;

	peer_inner_init(&in);
	if (cp)
		ike_cp_write(&in.in.w, &request);
	peer_write_child(p, &in, true);
	peer_seal(p, EXCHANGE_CREATE_CHILD_SA, &in, &m);
	assert_true(session_exchange(w, B, p, &m, r));
}

/* Rule 17: where another has the old inner address, the client gets none of its traffic, but an address of its own if it asks. */
static void address_of_another(void **state)
{
	struct world *w = world_new();
	const struct chain_payload *payload;
	struct peer_response r;
	struct ike_ts_list ts;
	struct ike_cp cp;
	struct fault fault;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_kill(w, A);
	assert_true(policy_lease_this(w->policy, address_ip4(p.inner)));
	session_resume(w, B, &p);
	ask_child(w, &p, false, &r);
	assert_true(peer_has_notify(&r, NOTIFY_FAILED_CP_REQUIRED));
	assert_null(chain_find(&r.chain, PAYLOAD_SA));
	session_rekey(w, B, &p); /* which forgets nothing */
	ask_child(w, &p, false, &r);
	assert_true(peer_has_notify(&r, NOTIFY_FAILED_CP_REQUIRED));
	ask_child(w, &p, true, &r);
	payload = chain_find(&r.chain, PAYLOAD_CP);
	assert_non_null(payload);
	assert_int_equal(ike_cp_parse(payload, &cp, &fault), ERR_OK);
	assert_memory_not_equal(cp.at[0].value.p, p.inner, 4);
	assert_int_equal(ike_ts_parse(chain_find(&r.chain, PAYLOAD_TSI), &ts, &fault), ERR_OK);
	assert_int_equal(ts.n, 1);
	assert_memory_equal(ts.at[0].start, cp.at[0].value.p, 4);
	assert_memory_equal(ts.at[0].end, cp.at[0].value.p, 4);
	peer_clear(&p);
	world_free(w);
}

/* And where nobody has it, it stays. */
static void address_is_kept(void **state)
{
	struct world *w = world_new();
	struct peer_response r;
	struct ike_ts_list ts;
	struct fault fault;
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, true);
	world_kill(w, A);
	session_resume(w, B, &p);
	ask_child(w, &p, false, &r);
	assert_int_equal(ike_ts_parse(chain_find(&r.chain, PAYLOAD_TSI), &ts, &fault), ERR_OK);
	assert_memory_equal(ts.at[0].start, p.inner, 4);
	assert_false(policy_lease_this(w->policy, address_ip4(p.inner)));
	peer_clear(&p);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_stub),    cmocka_unit_test(refused_and_rekeyed),
		cmocka_unit_test(refused_update),  cmocka_unit_test(not_again),
		cmocka_unit_test(with_jitter),     cmocka_unit_test(address_of_another),
		cmocka_unit_test(address_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
