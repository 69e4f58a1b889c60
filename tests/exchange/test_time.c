/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expiry, clocks and limits of stubs (rules 35, 40, 44, 49 and 50). */
#include "cmocka_all.h"
#include "planted.h"
#include "session.h"

#define LIFETIME 86400

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

	peer_init(p, "client", "aes128-sha256-x25519");
	p->sk_d.n = 32;
	rng_fill(&p->rng, p->sk_d.octets, 32);
	return w;
}

static void end(struct world *w, struct peer *p)
{
	peer_clear(p);
	world_free(w);
}

/* 40.1, 40.3: neither a move nor a resumption at the same gateway renews anything; an IKE rekey does. */
static void a_move_does_not_renew(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	uint64_t expiry = w->utc + LIFETIME;
	struct planted o;

	(void)state;
	session_establish(w, A, &p, true);
	for (unsigned i = 1; i <= 3; i++) {
		world_advance(w, 5000 * 1000);
		memory_bank_set_lifetime(&w->bank, &p.index, LIFETIME - i * 5000);
		session_resume(w, i == 3 ? A : B, &p);
		planted_open(w, &p.index, &o);
		assert_true(o.stub.expiry == expiry);
		assert_int_equal(o.container.lifetime, LIFETIME - i * 5000);
	}
	session_rekey(w, A, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.expiry == w->utc + LIFETIME);
	assert_int_equal(o.container.lifetime, LIFETIME);
	end(w, &p);
}

/* 35.7, 40.1: a 205 that is shorter than the seal stays so, and is over when it is over. */
static void the_lifetime_only_shortens(void **state)
{
	struct peer_message m;
	struct peer_response r;
	struct peer p;
	struct world *w = begin(&p);
	struct planted o;

	(void)state;
	session_establish(w, A, &p, true);
	memory_bank_set_lifetime(&w->bank, &p.index, 100);
	session_syn(w, B, &p);
	world_advance(w, 20 * 1000);
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, B, &p, &m, &r));
	assert_true(peer_take_index(&p, &r));
	planted_open(w, &p.index, &o);
	assert_int_equal(o.container.lifetime, 80);
	/* over between hit and confirmation: no stub can be made of it */
	memory_bank_set_lifetime(&w->bank, &p.index, 10);
	world_advance(w, 3000);
	session_syn(w, C, &p);
	world_advance(w, 10 * 1000);
	session_make_confirm(&p, &m);
	assert_true(session_exchange(w, C, &p, &m, &r));
	assert_true(peer_has_notify(&r, NOTIFY_IKESYNC_NOT_COMMITTED));
	end(w, &p);
}

/* 40.2, 49.1: deadline and session limit bound the expiry, after a move and after a rekey. */
static void bounds(void **state)
{
	for (int by_limit = 0; by_limit < 2; by_limit++) {
		struct peer p;
		struct world *w = begin(&p);
		struct index ix = { 77, w->site[A].endpoint.address };
		struct stub stub = planted_stub(w, &p, &ix);
		uint64_t bound = w->utc + 1000;
		struct planted o;

		*(by_limit ? &stub.session_limit : &stub.reauth_deadline) = bound;
		p.index = ix;
		planted_put(w, &p, &ix, &stub, 4000);
		session_resume(w, B, &p);
		planted_open(w, &p.index, &o);
		assert_true(o.stub.expiry == bound);
		assert_int_equal(o.container.lifetime, 1000);
		session_rekey(w, B, &p);
		planted_open(w, &p.index, &o);
		assert_true(o.stub.expiry == bound);
		assert_int_equal(o.container.lifetime, 1000);
		end(w, &p);
	}
	(void)state;
}

/* 44.1: 30 s of skew on every absolute time, and what is within them can also be committed. */
static void past_times(void **state)
{
	enum { EXPIRY, LIMIT, DEADLINE, KINDS };

	(void)state;
	for (int kind = EXPIRY; kind < KINDS; kind++) {
		for (uint64_t late = 29; late <= 31; late += 2) {
			struct peer p;
			struct world *w = begin(&p);
			struct index ix = { 77, w->site[A].endpoint.address };
			struct stub stub = planted_stub(w, &p, &ix);
			struct peer_init how = { .syn = &ix };

			if (kind == LIMIT)
				stub.session_limit = w->utc - late;
			else if (kind == DEADLINE)
				stub.reauth_deadline = w->utc - late;
			else
				stub.expiry = w->utc - late;
			p.index = ix;
			planted_put(w, &p, &ix, &stub, 4000);
			if (late <= STUB_CLOCK_SKEW)
				session_resume(w, B, &p);
			else
				assert_int_equal(session_ask(w, B, &p, &how), PEER_FULL);
			end(w, &p);
		}
	}
}

/* 44.1, 18.2: the last commit by a clock that is ahead of ours, by little and by much. */
static void commit_in_the_future(void **state)
{
	static const struct {
		uint64_t ahead;
		enum peer_answer answer;
	} cases[] = { { 29, PEER_HIT }, { 30, PEER_HIT }, { 31, PEER_FULL }, { 0, PEER_FULL } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct peer p;
		struct world *w = begin(&p);
		struct index ix = { 77, w->site[A].endpoint.address };
		struct stub stub = planted_stub(w, &p, &ix);
		struct peer_init how = { .syn = &ix };

		stub.has_moves = true;
		stub.moves = (struct stub_moves){ w->utc, w->utc + cases[i].ahead, 1 };
		planted_put(w, &p, &ix, &stub, 4000);
		assert_int_equal(session_ask(w, B, &p, &how), cases[i].answer);
		end(w, &p);
	}
}

/* 50.1, 50.2: a window begins with the first move after the last one; the same address does not count. */
static void windows(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct index ix = { 77, w->site[A].endpoint.address };
	struct stub stub = planted_stub(w, &p, &ix);
	struct planted o;
	uint64_t first;

	(void)state;
	p.index = ix;
	planted_put(w, &p, &ix, &stub, 4000);
	session_resume(w, B, &p);
	first = w->utc;
	planted_open(w, &p.index, &o);
	assert_true(o.stub.moves.window_start == first && o.stub.moves.count == 1);
	world_advance(w, 100 * 1000);
	session_resume(w, C, &p);
	world_advance(w, 100 * 1000);
	session_resume(w, C, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.moves.window_start == first && o.stub.moves.count == 2);
	assert_true(o.stub.moves.last_commit == w->utc);
	world_advance(w, 100 * 1000);
	session_resume(w, B, &p);
	planted_open(w, &p.index, &o);
	assert_true(o.stub.moves.window_start == w->utc && o.stub.moves.count == 1);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_does_not_renew),
		cmocka_unit_test(the_lifetime_only_shortens),
		cmocka_unit_test(bounds),
		cmocka_unit_test(past_times),
		cmocka_unit_test(commit_in_the_future),
		cmocka_unit_test(windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
