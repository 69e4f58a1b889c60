/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway sees of the bank, without sockets: wire profile rules 26 to 38. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool/log.h"
#include "wire/stub.h"

#define FAR (FIXTURE_START + 1000000)

static GBytes *stub(const struct index *ix, uint32_t lifetime, uint32_t content)
{
	return made_container(ix, lifetime, FAR, content);
}

static GBytes *late_stub(const struct index *ix, uint32_t content)
{
	return made_container(ix, 100, FAR + 1000000, content);
}

static void init_then_get_returns_the_same_octets(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1 2001:db8::1", "ikesync:a");
	struct index four = made_index("192.0.2.1", 0x1122334455667788),
		     six = made_index("2001:db8::1", four.spi);
	GBytes *a = stub(&four, 3600, 1), *b = stub(&six, 3600, 2), *found;
	uint32_t lifetime;

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, g_bytes_ref(a))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(2, g_bytes_ref(b))), STUB_OK);
	f->seconds += 100;
	fixture_reopen(f);
	assert_int_equal(peer_get(p, &four, &found), STUB_OK);
	assert_true(made_same(bytes_span(found), bytes_span(a), &lifetime));
	assert_int_equal(lifetime, 3500);
	g_bytes_unref(found);
	assert_int_equal(peer_get(p, &six, &found), STUB_OK);
	assert_true(made_same(bytes_span(found), bytes_span(b), &lifetime));
	g_bytes_unref(found);
	f->seconds += 3499;
	assert_int_equal(peer_get(p, &four, NULL), STUB_OK);
	f->seconds += 1;
	assert_int_equal(peer_get(p, &four, NULL), STUB_EXPIRED);
	four.spi++;
	assert_int_equal(peer_get(p, &four, NULL), STUB_NOT_FOUND);
	g_bytes_unref(a);
	g_bytes_unref(b);
	peer_free(p);
	fixture_free(f);
}

static void lifetimes_are_cut(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *found, *c;
	uint32_t lifetime;

	(void)state;
	/* above the cap: cut, and that is ok (rule 38) */
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, UINT32_MAX, 1))), STUB_OK);
	assert_int_equal(peer_get(p, &ix, &found), STUB_OK);
	c = stub(&ix, 0, 1);
	assert_true(made_same(bytes_span(found), bytes_span(c), &lifetime));
	assert_int_equal(lifetime, 86400);
	g_bytes_unref(found);
	g_bytes_unref(c);
	/* the sealed stub's own expiry comes first, with 30 s for whoever set it (rule 44) */
	ix.spi = 2;
	assert_int_equal(peer_ask(p, made_init(1, made_container(&ix, 3600, f->seconds + 10, 1))),
			 STUB_OK);
	f->seconds += 10 + 29;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	f->seconds++;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	ix.spi = 3;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 0, 1))), STUB_EXPIRED);
	assert_int_equal(peer_ask(p, made_init(1, made_container(&ix, 3600, f->seconds - 30, 1))),
			 STUB_EXPIRED);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	assert_int_equal(peer_ask(p, made_init(1, made_container(&ix, 3600, f->seconds - 29, 1))),
			 STUB_OK);
	peer_free(p);
	fixture_free(f);
}

