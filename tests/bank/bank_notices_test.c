/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears of a move, and who does not (wire profile rule 33). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tool/log.h"
#include "world.h"

#define SPI UINT64_C(0x0102030405060708)

/* Section 7.4: delete, number `n` of the server's own transactions, the old index. */
static void hears(struct caller *c, uint8_t n)
{
	const uint8_t notice[] = { 0xcf, 5,  0, 28, 0xc8, 0, 0, 8, 0x80, 0, 0,   n, 0, 0,
				   0,    16, 1, 2,  3,    4, 5, 6, 7,    8, 192, 0, 2, 1 };
	const uint8_t taken[] = { 0xcf, 5, 0, 20, 0xce, 0, 0, 8, 0x80, 0,
				  0,    n, 0, 0,  0,    8, 0, 0, 0,    0 };
	GBytes *m;

	assert_true(world_await(c, 1));
	m = g_queue_pop_head(&c->messages);
	assert_int_equal(g_bytes_get_size(m), sizeof(notice));
	assert_memory_equal(world_octets(m), notice, sizeof(notice));
	g_bytes_unref(m);
	world_send(c, g_bytes_new(taken, sizeof(taken)));
}

/* What comes next answers a question: nothing came unasked before it. */
static void hears_nothing(struct caller *c)
{
	const struct index ix = made_index("192.0.2.1", 12345);

	assert_int_equal(c->messages.length, 0);
	assert_int_equal(world_ask(c, made_get(9, &ix)), STUB_NOT_FOUND);
}

static GBytes *stub_at(const char *address)
{
	const struct index ix = made_index(address, SPI);

	return made_container(&ix, 1000, world_seconds(NULL) + 1000, 1);
}

static void the_old_owner_alone_hears(void **state)
{
	struct world *w = world_new(10);
	struct caller *gw = world_caller_of(w, "gw"), *again = world_caller_of(w, "other"),
		      *alien = world_caller_of(w, "alien"), *far = world_caller_of(w, "far");
	const struct index here = made_index("192.0.2.1", SPI),
			   there = made_index("192.0.2.9", SPI);

	(void)state;
	hears_nothing(gw);
	hears_nothing(again);
	hears_nothing(alien);
	/* not of what it does itself, nor of a move that is refused */
	assert_int_equal(world_ask(gw, made_init(1, stub_at("192.0.2.1"))), STUB_OK);
	assert_int_equal(world_ask(gw, made_update(2, &here, stub_at("192.0.2.1"))), STUB_OK);
	assert_int_equal(world_ask(far, made_update(3, &there, stub_at("192.0.2.9"))),
			 STUB_NOT_FOUND);
	hears_nothing(gw);
	/* all connections that speak for the address; not another pool's, nor who moved it */
	assert_int_equal(world_ask(far, made_update(4, &here, stub_at("192.0.2.9"))), STUB_OK);
	hears(gw, 1);
	hears(again, 1);
	hears_nothing(gw);
	hears_nothing(again);
	hears_nothing(alien);
	hears_nothing(far);
	/* the next one has the next number, and who has gone is not told */
	world_hang_up(again);
	assert_int_equal(world_ask(gw, made_delete(5, &here)), STUB_NOT_FOUND);
	assert_int_equal(world_ask(far, made_delete(6, &there)), STUB_OK);
	world_hang_up(gw);
	world_hang_up(alien);
	world_hang_up(far);
	world_free(w);
}

static void a_second_move_has_the_next_number(void **state)
{
	struct world *w = world_new(10);
	struct caller *gw = world_caller_of(w, "gw"), *far = world_caller_of(w, "far");
	struct index here = made_index("192.0.2.1", 1);

	(void)state;
	hears_nothing(gw);
	for (uint8_t n = 1; n <= 3; n++) {
		struct index there = made_index("192.0.2.9", n);

		here.spi = n;
		assert_int_equal(
		    world_ask(gw, made_init(n, made_container(&here, 1000,
							      world_seconds(NULL) + 1000, n))),
		    STUB_OK);
		w->settings.move_notices = n != 2;
		assert_int_equal(
		    world_ask(far, made_update(n, &here,
					       made_container(&there, 1000,
							      world_seconds(NULL) + 1000, n))),
		    STUB_OK);
		if (n == 2) { /* switched off meanwhile */
			hears_nothing(gw);
		} else {
			GBytes *m;

			assert_true(world_await(gw, 1));
			m = g_queue_pop_head(&gw->messages);
			assert_int_equal(world_octets(m)[11], n == 1 ? 1 : 2);
			assert_int_equal(world_octets(m)[23], n);
			g_bytes_unref(m);
		}
	}
	/* an acknowledgement of what was never sent does no harm */
	world_send(gw, g_bytes_new("\317\5\0\24\316\0\0\10\200\0\0\77\0\0\0\10\0\0\0\0", 20));
	hears_nothing(gw);
	world_hang_up(gw);
	world_hang_up(far);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_owner_alone_hears),
		cmocka_unit_test(a_second_move_has_the_next_number),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
