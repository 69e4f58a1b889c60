/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ID 1: confirmation, binding, commit (rules 11 to 13, 18, 21). */
#include "cmocka_all.h"
#include "keys/auth.h"
#include "session.h"

static struct world *start(struct peer *p)
{
	struct world *w = world_new();

	peer_init(p, "client", "aes128-sha256-x25519");
	session_establish(w, A, p, true);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

static void confirm(struct world *w, unsigned site, struct peer *p, struct peer_response *r)
{
	struct peer_message m;

	session_make_confirm(p, &m);
	assert_true(session_exchange(w, site, p, &m, r));
}

static void bad_icv_is_ignored(void **state)
{
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_syn(w, B, &p);
	session_make_confirm(&p, &m);
	m.octets[m.n - 1] ^= 1;
	assert_false(session_exchange(w, B, &p, &m, &r));
	assert_int_equal(w->bank.moves, 0);
	assert_int_equal(w->bank.deletes, 0);
	assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 1);
	m.octets[m.n - 1] ^= 1;
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_bind_is_right(&p, &r));
	end(w, &p);
}

/* N04: who has the index and not SK_d harms nobody. */
static void without_sk_d(void **state)
{
	struct peer_message m;
	struct peer_response r;
	struct index ix;
	struct peer p, thief;
	struct world *w = start(&p);

	(void)state;
	ix = p.index;
	thief = p;
	thief.dh = NULL;
	thief.sk_d.octets[0] ^= 1;
	session_syn(w, B, &thief);
	session_make_confirm(&thief, &m);
	assert_false(session_exchange(w, B, &thief, &m, &r));
	assert_true(memory_bank_peek(&w->bank, &ix).n > 0);
	session_resume(w, B, &p);
	assert_true(session_is_alive(w, B, &p));
	peer_clear(&thief);
	end(w, &p);
}

static void bind_missing_or_wrong(void **state)
{
	struct peer p;
	struct world *w = start(&p);
	struct index ix = p.index;

	(void)state;
	for (int wrong = 0; wrong < 2; wrong++) {
		struct peer_inner in;
		struct peer_message m;
		struct peer_response r;

		session_syn(w, B, &p);
		if (wrong)
			p.response.octets[p.response.n - 1] ^= 1; /* not what the gateway sent */
		peer_inner_init(&in);
		if (wrong)
			peer_write_bind(&p, &in);
		peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
		assert_true(session_exchange(w, B, &p, &m, &r));
		assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
		assert_false(peer_has_notify(&r, NOTIFY_IKESYNC_INDEX));
		assert_int_equal(w->bank.moves, 0);
		assert_false(session_is_alive(w, B, &p));
		assert_int_equal(gateway_counters(w->site[B].gateway)->provisional, 0);
		assert_true(memory_bank_peek(&w->bank, &ix).n > 0);
	}
	session_resume(w, B, &p);
	end(w, &p);
}

/* N18: two provisional SAs of one stub, one winner. */
static void two_clients_one_index(void **state)
{
	struct peer_response r;
	struct index ix;
	struct peer p, twin;
	struct world *w = start(&p);

	(void)state;
	ix = p.index;
	twin = p;
	twin.dh = NULL;
	twin.rng = rng_fixed(&twin.random, "twin");
	session_syn(w, B, &p);
	session_syn(w, C, &twin);
	confirm(w, C, &twin, &r);
	assert_true(peer_bind_is_right(&twin, &r));
	assert_true(peer_take_index(&twin, &r));
	confirm(w, B, &p, &r);
	assert_true(peer_has_notify(&r, NOTIFY_IKESYNC_NOT_COMMITTED));
	assert_true(peer_bind_is_right(&p, &r));
	assert_false(peer_has_notify(&r, NOTIFY_IKESYNC_INDEX));
	assert_false(session_is_alive(w, B, &p));
	assert_int_equal(gateway_counters(w->site[B].gateway)->sas, 0);
	assert_true(session_is_alive(w, C, &twin));
	assert_int_equal(memory_bank_peek(&w->bank, &ix).n, 0);
	peer_clear(&twin);
	end(w, &p);
}

