/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bank over a cluster of three primaries and three replicas, with TLS: moves between slots and what is left of them when a bank
 * dies, primaries that die, slots that move away. IKESYNC_CLUSTER_KILLS: primaries to kill (1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "store/redis_envelope.h"
#include "tool/log.h"

#define FAR (FIXTURE_START + 1000000)
#define RACES 200
#define OLD "192.0.2.1"
#define NEW "192.0.2.2"

static GBytes *stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 1000, FAR, content);
}

/* Until there is another answer than `busy`. */
static int get_in_time(struct peer *p, const struct index *ix)
{
	gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
	int status = STUB_BUSY;

	while (status == STUB_BUSY && g_get_monotonic_time() < end)
		status = peer_get(p, ix, NULL);
	return status;
}

static int ask_in_time(struct peer *p, GBytes *message)
{
	gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
	int status = STUB_BUSY;

	while (status == STUB_BUSY && g_get_monotonic_time() < end)
		status = peer_ask(p, g_bytes_ref(message));
	g_bytes_unref(message);
	return status;
}

/* Both want the same stub in slots of their own; both take places that the other's move may leave half done. */
static void one_winner_among_banks(void **state)
{
	struct fixture *f[2] = { fixture_over_cluster(fixture_cluster(), "race", 1),
				 fixture_over_cluster(fixture_cluster(), "race", 1) };
	struct peer *owner = peer_new(f[0], OLD, "ikesync:a"),
		    *p[2] = { peer_new(f[0], NEW, "ikesync:a"), peer_new(f[1], NEW, "ikesync:a") };
	unsigned won[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < RACES; i++) {
		bool same_place = i % 2;
		struct index old = made_index(OLD, 1 + i),
			     to[2] = { made_index(NEW, 1000 + i),
				       made_index(NEW, same_place ? 1000 + i : 2000 + i) };
		int status[2];

		assert_int_equal(peer_ask(owner, made_init(1, stub(&old, 1))), STUB_OK);
		for (unsigned k = 0; k < 2; k++) {
			unsigned who = (i / 2 + k) % 2; /* who begins wins too often else */

			peer_send(p[who], made_update(2, &old, stub(&to[who], 2 + who)));
			store_flush(f[who]->bank.store);
		}
		fixture_settle_both(f);
		for (unsigned k = 0; k < 2; k++)
			status[k] = peer_next_status(p[k]);
		for (unsigned k = 0; k < 2; k++) {
			if (status[k] != STUB_OK)
				continue;
			won[k]++;
			/* the new place may have been seen taken before the old record was seen moved */
			if (!same_place || status[1 - k] != STUB_EXISTS)
				assert_int_equal(status[1 - k], STUB_CONFLICT);
			assert_int_equal(peer_get(p[1 - k], &to[k], NULL), STUB_OK);
			if (!same_place)
				assert_int_equal(peer_get(p[k], &to[1 - k], NULL), STUB_NOT_FOUND);
		}
		assert_int_equal(peer_get(p[0], &old, NULL), STUB_NOT_FOUND);
	}
	assert_int_equal(won[0] + won[1], RACES);
	peer_free(owner);
	for (unsigned k = 0; k < 2; k++) {
		peer_free(p[k]);
		fixture_free(f[k]);
	}
}

static char *key_of(const struct index *ix)
{
	char text[ADDRESS_TEXT_MAX];

	return g_strdup_printf("half:{%s}:%016" G_GINT64_MODIFIER "x",
			       address_text(&ix->address, text), ix->spi);
}

/* As a bank leaves it that dies between two steps of a move of `old` to `to`, which will be `after`. */
static char *leave_half(const struct index *old, const struct index *to, struct span after,
			bool decided)
{
	const struct redis_server *at = redis_cluster_server_of(fixture_cluster(), NEW),
				  *decides = redis_cluster_server_of(fixture_cluster(), OLD);
	struct redis_envelope e = { .old = record_key(old), .after = after };
	g_autofree char *key = key_of(to),
			*add = g_strdup_printf(
			    "ZADD half:{" NEW "}:all 0 %016" G_GINT64_MODIFIER "x", to->spi);
	struct redis_decision d;
	GByteArray *octets;

	memset(e.id, (int)to->spi, sizeof(e.id));
	octets = redis_envelope_write(&e);
	redis_server_set(at, key, span_of(octets->data, octets->len));
	g_byte_array_unref(octets);
	g_free(redis_server_ask(at, add));
	assert_true(redis_envelope_decision("half", &e, &d));
	if (decided)
		redis_server_set(decides, d.text, span_text("c"));
	return g_strndup(d.text, d.n);
}

