/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a store owes whatever its engine does: order without waiting, one winner among several banks, and a
 * word for each kind of trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool/log.h"

#define FAR (FIXTURE_START + 1000000)
#define RACES 2000

static GBytes *stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 1000, FAR, content);
}

/* Transaction and status of the next reply, or -1: there is none. */
static int next_reply(struct peer *p, uint8_t *transaction)
{
	GBytes *reply = peer_reply(p);
	struct span s = bytes_span(reply);
	int status;

	if (!reply)
		return -1;
	*transaction = s.p[11];
	status = s.p[16];
	g_bytes_unref(reply);
	return status;
}

/* Rule 28, the other way round: what comes after a get must not be seen by it. */
static void writes_wait_for_gets_of_their_index(void **state)
{
	struct memory *m = memory_new(1);
	struct fixture *f = fixture_over(m);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), next = made_index("192.0.2.1", 2),
		     other = made_index("192.0.2.1", 3);
	uint8_t t[6];

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(1, stub(&other, 1))), STUB_OK);
	peer_send(p, made_get(2, &ix));
	memory_hold_calls(m, true);
	peer_send(p, made_update(3, &ix, stub(&next, 2)));
	peer_send(p, made_get(4, &ix));
	peer_send(p, made_get(5, &next));
	peer_send(p, made_delete(6, &other));
	peer_settle(p);
	assert_int_equal(p->replies.length, 0);
	assert_int_equal(session_outstanding(p->session), 5);
	memory_hold_calls(m, false);
	peer_settle(p);
	assert_int_equal(next_reply(p, &t[0]), STUB_OK);
	assert_int_equal(next_reply(p, &t[1]), STUB_OK);
	assert_int_equal(next_reply(p, &t[2]), STUB_NOT_FOUND);
	assert_int_equal(next_reply(p, &t[3]), STUB_OK);
	assert_int_equal(next_reply(p, &t[4]), STUB_OK);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(t[i], 2 + i);
	assert_int_equal(session_outstanding(p->session), 0);
	peer_free(p);
	fixture_free(f);
	memory_free(m);
}

/* A get must not wait for a prefetch, nor for writes elsewhere. */
static void gets_overtake_what_stands_still(void **state)
{
	struct memory *m = memory_new(2);
	struct fixture *f = fixture_over(m);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), other = made_index("192.0.2.1", 2);
	uint8_t t;

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_OK);
	memory_hold_commits(m, true);
	peer_send(p, made_init(2, stub(&other, 1)));
	peer_settle(p);
	peer_send(p, made_get(3, &ix));
	peer_settle(p);
	assert_int_equal(next_reply(p, &t), STUB_OK);
	assert_int_equal(t, 3);
	memory_hold_commits(m, false);
	peer_settle(p);
	assert_int_equal(next_reply(p, &t), STUB_OK);
	assert_int_equal(t, 2);
	peer_free(p);
	fixture_free(f);
	memory_free(m);
}

/* Two banks, one storage: of two moves of one stub one is ok, whatever happens in between. */
static void one_winner_among_banks(void **state)
{
	struct memory *m = memory_new(3);
	struct fixture *f[2] = { fixture_over(m), fixture_over(m) };
	struct peer *owner = peer_new(f[0], "192.0.2.1", "ikesync:a"),
		    *p[2] = { peer_new(f[0], "192.0.2.2", "ikesync:a"),
			      peer_new(f[1], "192.0.2.3", "ikesync:a") };
	unsigned won[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < RACES; i++) {
		struct index old = made_index("192.0.2.1", 1 + i),
			     to[2] = { made_index("192.0.2.2", 1 + i),
				       made_index("192.0.2.3", 1 + i) };
		int status[2];
		uint8_t t;

		assert_int_equal(peer_ask(owner, made_init(1, stub(&old, 1))), STUB_OK);
		for (unsigned k = 0; k < 2; k++) {
			peer_send(p[k], made_update(2, &old, stub(&to[k], 2)));
			store_flush(f[k]->bank.store);
		}
		peer_settle(p[0]);
		peer_settle(p[1]);
		for (unsigned k = 0; k < 2; k++)
			status[k] = next_reply(p[k], &t);
		for (unsigned k = 0; k < 2; k++) {
			if (status[k] != STUB_OK)
				continue;
			won[k]++;
			assert_int_equal(status[1 - k], STUB_CONFLICT);
			assert_int_equal(peer_get(p[k], &to[k], NULL), STUB_OK);
			assert_int_equal(peer_get(p[k], &to[1 - k], NULL), STUB_NOT_FOUND);
		}
		assert_int_equal(peer_get(p[0], &old, NULL), STUB_NOT_FOUND);
	}
	assert_int_equal(won[0] + won[1], RACES);
	assert_true(won[0] > RACES / 10 && won[1] > RACES / 10);
	peer_free(owner);
	for (unsigned k = 0; k < 2; k++) {
		peer_free(p[k]);
		fixture_free(f[k]);
	}
	memory_free(m);
}