static void commit_time_out(void **state)
{
	struct peer_response r;
	struct index ix;
	struct peer p;
	struct world *w = start(&p);
	uint64_t spi_r;

	(void)state;
	ix = p.index;
	w->bank.silent_move = true;
	session_syn(w, B, &p);
	spi_r = p.sa.spi_r;
	confirm(w, B, &p, &r);
	assert_true(peer_has_notify(&r, NOTIFY_IKESYNC_NOT_COMMITTED));
	/* nobody knows whether the move was made: the new index goes */
	assert_int_equal(w->bank.deletes, 1);
	assert_int_equal(w->bank.last_delete.spi, spi_r);
	assert_true(address_equal(&w->bank.last_delete.address, &w->site[B].endpoint.address));
	assert_false(session_is_alive(w, B, &p));
	/* C36: the old index works after it */
	w->bank.silent_move = false;
	assert_true(memory_bank_peek(&w->bank, &ix).n > 0);
	session_resume(w, B, &p);
	end(w, &p);
}

static void no_answer_before_the_commit(void **state)
{
	struct peer_message m;
	struct peer_response r;
	GBytes *first, *again;
	struct peer p;
	struct world *w = start(&p);
	gsize n;

	(void)state;
	session_syn(w, B, &p);
	session_make_confirm(&p, &m);
	for (int i = 0; i < 3; i++) /* retransmissions are absorbed */
		world_send_only(w, B, &session_path, peer_span(&m));
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(w->bank.moves, 1);
	world_run(w);
	assert_int_equal(world_pending(w), 1);
	first = world_take(w);
	world_send(w, B, &session_path, peer_span(&m));
	again = world_take(w);
	assert_true(g_bytes_equal(first, again));
	assert_true(
	    peer_open(&p, span_of(g_bytes_get_data(first, &n), g_bytes_get_size(first)), &r));
	assert_true(peer_bind_is_right(&p, &r));
	g_bytes_unref(first);
	g_bytes_unref(again);
	end(w, &p);
}

static void every_refusal_of_the_bank(void **state)
{
	static const int results[] = { STUB_NOT_FOUND,          STUB_EXPIRED,        STUB_EXISTS,
				       STUB_CONFLICT,           STUB_NOT_AUTHORISED, STUB_BUSY,
				       STUB_SERVICE_UNREACHABLE };
	struct peer_response r;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
		w->bank.move_result = results[i];
		session_syn(w, B, &p);
		confirm(w, B, &p, &r);
		assert_true(peer_has_notify(&r, NOTIFY_IKESYNC_NOT_COMMITTED));
		assert_true(peer_bind_is_right(&p, &r));
	}
	w->bank.move_result = 0;
	session_resume(w, B, &p);
	end(w, &p);
}

/* Rule 21: disabled between SYN and message ID 1. */
static void identity_disabled_meanwhile(void **state)
{
	struct ike_id id = { ID_FQDN, span_text("client.example") };
	struct peer_response r;
	struct index ix;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	ix = p.index;
	session_syn(w, B, &p);
	policy_find(w->policy, &id)->disabled = true;
	confirm(w, B, &p, &r);
	assert_true(peer_has_notify(&r, NOTIFY_IKESYNC_NOT_COMMITTED));
	assert_int_equal(w->bank.moves, 0);
	assert_true(index_equal(&w->bank.last_delete, &ix));
	end(w, &p);
}

/* C39: the old SA works until message ID 1. */
static void make_before_break(void **state)
{
	struct peer p, old;
	struct world *w = start(&p);

	(void)state;
	old = p;
	old.dh = NULL;
	session_syn(w, A, &p);
	assert_true(session_is_alive(w, A, &old));
	end(w, &p);
}