static void one_index_one_stub(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), next = made_index("192.0.2.1", 2),
		     away = made_index("192.0.2.2", 1), other = made_index("192.0.2.2", 2);

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 100, 1))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(2, stub(&ix, 90, 1))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(3, stub(&ix, 90, 2))), STUB_EXISTS);
	/* in place, then a rekey */
	assert_int_equal(peer_ask(p, made_update(4, &ix, stub(&ix, 100, 2))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(5, stub(&ix, 100, 2))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(6, &ix, stub(&next, 100, 3))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(6, &ix, stub(&next, 90, 3))), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	assert_int_equal(peer_ask(p, made_init(7, stub(&ix, 100, 2))), STUB_CONFLICT);
	/* moves: the first, the same again, another */
	assert_int_equal(peer_ask(p, made_update(8, &next, stub(&away, 100, 4))), STUB_OK);
	fixture_reopen(f);
	assert_int_equal(peer_ask(p, made_update(9, &next, stub(&away, 99, 4))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(10, &next, stub(&away, 100, 5))), STUB_CONFLICT);
	assert_int_equal(peer_ask(p, made_update(11, &next, stub(&other, 100, 4))), STUB_CONFLICT);
	assert_int_equal(peer_ask(p, made_update(12, &other, stub(&ix, 100, 4))), STUB_NOT_FOUND);
	/* deletion, and what it keeps out */
	assert_int_equal(peer_ask(p, made_delete(13, &away)), STUB_OK);
	assert_int_equal(peer_ask(p, made_delete(14, &away)), STUB_NOT_FOUND);
	assert_int_equal(peer_ask(p, made_init(15, stub(&away, 100, 4))), STUB_CONFLICT);
	assert_int_equal(peer_ask(p, made_update(16, &away, stub(&away, 100, 4))), STUB_CONFLICT);
	assert_int_equal(peer_get(p, &away, NULL), STUB_NOT_FOUND);
	/* until nobody could open the stub any more */
	f->seconds += 101;
	assert_int_equal(peer_ask(p, made_init(17, stub(&away, 100, 4))), STUB_CONFLICT);
	f->seconds = FAR + 29;
	assert_int_equal(peer_ask(p, made_init(17, late_stub(&away, 4))), STUB_CONFLICT);
	f->seconds = FAR + 30;
	assert_int_equal(peer_ask(p, made_init(17, late_stub(&away, 4))), STUB_OK);
	/* a new index that is taken */
	assert_int_equal(peer_ask(p, made_init(18, late_stub(&other, 6))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(19, &away, late_stub(&other, 7))), STUB_EXISTS);
	assert_int_equal(peer_get(p, &away, NULL), STUB_OK);
	peer_free(p);
	fixture_free(f);
}

/* A gateway's journal holds the init as it was sent: whenever it is replayed, what was deleted, moved or rekeyed stays so. */
static void no_replay_revives(void **state)
{
	enum { DELETED, DELETED_LATE, REKEYED, MOVED, KINDS };
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
	struct index ix[KINDS], rekeyed = made_index("192.0.2.1", 100),
				moved = made_index("192.0.2.2", 1);
	uint64_t until = f->seconds + 1000;

	(void)state;
	for (unsigned i = 0; i < KINDS; i++) {
		ix[i] = made_index("192.0.2.1", 1 + i);
		/* the bank's count ends long before the seal */
		assert_int_equal(peer_ask(p, made_init(1, made_container(&ix[i], 10, until, i))),
				 STUB_OK);
	}
	assert_int_equal(peer_ask(p, made_delete(2, &ix[DELETED])), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(3, &ix[REKEYED], stub(&rekeyed, 100, 8))),
			 STUB_OK);
	assert_int_equal(peer_ask(p, made_update(4, &ix[MOVED], stub(&moved, 100, 9))), STUB_OK);
	f->seconds += 11;
	assert_int_equal(peer_ask(p, made_delete(5, &ix[DELETED_LATE])), STUB_OK);
	f->seconds = until - 100;
	store_expire(f->bank.store);
	peer_free(p);
	fixture_reopen(f); /* waits for it */
	p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
	for (unsigned i = 0; i < KINDS; i++) {
		assert_int_equal(peer_ask(p, made_init(6, made_container(&ix[i], 10, until, i))),
				 STUB_CONFLICT);
		assert_int_equal(peer_get(p, &ix[i], NULL), STUB_NOT_FOUND);
	}
	peer_free(p);
	fixture_free(f);
}