static void moves_half_done_are_ended(void **state)
{
	const struct redis_server *at = redis_cluster_server_of(fixture_cluster(), NEW),
				  *decides = redis_cluster_server_of(fixture_cluster(), OLD);
	struct fixture *f = fixture_over_cluster(fixture_cluster(), "half", 1);
	struct peer *owner = peer_new(f, OLD, "ikesync:a"), *p = peer_new(f, NEW, "ikesync:a");

	(void)state;
	for (unsigned spi = 1; spi <= 5; spi++) {
		struct index old = made_index(OLD, spi), to = made_index(NEW, spi);
		bool decided = spi == 2 || spi == 5;
		g_autofree char *key = key_of(&to), *exists = NULL, *decision = NULL;
		GBytes *after;

		assert_int_equal(peer_ask(owner, made_init(1, stub(&old, 1))), STUB_OK);
		assert_int_equal(peer_ask(p, made_update(1, &old, stub(&to, 2))), STUB_OK);
		after = redis_server_get(at, key);
		assert_non_null(after);
		if (!decided) { /* then the old one is still what it was */
			assert_int_equal(ask_in_time(p, made_delete(1, &to)), STUB_OK);
			old.spi += 100;
			to.spi += 100;
			assert_int_equal(peer_ask(owner, made_init(1, stub(&old, 1))), STUB_OK);
		}
		decision = leave_half(&old, &to, bytes_span(after), decided);
		g_bytes_unref(after);
		if (spi == 1) { /* who reads meets it */
			assert_int_equal(peer_get(p, &to, NULL), STUB_NOT_FOUND);
			assert_int_equal(peer_get(p, &old, NULL), STUB_OK);
			assert_int_equal(peer_ask(p, made_update(1, &old, stub(&to, 2))), STUB_OK);
		} else if (spi == 2) {
			assert_int_equal(peer_get(p, &to, NULL), STUB_OK);
			exists = g_strdup_printf("EXISTS %s", decision);
			assert_true(redis_server_await(decides, exists, "0"));
		} else if (spi == 3) { /* who writes meets it */
			assert_int_equal(peer_ask(p, made_init(1, stub(&to, 3))), STUB_OK);
			assert_int_equal(peer_get(p, &old, NULL), STUB_OK);
		} else { /* who counts meets it */
			store_expire(f->bank.store);
			fixture_settle(f);
			after = redis_server_get(at, key);
			assert_true(!after || !redis_envelope_is(bytes_span(after)));
			g_bytes_unref(after);
			assert_int_equal(peer_get(p, &to, NULL),
					 decided ? STUB_OK : STUB_NOT_FOUND);
		}
	}
	/* what is no whole envelope is in the way, and stays there for people */
	redis_server_set(at, "half:{" NEW "}:00000000000003e7",
			 span_text("\xff"
				   "nonsense"));
	assert_int_equal(peer_get(p, &(struct index){ 999, made_index(NEW, 1).address }, NULL),
			 STUB_BUSY);
	peer_free(owner);
	peer_free(p);
	fixture_free(f);
}

/*
 * A slot on its way to another server (ASK), and there (MOVED): what is in it goes on. What is new there is `busy` in between: a
 * server does not take one of two keys.
 */
static void slots_move(void **state)
{
	struct redis_cluster *c = fixture_cluster();
	const char *address = "192.0.2.77";
	unsigned slot = redis_key_slot(span_text(address));
	struct redis_server *from = redis_cluster_server_of(c, address),
			    *to = from == c->server[0] ? c->server[1] : c->server[0];
	struct fixture *f = fixture_over_cluster(c, "slot", 1);
	struct peer *p = peer_new(f, address, "ikesync:a");
	struct index ix = made_index(address, 1), next = made_index(address, 2);
	g_autofree char *from_id = redis_server_ask(from, "CLUSTER MYID"),
			*to_id = redis_server_ask(to, "CLUSTER MYID"),
			*import = g_strdup_printf("CLUSTER SETSLOT %u IMPORTING %s", slot, from_id),
			*migrate = g_strdup_printf("CLUSTER SETSLOT %u MIGRATING %s", slot, to_id),
			*keys = g_strdup_printf("MIGRATE 127.0.0.1 %u %%b 0 5000 KEYS "
						"slot:{%s}:%016x slot:{%s}:all",
						to->port, address, 1, address),
			*node = g_strdup_printf("CLUSTER SETSLOT %u NODE %s", slot, to_id);

	(void)state;
	assert_int_equal(ask_in_time(p, made_init(1, stub(&ix, 1))), STUB_OK);
	assert_true(redis_server_await(to, import, "OK"));
	assert_true(redis_server_await(from, migrate, "OK"));
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_true(redis_server_await(from, keys, "OK"));
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_int_equal(peer_get(p, &next, NULL), STUB_NOT_FOUND);
	assert_int_equal(peer_ask(p, made_update(1, &ix, stub(&ix, 2))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(1, stub(&next, 1))), STUB_BUSY);
	assert_true(redis_server_await(to, node, "OK"));
	assert_true(redis_server_await(from, node, "OK"));
	assert_int_equal(ask_in_time(p, made_init(1, stub(&next, 1))), STUB_OK);
	assert_int_equal(get_in_time(p, &ix), STUB_OK);
	fixture_reopen(f);
	assert_int_equal(store_count(f->bank.store), 2);
	peer_free(p);
	fixture_free(f);
}

