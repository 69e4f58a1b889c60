/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs of life that the gateway asks for (RFC 7296 section 2.4), and what becomes of who gives none. */
#include "cmocka_all.h"
#include "asked.h"

#define DPD_S 60

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

	w->site[A].config.dpd_s = DPD_S;
	w->site[A].config.request_first_ms = 1000;
	w->site[A].config.request_tries = 3;
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

static void asked_after_silence(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		world_advance(w, DPD_S * 1000 - 1);
		assert_int_equal(world_pending(w), 0);
		world_advance(w, 1);
		asked_take(w, &p, EXCHANGE_INFORMATIONAL, i, &a);
		assert_int_equal(a.m.inner.n, 0);
		asked_answer_empty(w, A, &p, &a);
		assert_int_equal(world_pending(w), 0);
		asked_clear(&a);
	}
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
}

/* Whatever verifies is a sign of life; what does not is none. */
static void no_question_while_it_talks(void **state)
{
	struct peer_inner in;
	struct peer_message m;
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		world_advance(w, DPD_S * 1000 - 1);
		assert_true(session_is_alive(w, A, &p));
	}
	world_drop_all(w);
	world_advance(w, DPD_S * 500);
	peer_inner_init(&in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	m.octets[m.n - 1] ^= 1;
	world_send(w, A, &session_path, peer_span(&m));
	world_advance(w, DPD_S * 500);
	asked_take(w, &p, EXCHANGE_INFORMATIONAL, 0, &a);
	asked_clear(&a);
	end(w, &p);
}

/* So is traffic; and where it came from is where the question goes (RFC 7296 section 2.23). */
static void no_question_while_it_sends(void **state)
{
	const struct gateway_path nat = { .local = { .port = 4500 },
					  .remote = { { 4, { 203, 0, 113, 9 } }, 60000 },
					  .nat = true };
	struct peer_inner in;
	struct peer_message m;
	struct peer p;
	struct world *w = begin(&p);
	struct memory_plane *plane = &w->site[A].plane;
	struct memory_plane_child *c = &plane->live[0];
	struct asked a;

	(void)state;
	peer_inner_init(&in);
	peer_seal(&p, EXCHANGE_INFORMATIONAL, &in, &m);
	world_send(w, A, &nat, peer_span(&m));
	world_drop_all(w);
	assert_int_equal(plane->moved, 1); /* its traffic goes there, too */
	assert_true(endpoint_equal(&c->path.remote, &nat.remote));
	assert_true(c->path.nat && c->path.learns);
	for (unsigned i = 0; i < 3; i++) {
		world_advance(w, DPD_S * 1000 - 3);
		c->traffic.heard_ms = w->now_ms;
		world_advance(w, 2);
		assert_int_equal(world_pending(w), 0);
	}
	c->path.remote.port = 60001; /* the plane has learnt it */
	c->traffic.heard_ms = w->now_ms;
	world_advance(w, DPD_S * 1000);
	asked_take(w, &p, EXCHANGE_INFORMATIONAL, 0, &a);
	assert_int_equal(w->last_way.remote.port, 60001);
	asked_clear(&a);
	end(w, &p);
}

/* Dropped with its lease and its child, without a word to the bank: the client resumes when it is back (rule 36). */
static void dead(void **state)
{
	struct peer p;
	struct world *w = begin(&p);

	(void)state;
	world_advance(w, DPD_S * 1000);
	world_advance(w, 1000);
	world_advance(w, 2000);
	assert_int_equal(world_pending(w), 3); /* the same one, three times */
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 1);
	world_advance(w, 4000);
	assert_int_equal(world_pending(w), 3);
	assert_int_equal(gateway_counters(w->site[A].gateway)->sas, 0);
	assert_int_equal(gateway_counters(w->site[A].gateway)->dead_peers, 1);
	assert_int_equal(w->site[A].plane.n, 0);
	assert_true(policy_lease_this(w->policy, address_ip4(p.inner)));
	policy_release(w->policy, address_ip4(p.inner));
	assert_int_equal(w->bank.deletes, 0);
	world_drop_all(w);
	session_resume(w, A, &p);
	assert_true(session_is_alive(w, A, &p));
	end(w, &p);
}

static void not_by_default(void **state)
{
	struct world *w = world_new();
	struct peer p;

	(void)state;
	peer_init(&p, "client", "aes128-sha256-x25519");
	session_establish(w, A, &p, false);
	world_drop_all(w);
	world_advance(w, 3600 * 1000);
	assert_int_equal(world_pending(w), 0);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asked_after_silence),
		cmocka_unit_test(no_question_while_it_talks),
		cmocka_unit_test(no_question_while_it_sends),
		cmocka_unit_test(dead),
		cmocka_unit_test(not_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