static void rights_come_from_the_certificate(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *a = peer_new(f, "192.0.2.1", "ikesync:a"),
		    *b = peer_new(f, "192.0.2.2", "ikesync:a"),
		    *x = peer_new(f, "192.0.2.3", "ikesync:x"),
		    *none = peer_new(f, "192.0.2.4", ""), *none2 = peer_new(f, "192.0.2.5", "");
	struct index ix = made_index("192.0.2.1", 1), at_b = made_index("192.0.2.2", 1),
		     at_x = made_index("192.0.2.3", 1), alone = made_index("192.0.2.4", 1);

	(void)state;
	assert_int_equal(peer_ask(b, made_init(1, stub(&ix, 100, 1))), STUB_NOT_AUTHORISED);
	assert_int_equal(peer_ask(a, made_init(1, stub(&ix, 100, 1))), STUB_OK);
	assert_int_equal(peer_ask(b, made_update(2, &ix, stub(&ix, 100, 2))), STUB_NOT_AUTHORISED);
	assert_int_equal(peer_ask(b, made_update(2, &ix, stub(&at_x, 100, 2))),
			 STUB_NOT_AUTHORISED);
	assert_int_equal(peer_ask(x, made_update(2, &ix, stub(&at_x, 100, 2))),
			 STUB_NOT_AUTHORISED);
	assert_int_equal(peer_get(x, &ix, NULL), STUB_NOT_AUTHORISED);
	assert_int_equal(peer_ask(x, made_delete(3, &ix)), STUB_NOT_AUTHORISED);
	assert_int_equal(peer_get(b, &ix, NULL), STUB_OK);
	assert_int_equal(peer_ask(b, made_update(4, &ix, stub(&at_b, 100, 2))), STUB_OK);
	assert_int_equal(peer_get(a, &at_b, NULL), STUB_OK);
	/* retirement: the pool may delete what it did not init */
	assert_int_equal(peer_ask(a, made_delete(5, &at_b)), STUB_OK);
	/* no pool is not a pool */
	assert_int_equal(peer_ask(none, made_init(6, stub(&alone, 100, 1))), STUB_OK);
	assert_int_equal(peer_get(none, &alone, NULL), STUB_OK);
	assert_int_equal(peer_get(none2, &alone, NULL), STUB_NOT_AUTHORISED);
	peer_free(a);
	peer_free(b);
	peer_free(x);
	peer_free(none);
	peer_free(none2);
	fixture_free(f);
}

static uint32_t transaction_of(GBytes *reply)
{
	const uint8_t *p = bytes_span(reply).p;

	return (uint32_t)p[8] << 24 | (uint32_t)p[9] << 16 | (uint32_t)p[10] << 8 | p[11];
}

/* Rule 28: a get of another index overtakes a durable init; one index keeps its order. */
static void gets_do_not_wait_but_keep_order(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index old = made_index("192.0.2.1", 1), ix = made_index("192.0.2.1", 2),
		     next = made_index("192.0.2.1", 3);
	static const struct {
		uint32_t transaction;
		uint8_t status;
	} want[] = { { 11, STUB_OK },        { 10, STUB_OK }, { 12, STUB_OK }, { 13, STUB_OK },
		     { 14, STUB_NOT_FOUND }, { 15, STUB_OK }, { 16, STUB_OK } };

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, stub(&old, 100, 1))), STUB_OK);
	peer_send(p, made_init(10, stub(&ix, 100, 1)));
	peer_send(p, made_get(11, &old));
	peer_send(p, made_get(12, &ix));
	peer_send(p, made_update(13, &ix, stub(&next, 100, 2)));
	peer_send(p, made_get(14, &ix));
	peer_send(p, made_get(15, &next));
	peer_send(p, made_delete(16, &next));
	if (f->memory) {
		memory_hold_commits(f->memory, true);
		peer_settle(p);
	}
	/* nothing is acknowledged before the write */
	assert_int_equal(p->replies.length, f->redis ? 0 : 1);
	if (f->memory)
		memory_hold_commits(f->memory, false);
	peer_settle(p);
	for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
		GBytes *r = peer_reply(p);

		assert_non_null(r);
		assert_int_equal(transaction_of(r), want[i].transaction);
		assert_int_equal(bytes_span(r).p[16], want[i].status);
		g_bytes_unref(r);
	}
	peer_free(p);
	fixture_free(f);
}

/* Status codes of all items over all messages of a reply; checks MORE and that no message is too
 * long. */
static unsigned collect(struct peer *p, uint8_t codes[], unsigned max, unsigned *messages)
{
	unsigned n = 0;
	GBytes *reply;

	*messages = 0;
	while ((reply = peer_reply(p))) {
		struct span s = bytes_span(reply);
		bool last = p->replies.length == 0;
		size_t at = 12;
		uint8_t next = s.p[4];

		while (next) {
			if (next == STUB_PAYLOAD_STATUS) {
				assert_int_equal(s.p[at + 5] & STUB_STATUS_MORE,
						 last ? 0 : STUB_STATUS_MORE);
				assert_true(n < max);
				assert_int_equal(s.p[at + 6] << 8 | s.p[at + 7], n);
				codes[n++] = s.p[at + 4];
			}
			next = s.p[at];
			at += (size_t)(s.p[at + 2] << 8 | s.p[at + 3]);
		}
		assert_int_equal(at, s.n);
		(*messages)++;
		g_bytes_unref(reply);
	}
	return n;
}