struct flight {
	struct index old, to;
	int status;
};

/* All that was ok before and while it died is there; of the rest, one of before and after. */
static void judge(struct peer *p, const struct flight *flights, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int old = get_in_time(p, &flights[i].old), new = get_in_time(p, &flights[i].to);

		if (flights[i].status == STUB_OK)
			assert_int_equal(new, STUB_OK);
		assert_int_not_equal(new, STUB_BUSY);
		assert_true((old == STUB_OK) != (new == STUB_OK));
		assert_true(old == STUB_OK || old == STUB_NOT_FOUND);
	}
}

static void primaries_that_die(void **state)
{
	const char *kills = g_getenv("IKESYNC_CLUSTER_KILLS");
	struct redis_cluster *c = fixture_cluster();
	struct fixture *f = fixture_over_cluster(c, "die", 1);
	struct peer *owner = peer_new(f, OLD, "ikesync:a"), *p = peer_new(f, NEW, "ikesync:a");
	enum { FLIGHTS = 60 };
	struct flight flights[FLIGHTS];
	unsigned busy = 0;

	(void)state;
	for (int round = 0; round < (kills ? atoi(kills) : 1); round++) {
		struct redis_server *first = redis_cluster_server_of(c, round % 2 ? NEW : OLD),
				    *victim = first;
		g_autofree char *role = redis_server_ask(first, "INFO replication");

		/* the one of the pair that is a primary now */
		for (unsigned i = 0; strstr(role, "role:slave") && i < 3; i++)
			victim = c->server[i] == first ? c->server[i + 3] : victim;
		for (unsigned i = 0; i < FLIGHTS; i++) {
			flights[i].old = made_index(OLD, 1000u * (unsigned)round + i + 1);
			flights[i].to = made_index(NEW, 1000u * (unsigned)round + i + 1);
			assert_int_equal(ask_in_time(owner, made_init(1, stub(&flights[i].old, 1))),
					 STUB_OK);
		}
		for (unsigned i = 0; i < FLIGHTS; i++) {
			peer_send(p, made_update(i, &flights[i].old, stub(&flights[i].to, 2)));
			if (i % 20 == 9) /* several commits, one after the other */
				store_flush(f->bank.store);
		}
		while (p->replies.length < 10)
			g_main_context_iteration(NULL, TRUE);
		for (int turns = g_random_int_range(0, 60); turns > 0; turns--)
			g_main_context_iteration(NULL, FALSE);
		redis_server_kill(victim);
		peer_settle(p);
		for (unsigned i = 0; i < FLIGHTS; i++) {
			GBytes *reply = peer_reply(p);
			struct span s = bytes_span(reply);

			assert_non_null(reply);
			flights[s.p[11]].status = s.p[16];
			busy += s.p[16] == STUB_BUSY;
			assert_true(s.p[16] == STUB_OK || s.p[16] == STUB_BUSY);
			g_bytes_unref(reply);
		}
		judge(p, flights, FLIGHTS);
		redis_server_restart(victim);
		assert_true(
		    redis_server_await(victim, "INFO replication", "master_link_status:up"));
	}
	assert_true(busy < FLIGHTS * (unsigned)(kills ? atoi(kills) : 1));
	print_message("%u moves were busy\n", busy);
	peer_free(owner);
	peer_free(p);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_winner_among_banks),
		cmocka_unit_test(moves_half_done_are_ended),
		cmocka_unit_test(slots_move),
		cmocka_unit_test(primaries_that_die),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