/* Whatever the trouble, nothing is acknowledged or counted, and it ends when the trouble does. */
static void trouble_is_busy_and_leaves_nothing(void **state)
{
	static const enum engine_result troubles[] = { ENGINE_BUSY, ENGINE_FULL, ENGINE_READ_ONLY,
						       ENGINE_FAILED, ENGINE_CHANGED };
	struct memory *m = memory_new(4);
	struct fixture *f = fixture_over(m);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), kept = made_index("192.0.2.1", 999);
	uint8_t t;

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&kept, 1))), STUB_OK);
	for (unsigned i = 0; i < G_N_ELEMENTS(troubles); i++) {
		ix.spi = 1 + i;
		memory_refuse(m, troubles[i], 100);
		assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_BUSY);
		assert_int_equal(peer_ask(p, made_delete(1, &kept)), STUB_BUSY);
		assert_int_equal(store_count(f->bank.store), 1 + i);
		assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
		assert_int_equal(peer_get(p, &kept, NULL), STUB_OK);
		/* somebody else was faster, but only a few times */
		memory_refuse(m, ENGINE_CHANGED, 5);
		assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_OK);
		assert_int_equal(store_count(f->bank.store), 2 + i);
	}
	/* a get behind a write that fails does not see it */
	ix.spi = 500;
	memory_refuse(m, ENGINE_BUSY, 1);
	peer_send(p, made_init(2, stub(&ix, 1)));
	peer_send(p, made_get(3, &ix));
	peer_settle(p);
	assert_int_equal(next_reply(p, &t), STUB_BUSY);
	assert_int_equal(next_reply(p, &t), STUB_NOT_FOUND);
	memory_refuse_reads(m, ENGINE_BUSY);
	assert_int_equal(peer_get(p, &kept, NULL), STUB_BUSY);
	assert_int_equal(peer_ask(p, made_delete(1, &kept)), STUB_BUSY);
	memory_refuse_reads(m, ENGINE_OK);
	assert_int_equal(peer_get(p, &kept, NULL), STUB_OK);
	peer_free(p);
	fixture_free(f);
	memory_free(m);
}

/* A gateway may hang up while gets and pages are on their way; a prefetch that fails says so. */
static void nobody_waits_any_more(void **state)
{
	struct memory *m = memory_new(5);
	struct fixture *f = fixture_over(m);
	struct index ix = made_index("192.0.2.1", 1), all = made_index("192.0.2.1", 0);
	struct peer *p;
	uint8_t t;

	(void)state;
	f->settings.n_prefetch_allow = 1;
	f->settings.prefetch_allow[0] = ix.address;
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	for (ix.spi = 1; ix.spi <= 200; ix.spi++)
		assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1))), STUB_OK);
	peer_send(p, made_get(2, &all));
	fixture_settle(f);
	memory_hold_reads(m, true);
	assert_false(session_pump(p->session));
	assert_false(session_pumping(p->session));
	ix.spi = 1;
	peer_send(p, made_get(3, &ix));
	peer_send(p, made_delete(4, &ix));
	peer_free(p);
	memory_hold_reads(m, false);
	fixture_settle(f);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	peer_send(p, made_get(5, &all));
	fixture_settle(f);
	memory_refuse_reads(m, ENGINE_BUSY);
	peer_settle(p);
	memory_refuse_reads(m, ENGINE_OK);
	assert_int_equal(next_reply(p, &t), STUB_BUSY);
	assert_int_equal(t, 5);
	assert_int_equal(next_reply(p, &t), -1);
	assert_false(session_pumping(p->session));
	peer_free(p);
	fixture_free(f);
	memory_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_wait_for_gets_of_their_index),
		cmocka_unit_test(gets_overtake_what_stands_still),
		cmocka_unit_test(one_winner_among_banks),
		cmocka_unit_test(trouble_is_busy_and_leaves_nothing),
		cmocka_unit_test(nobody_waits_any_more),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