static void bundles_are_answered_item_by_item(void **state)
{
	static uint8_t codes[20000];
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1);
	struct made *m;
	unsigned messages;

	(void)state;
	/* two messages of 180 stubs, the bad ones among them spoiling no other */
	for (unsigned half = 0; half < 2; half++) {
		m = made_new(STUB_INIT, half);
		for (ix.spi = 1 + 180 * half; ix.spi <= 180 + 180 * half; ix.spi++)
			made_stub_add(m, ix.spi % 50 == 7 ? g_bytes_new("bad!", 4)
							  : stub(&ix, 100, 1));
		peer_send(p, made_finish(m));
		peer_settle(p);
		assert_int_equal(collect(p, codes, sizeof(codes), &messages), 180);
		for (unsigned i = 0; i < 180; i++)
			assert_int_equal(codes[i],
					 (1 + 180 * half + i) % 50 == 7 ? STUB_MALFORMED : STUB_OK);
	}
	/* what does not fit one message comes in several */
	m = made_new(STUB_GET, 3);
	for (ix.spi = 1; ix.spi <= 361; ix.spi++)
		made_index_add(m, &ix);
	peer_send(p, made_finish(m));
	peer_settle(p);
	assert_int_equal(collect(p, codes, sizeof(codes), &messages), 361);
	assert_int_equal(messages, 2);
	for (unsigned i = 0; i < 361; i++)
		assert_int_equal(codes[i],
				 (1 + i) % 50 == 7 || i == 360 ? STUB_NOT_FOUND : STUB_OK);
	/* also where there is little but texts: 16,000 empty index payloads */
	m = made_new(STUB_DELETE, 4);
	for (unsigned i = 0; i < 16000; i++) {
		chain_writer_begin(&m->w.chain, STUB_PAYLOAD_INDEX, 0);
		chain_writer_end(&m->w.chain);
	}
	peer_send(p, made_finish(m));
	assert_int_equal(collect(p, codes, sizeof(codes), &messages), 16000);
	assert_true(messages > 2);
	assert_int_equal(codes[15999], STUB_MALFORMED);
	assert_false(p->closed);
	peer_free(p);
	fixture_free(f);
}

/* The stubs of a prefetch's messages, from SPI 1 on; how many messages they are. */
static unsigned read_prefetch(struct peer *p, uint32_t transaction, unsigned *got)
{
	unsigned messages = 0;
	GBytes *reply;

	for (*got = 0; (reply = peer_reply(p)); messages++) {
		struct span s = bytes_span(reply);
		size_t at = 12 + 8; /* after header, transaction, status */
		uint8_t next = s.p[12];

		assert_int_equal(s.p[1], STUB_DOWNLOAD);
		assert_int_equal(transaction_of(reply), transaction);
		assert_int_equal(s.p[16], STUB_OK);
		assert_int_equal(s.p[17], p->replies.length ? STUB_STATUS_MORE : 0);
		assert_int_equal(s.p[18] << 8 | s.p[19], STUB_ITEM_ALL);
		for (; next; ++*got) {
			assert_int_equal(next, STUB_PAYLOAD_STUB);
			/* head, container head, index header, then the SPI: in index order */
			assert_int_equal(s.p[at + 4 + 4 + 4 + 6] << 8 | s.p[at + 4 + 4 + 4 + 7],
					 *got + 1);
			next = s.p[at];
			at += (size_t)(s.p[at + 2] << 8 | s.p[at + 3]);
		}
		g_bytes_unref(reply);
	}
	return messages;
}

static GBytes *get_after(uint32_t transaction, const struct index *from, const struct index *cursor)
{
	struct made *m = made_new(STUB_GET, transaction);

	made_index_add(m, from);
	made_index_add(m, cursor);
	return made_finish(m);
}

static void a_cursor_goes_on_behind_it(struct peer *p, const struct index *from)
{
	struct index cursor = made_index("192.0.2.1", 499);
	struct span s;
	GBytes *reply;

	peer_send(p, get_after(4, from, &cursor));
	peer_settle(p);
	reply = peer_reply(p);
	assert_non_null(reply);
	assert_null(peer_reply(p));
	s = bytes_span(reply);
	assert_int_equal(s.p[20 + 4 + 4 + 4 + 6] << 8 | s.p[20 + 4 + 4 + 4 + 7], 500);
	assert_int_equal(s.p[20], 0); /* the only one */
	g_bytes_unref(reply);
	/* one of another address */
	cursor = made_index("192.0.2.9", 499);
	assert_int_equal(peer_ask(p, get_after(6, from, &cursor)), STUB_MALFORMED);
}