/* Rules 18 and 9. */
static void hold_down(void **state)
{
	struct peer_init how = { 0 };
	struct index ix;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	w->site[A].config.max_resumptions = w->site[B].config.max_resumptions = 100;
	world_start(w, A);
	world_start(w, B);
	for (unsigned i = 0; i < 5; i++) {
		world_advance(w, 3000);
		session_syn(w, i % 2 ? A : B, &p); /* not confirmed: counts for nothing */
		session_resume(w, i % 2 ? A : B, &p);
	}
	world_advance(w, 3000);
	ix = p.index;
	how.syn = &ix;
	assert_int_equal(session_ask(w, A, &p, &how), PEER_FULL);
	world_advance(w, 300000);
	p.index = ix;
	session_resume(w, A, &p);
	/* at most one commit in two seconds */
	ix = p.index;
	assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
	world_advance(w, 3000);
	assert_int_equal(session_ask(w, B, &p, &how), PEER_HIT);
	end(w, &p);
}

static void too_many_resumptions(void **state)
{
	struct peer_init how = { 0 };
	struct index ix;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		world_advance(w, 3000);
		session_resume(w, A, &p); /* the same address: no moves */
	}
	world_advance(w, 3000);
	ix = p.index;
	how.syn = &ix;
	struct peer q = p;

	q.dh = NULL;
	assert_int_equal(session_ask(w, A, &q, &how), PEER_FULL);
	peer_clear(&q);
	/* C37: a rekey with KE begins the count anew */
	session_rekey(w, A, &p);
	session_resume(w, B, &p);
	end(w, &p);
}

/* Rule 55: what the bank has lost it gets again, under the new index. */
static void lost_stub_is_made_anew(void **state)
{
	struct index old;
	struct peer p;
	struct world *w = start(&p);
	unsigned inits;

	(void)state;
	old = p.index;
	inits = w->bank.inits;
	memory_bank_lose(&w->bank, &old);
	session_rekey(w, A, &p);
	assert_int_equal(w->bank.inits, inits + 1);
	assert_true(memory_bank_peek(&w->bank, &p.index).n > 0);
	assert_true(session_is_alive(w, A, &p));
	session_resume(w, B, &p);
	end(w, &p);
}

/* Rule 47: the SA is gone, its answer is repeated for 30 s; nothing else is answered. */
static void the_end_is_repeated(void **state)
{
	(void)state;
	for (int committed = 0; committed < 2; committed++) {
		g_autoptr(GBytes) first = NULL;
		struct peer_message m, other;
		struct peer_inner in;
		struct peer p;
		struct world *w = start(&p);

		session_syn(w, B, &p);
		w->bank.move_result = STUB_CONFLICT;
		peer_inner_init(&in);
		if (committed)
			peer_write_bind(&p, &in);
		peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
		world_drop_all(w);
		world_send(w, B, &session_path, peer_span(&m));
		first = world_take(w);
		assert_non_null(first);
		for (unsigned i = 0; i < 3; i++) {
			g_autoptr(GBytes) again = NULL;

			world_advance(w, 9900);
			world_send(w, B, &session_path, peer_span(&m));
			again = world_take(w);
			assert_non_null(again);
			assert_true(g_bytes_equal(first, again));
		}
		/* the same message ID, other octets; and the next message ID */
		for (unsigned i = 0; i < 2; i++) {
			p.sa.window.next = 1 + i;
			session_make_confirm(&p, &other);
			world_send(w, B, &session_path, peer_span(&other));
			assert_int_equal(world_pending(w), 0);
		}
		world_advance(w, 1000); /* 30.7 s: unknown now, and so answered */
		world_send(w, B, &session_path, peer_span(&m));
		g_bytes_unref(first);
		first = world_take(w);
		assert_non_null(first);
		assert_true(g_bytes_get_size(first) < m.n);
		end(w, &p);
	}
}

/* 46.1: BIND decides before the request is looked at, which then gets what it would get on any SA. */
static void any_request_confirms(void **state)
{
	struct peer_inner in;
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	session_syn(w, B, &p);
	peer_inner_init(&in);
	chain_writer_payload(&in.in.w, 250, CHAIN_CRITICAL, SPAN_NONE);
	peer_write_bind(&p, &in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_bind_is_right(&p, &r));
	assert_true(peer_has_notify(&r, NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD));
	assert_true(peer_take_index(&p, &r));
	assert_true(session_is_alive(w, B, &p));
	end(w, &p);
}

