/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 33: a gateway learns that the session of an SA is elsewhere. */
#include "cmocka_all.h"
#include "asked.h"

static struct world *begin(struct peer *p)
{
	struct world *w = world_new();

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

static unsigned sas(struct world *w)
{
	return gateway_counters(w->site[A].gateway)->sas;
}

/* Asked at once; silent for 10 s: gone with its address, and neither client nor bank is told. */
static void silent(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	assert_int_equal(gateway_moved(w->site[A].gateway, &p.index), STUB_OK);
	world_run(w);
	asked_take(w, &p, EXCHANGE_INFORMATIONAL, 0, &a);
	assert_int_equal(a.m.inner.n, 0);
	asked_clear(&a);
	world_advance(w, 9999);
	assert_int_equal(sas(w), 1);
	world_drop_all(w);
	world_advance(w, 1);
	assert_int_equal(sas(w), 0);
	assert_int_equal(w->site[A].plane.n, 0);
	assert_true(policy_lease_this(w->policy, address_ip4(p.inner)));
	assert_int_equal(world_pending(w), 0);
	assert_int_equal(w->bank.deletes, 0);
	world_advance(w, 100000);
	assert_int_equal(world_pending(w), 0);
	end(w, &p);
}

/* Still here: it stays, and its end says nothing of a stub that is another's. */
static void alive(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct asked a;

	(void)state;
	assert_int_equal(gateway_moved(w->site[A].gateway, &p.index), STUB_OK);
	world_run(w);
	asked_take(w, &p, EXCHANGE_INFORMATIONAL, 0, &a);
	world_advance(w, 9000);
	world_drop_all(w);
	asked_answer_empty(w, A, &p, &a);
	asked_clear(&a);
	world_advance(w, 60000);
	assert_int_equal(sas(w), 1);
	assert_true(session_is_alive(w, A, &p));
	session_delete(w, A, &p);
	assert_int_equal(w->bank.deletes, 0);
	end(w, &p);
}

/* The client resumes elsewhere; when it is told, the old gateway has the address free for others. */
static void resumed_elsewhere(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct index old = p.index;
	struct gateway *g = w->site[A].gateway;

	(void)state;
	session_resume(w, B, &p);
	assert_int_equal(gateway_moved(g, &old), STUB_OK);
	world_run(w);
	world_drop_all(w);
	world_advance(w, 10000);
	assert_int_equal(sas(w), 0);
	world_drop_all(w);
	assert_true(session_is_alive(w, B, &p));
	end(w, &p);
}

/* What is no SA of ours. */
static void not_obeyed(void **state)
{
	struct peer p;
	struct world *w = begin(&p);
	struct index ix = p.index;

	(void)state;
	ix.spi++;
	assert_int_equal(gateway_moved(w->site[A].gateway, &ix), STUB_NOT_FOUND);
	ix = p.index;
	ix.address.octets[3]++;
	assert_int_equal(gateway_moved(w->site[A].gateway, &ix), STUB_NOT_FOUND);
	end(w, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silent),
		cmocka_unit_test(alive),
		cmocka_unit_test(resumed_elsewhere),
		cmocka_unit_test(not_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