static void prefetch_needs_a_right_and_resumes(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct peer *a, *b, *x;
	struct index ix = made_index("192.0.2.1", 1), from = made_index("192.0.2.1", 0);
	GBytes *reply;
	unsigned got;

	(void)state;
	bank_config_defaults(&settings);
	settings.n_prefetch_allow = 2;
	settings.prefetch_allow[0] = made_index("192.0.2.2", 1).address;
	settings.prefetch_allow[1] = made_index("192.0.2.3", 1).address;
	f = fixture_new(&settings);
	a = peer_new(f, "192.0.2.1", "ikesync:a");
	b = peer_new(f, "192.0.2.2", "ikesync:a");
	x = peer_new(f, "192.0.2.3", "ikesync:x");
	for (ix.spi = 1; ix.spi <= 500; ix.spi++)
		peer_send(a, made_init(1, stub(&ix, 100, 1)));
	peer_settle(a);
	g_queue_clear_full(&a->replies, (GDestroyNotify)g_bytes_unref);
	assert_int_equal(peer_ask(a, made_get(2, &from)), STUB_NOT_AUTHORISED);
	/* an init just before is part of it */
	peer_send(b, made_get(3, &from));
	peer_settle(b);
	assert_true(read_prefetch(b, 3, &got) > 2);
	assert_int_equal(got, 500);
	a_cursor_goes_on_behind_it(b, &from);
	/* another pool may prefetch, and finds nothing that is its own */
	peer_send(x, made_get(5, &from));
	peer_settle(x);
	reply = peer_reply(x);
	assert_int_equal(bytes_span(reply).n, 20);
	g_bytes_unref(reply);
	peer_free(a);
	peer_free(b);
	peer_free(x);
	fixture_free(f);
}

/* Who brings and deletes without end is slowed down, as who fetches is. */
static void inits_and_deletes_are_rated(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a"),
		    *other = peer_new(f, "192.0.2.9", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1), to = made_index("192.0.2.1", 9),
		     others = made_index("192.0.2.9", 1);

	(void)state;
	f->bank.inits = rate_limits_new("inits", 3);
	f->bank.deletes = rate_limits_new("deletes", 1);
	for (ix.spi = 1; ix.spi <= 2; ix.spi++)
		assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_OK);
	ix.spi = 1; /* a rekey counts as one */
	assert_int_equal(peer_ask(p, made_update(1, &ix, stub(&to, 1000, 1))), STUB_OK);
	ix.spi = 3;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_BUSY);
	assert_int_equal(peer_ask(p, made_delete(1, &to)), STUB_OK);
	ix.spi = 2;
	assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_BUSY);
	assert_int_equal(peer_ask(other, made_init(1, stub(&others, 1000, 1))), STUB_OK);
	f->ms += 1000;
	assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_OK);
	rate_limits_set(f->bank.deletes, 0);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(peer_ask(p, made_delete(1, &ix)), STUB_NOT_FOUND);
	rate_limits_free(f->bank.inits);
	rate_limits_free(f->bank.deletes);
	peer_free(p);
	peer_free(other);
	fixture_free(f);
}

static void limits_hold(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct peer *p;
	struct index ix = made_index("192.0.2.1", 1), to = made_index("192.0.2.2", 1);

	(void)state;
	bank_config_defaults(&settings);
	settings.gets_per_second = 2;
	settings.moves_per_second = 1;
	settings.max_stubs = 2;
	f = fixture_new(&settings);
	p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_OK);
	ix.spi = 2;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_OK);
	ix.spi = 3;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_FULL);
	ix.spi = 2; /* the same again is no further stub; a move neither */
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(1, &ix, stub(&to, 1000, 1))), STUB_OK);
	assert_int_equal(peer_ask(p, made_update(1, &ix, stub(&to, 1000, 1))), STUB_BUSY);
	assert_int_equal(peer_ask(p, made_delete(1, &to)), STUB_OK);
	ix.spi = 3;
	assert_int_equal(peer_ask(p, made_init(1, stub(&ix, 1000, 1))), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_BUSY);
	f->ms += 500;
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_BUSY);
	peer_free(p);
	fixture_free(f);
}