/* 12.9: BIND of a wrong length is wrong. */
static void bind_of_another_length(void **state)
{
	static const size_t sizes[] = { 0, 1, 31, 33, 64 };
	struct peer p;
	struct world *w = start(&p);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct ike_attempt attempt;
		struct peer_inner in;
		struct peer_message m;
		struct peer_response r;
		uint8_t bind[64] = { 0 };

		session_syn(w, B, &p);
		attempt = peer_attempt(&p);
		assert_int_equal(auth_bind(p.suite.prf, secret_peek(&p.sa.keys.sk_pi),
					   attempt.request, attempt.response, bind),
				 ERR_OK);
		peer_inner_init(&in);
		ike_notify_write_simple(&in.in.w, NOTIFY_IKESYNC_BIND, span_of(bind, sizes[i]));
		peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
		assert_true(session_exchange(w, B, &p, &m, &r));
		assert_true(peer_has_notify(&r, NOTIFY_AUTHENTICATION_FAILED));
		assert_int_equal(r.chain.n, 1);
		assert_int_equal(w->bank.moves, 0);
	}
	session_resume(w, B, &p);
	end(w, &p);
}

/* Rule 36: a conflict on update means that somebody else owns the session now. */
static void conflict_on_update_drops_the_sa(void **state)
{
	struct peer p, moved;
	struct world *w = start(&p);

	(void)state;
	moved = p;
	moved.dh = NULL;
	session_resume(w, B, &moved);
	session_rekey(w, A, &p); /* A has not heard of it */
	assert_false(session_is_alive(w, A, &p));
	assert_true(session_is_alive(w, B, &moved));
	peer_clear(&moved);
	end(w, &p);
}

/* The bank has made the move, its answer is late, and the client goes on from the new index: the
 * first SA is in nobody's way, nor is the answer when it comes. */
static void resumed_while_committing(void **state)
{
	struct peer_message m;
	struct peer p, next;
	struct world *w = start(&p);
	gpointer late;

	(void)state;
	session_syn(w, B, &p);
	session_make_confirm(&p, &m);
	world_send_only(w, B, &session_path, peer_span(&m));
	late = g_queue_pop_head(&w->bank.answers);
	assert_non_null(late);
	world_advance(w, 3000);
	next = p;
	next.dh = NULL;
	next.index = (struct index){ p.sa.spi_r, w->site[B].endpoint.address };
	assert_int_equal(secret_set(&next.sk_d, secret_peek(&p.sa.keys.sk_d)), ERR_OK);
	session_resume(w, B, &next);
	world_drop_all(w);
	g_queue_push_head(&w->bank.answers, late);
	world_run(w);
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(gateway_counters(w->site[B].gateway)->resumed, 1);
	assert_true(session_is_alive(w, B, &next));
	peer_clear(&next);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_icv_is_ignored),
		cmocka_unit_test(without_sk_d),
		cmocka_unit_test(bind_missing_or_wrong),
		cmocka_unit_test(two_clients_one_index),
		cmocka_unit_test(commit_time_out),
		cmocka_unit_test(no_answer_before_the_commit),
		cmocka_unit_test(every_refusal_of_the_bank),
		cmocka_unit_test(identity_disabled_meanwhile),
		cmocka_unit_test(make_before_break),
		cmocka_unit_test(hold_down),
		cmocka_unit_test(too_many_resumptions),
		cmocka_unit_test(conflict_on_update_drops_the_sa),
		cmocka_unit_test(lost_stub_is_made_anew),
		cmocka_unit_test(the_end_is_repeated),
		cmocka_unit_test(any_request_confirms),
		cmocka_unit_test(bind_of_another_length),
		cmocka_unit_test(resumed_while_committing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