/* Raw octets in, status of the one reply out; -1: no reply. */
static int raw(struct peer *p, const uint8_t *octets, size_t n, uint8_t *type)
{
	GBytes *reply;
	int code;

	peer_send(p, g_bytes_new(octets, n));
	peer_settle(p);
	reply = peer_reply(p);
	if (!reply)
		return -1;
	*type = bytes_span(reply).p[1];
	code = bytes_span(reply).p[16];
	g_bytes_unref(reply);
	return code;
}

static void bad_messages_are_refused_by_kind(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	static const uint8_t
	    unknown[] = { 207, 77, 0, 12, 0, 0, 0, 8, 1, 2, 3, 4 },
	    zero[] = { 207, 0, 0, 12, 0, 0, 0, 8, 1, 2, 3, 4 },
	    empty[] = { 207, 5, 0, 12, 0, 0, 0, 8, 1, 2, 3, 4 },
	    ack[] = { 207, 5, 0, 20, 206, 0, 0, 8, 0x81, 2, 3, 4, 0, 0, 0, 8, 0, 0, 0, 0 },
	    push[] = { 207, 4, 0, 12, 0, 0, 0, 8, 1, 2, 3, 4 },
	    top_bit_delete[] = { 207, 5,  0, 28, 200, 0, 0, 8, 0x81, 2, 3,   4, 0, 0,
				 0,   16, 0, 0,  0,   0, 0, 0, 0,    1, 192, 0, 2, 1 },
	    top_bit_get[] = { 207, 3,  0, 28, 200, 0, 0, 8, 0x81, 2, 3,   4, 0, 0,
			      0,   16, 0, 0,  0,   0, 0, 0, 0,    1, 192, 0, 2, 1 },
	    short_index[] = { 207, 5, 0, 18, 200, 0, 0, 8, 1, 2, 3, 4, 0, 0, 0, 6, 1, 1 },
	    no_transaction[] = { 200, 3, 0, 20, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 1, 192, 0, 2, 1 };
	uint8_t type;

	(void)state;
	assert_int_equal(raw(p, unknown, sizeof(unknown), &type), STUB_UNSUPPORTED);
	assert_int_equal(type, 77);
	assert_int_equal(raw(p, zero, sizeof(zero), &type), STUB_UNSUPPORTED);
	assert_int_equal(type, 0);
	assert_int_equal(raw(p, empty, sizeof(empty), &type), STUB_MALFORMED);
	assert_int_equal(raw(p, ack, sizeof(ack), &type), -1);
	assert_int_equal(raw(p, push, sizeof(push), &type), -1);
	assert_int_equal(raw(p, top_bit_delete, sizeof(top_bit_delete), &type), STUB_MALFORMED);
	assert_int_equal(type, STUB_DELETE);
	assert_int_equal(raw(p, top_bit_get, sizeof(top_bit_get), &type), STUB_MALFORMED);
	assert_int_equal(type, STUB_DOWNLOAD);
	assert_int_equal(raw(p, short_index, sizeof(short_index), &type), STUB_MALFORMED);
	assert_false(p->closed);
	assert_int_equal(raw(p, no_transaction, sizeof(no_transaction), &type), STUB_MALFORMED);
	assert_true(p->closed);
	assert_int_equal(raw(p, unknown, sizeof(unknown), &type), -1);
	peer_free(p);
	fixture_free(f);
}

/* A broken message closes the connection only after what was asked before it has been answered. */
static void close_waits_for_answers(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct peer *p;
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *reply;

	(void)state;
	bank_config_defaults(&settings);
	settings.n_prefetch_allow = 1;
	settings.prefetch_allow[0] = ix.address;
	f = fixture_new(&settings);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	peer_send(p, made_init(1, stub(&ix, 100, 1)));
	peer_send(p, g_bytes_new("\0\1\0\4", 4));
	assert_false(p->closed);
	peer_settle(p);
	assert_true(p->closed);
	reply = peer_reply(p);
	assert_int_equal(bytes_span(reply).p[16], STUB_MALFORMED);
	g_bytes_unref(reply);
	reply = peer_reply(p);
	assert_int_equal(transaction_of(reply), 1);
	assert_int_equal(bytes_span(reply).p[16], STUB_OK);
	g_bytes_unref(reply);
	/* a prefetch that runs at that moment is answered before, too */
	peer_free(p);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	ix.spi = 0;
	peer_send(p, made_get(1, &ix));
	peer_send(p, g_bytes_new("\0\1\0\4", 4));
	peer_settle(p);
	assert_true(p->closed);
	assert_int_equal(p->replies.length, 2);
	/* and a gateway that hangs up leaves its operations in force */
	peer_free(p);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	ix.spi = 2;
	peer_send(p, made_init(1, stub(&ix, 100, 1)));
	peer_free(p);
	fixture_settle(f);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	peer_free(p);
	fixture_free(f);
}

static const char sk_d[] = "SK_d of the clear stub, 32 octet";

static GBytes *clear_stub(const struct index *ix)
{
	uint8_t out[1024];
	struct wcursor c = wcursor_init(out, sizeof(out));
	struct stub s = { .encr = ENCR_AES_CBC,
			  .encr_key_bits = 128,
			  .prf = PRF_HMAC_SHA2_256,
			  .integ = INTEG_HMAC_SHA2_256_128,
			  .dh = DH_X25519,
			  .idi = { .type = ID_FQDN, .data = span_text("client.example") },
			  .idr = { .type = ID_FQDN, .data = span_text("gw-a.example") },
			  .spi_i = 1,
			  .spi_r = 2,
			  .sk_d = span_of(sk_d, 32),
			  .role = STUB_ROLE_RESPONDER,
			  .expiry = FAR };

	stub_write_container(&c, ix, 100, &s);
	assert_int_equal(c.err, ERR_OK);
	return g_bytes_new(out, wcursor_size(&c));
}

static bool on_disk(const char *directory, const void *needle, size_t n)
{
	GDir *dir = g_dir_open(directory, 0, NULL);
	const char *name;
	bool found = false;

	while ((name = g_dir_read_name(dir))) {
		char *path = g_build_filename(directory, name, NULL), *text;
		gsize size;

		if (g_file_get_contents(path, &text, &size, NULL)) {
			found = found || memmem(text, size, needle, n);
			g_free(text);
		}
		g_free(path);
	}
	g_dir_close(dir);
	return found;
}

/* Large requests with little to do: what they hold is counted too, or a gateway could fill the
 * memory with them. */
static void held_octets_are_counted(void **state)
{
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *message = made_init(1, stub(&ix, 100, 1));
	size_t n = bytes_span(message).n;

	(void)state;
	assert_int_equal(session_held(p->session), 0);
	peer_send(p, g_bytes_ref(message));
	peer_send(p, message);
	assert_int_equal(session_held(p->session), 2 * n);
	peer_settle(p);
	assert_int_equal(session_held(p->session), 0);
	peer_free(p);
	fixture_free(f);
}

/* Gets that wait for a write find their stubs all at once: only so many may. */
static void gets_behind_writes_are_bounded(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct peer *p;
	struct index ix = made_index("192.0.2.1", 1);
	struct made *m = made_new(STUB_GET, 2);
	unsigned found = 0, busy = 0;
	GBytes *reply;

	(void)state;
	bank_config_defaults(&settings);
	settings.max_stub_size = 65000;
	f = fixture_new(&settings);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	for (unsigned i = 0; i < 200; i++)
		made_index_add(m, &ix);
	peer_send(p, made_init(1, stub(&ix, 100, 1)));
	peer_send(p, made_finish(m));
	peer_settle(p);
	g_bytes_unref(peer_reply(p));
	while ((reply = peer_reply(p))) {
		struct stub_message message;
		struct stub_items it;
		struct stub_item item;
		struct fault fault = { 0 };

		assert_int_equal(stub_message_parse(bytes_span(reply), &message, &fault), ERR_OK);
		stub_items_init(&it, &message);
		while (stub_items_next(&it, &item, &fault)) {
			found += item.status.code == STUB_OK;
			busy += item.status.code == STUB_BUSY;
		}
		g_bytes_unref(reply);
	}
	assert_int_equal(found + busy, 200);
	assert_int_equal(found, (8 << 20) / 65000);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	peer_free(p);
	fixture_free(f);
}

static void clear_stubs_only_where_allowed(void **state)
{
	struct bank_settings settings;
	struct fixture *f = fixture_new(NULL);
	struct peer *p = peer_new(f, "192.0.2.1", "ikesync:a");
	struct index ix = made_index("192.0.2.1", 1);
	GBytes *container = clear_stub(&ix), *found;
	uint32_t lifetime;
	char *disk;

	(void)state;
	assert_int_equal(peer_ask(p, made_init(1, g_bytes_ref(container))), STUB_UNSUPPORTED);
	peer_free(p);
	fixture_free(f);
	bank_config_defaults(&settings);
	settings.allow_unsealed = true;
	settings.has_rest_key = true;
	memset(settings.rest_key, 7, sizeof(settings.rest_key));
	f = fixture_new(&settings);
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(peer_ask(p, made_init(1, g_bytes_ref(container))), STUB_OK);
	assert_int_equal(peer_ask(p, made_init(1, g_bytes_ref(container))), STUB_OK);
	fixture_reopen(f);
	assert_int_equal(peer_get(p, &ix, &found), STUB_OK);
	assert_true(made_same(bytes_span(found), bytes_span(container), &lifetime));
	assert_int_equal(lifetime, 100);
	g_bytes_unref(found);
	/* the pool's name shows that the search looks in the right place */
	disk = f->redis ? g_build_filename(f->redis->directory, "appendonlydir", NULL)
			: g_strdup(f->directory);
	/* of a cluster, it is one server's */
	assert_true(f->memory || fixture_on_cluster() || on_disk(disk, "ikesync:a", 9));
	assert_false(on_disk(disk, sk_d, 32));
	g_free(disk);
	/* another key opens nothing, and that is a miss, not a crash */
	f->settings.rest_key[0] ^= 1;
	fixture_reopen(f);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_NOT_FOUND);
	g_bytes_unref(container);
	peer_free(p);
	fixture_free(f);
}

/* Every message cut at every octet and with every bit flipped: the bank goes on serving the next
 * gateway. */
static void mutilated(struct fixture *f, GBytes *message)
{
	struct span s = bytes_span(message);
	uint8_t *copy = g_memdup2(s.p, s.n);
	struct index ix = made_index("192.0.2.1", 999);
	struct peer *p;

	for (size_t n = 0; n < s.n; n++) {
		p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
		peer_send(p, g_bytes_new(copy, n));
		peer_settle(p);
		assert_true(p->closed); /* the length in the header does not fit any more */
		peer_free(p);
	}
	for (size_t bit = 0; bit < 8 * s.n; bit++) {
		p = peer_new(f, "192.0.2.1 192.0.2.2", "ikesync:a");
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		peer_send(p, g_bytes_new(copy, s.n));
		peer_settle(p);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		peer_free(p);
	}
	p = peer_new(f, "192.0.2.1", "ikesync:a");
	assert_int_equal(peer_ask(p, made_init(9, stub(&ix, 100, 9))), STUB_OK);
	assert_int_equal(peer_get(p, &ix, NULL), STUB_OK);
	peer_free(p);
	g_free(copy);
	g_bytes_unref(message);
}

static void mutilated_messages_do_no_harm(void **state)
{
	struct bank_settings settings;
	struct fixture *f;
	struct index ix = made_index("192.0.2.1", 1), to = made_index("192.0.2.2", 1),
		     all = made_index("192.0.2.1", 0);

	(void)state;
	bank_config_defaults(&settings);
	settings.allow_unsealed = true;
	settings.has_rest_key = true;
	settings.n_prefetch_allow = 1;
	settings.prefetch_allow[0] = ix.address;
	f = fixture_new(&settings);
	mutilated(f, made_init(1, stub(&ix, 100, 1)));
	mutilated(f, made_init(1, clear_stub(&ix)));
	mutilated(f, made_get(2, &ix));
	mutilated(f, made_get(2, &all));
	mutilated(f, made_update(3, &ix, stub(&to, 100, 2)));
	mutilated(f, made_delete(4, &to));
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_then_get_returns_the_same_octets),
		cmocka_unit_test(lifetimes_are_cut),
		cmocka_unit_test(one_index_one_stub),
		cmocka_unit_test(no_replay_revives),
		cmocka_unit_test(rights_come_from_the_certificate),
		cmocka_unit_test(gets_do_not_wait_but_keep_order),
		cmocka_unit_test(bundles_are_answered_item_by_item),
		cmocka_unit_test(prefetch_needs_a_right_and_resumes),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(inits_and_deletes_are_rated),
		cmocka_unit_test(bad_messages_are_refused_by_kind),
		cmocka_unit_test(close_waits_for_answers),
		cmocka_unit_test(held_octets_are_counted),
		cmocka_unit_test(gets_behind_writes_are_bounded),
		cmocka_unit_test(clear_stubs_only_where_allowed),
		cmocka_unit_test(mutilated_messages_do_no_harm),
	};

	log_init("bank-test", LOG_LEVEL_ERROR); /* refusals are the point here, and warnings */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
