/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A time of day that jumps, and a bank that lives by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool/log.h"
#include "wallclock.h"

#define SETTLE 600000
#define DAYS (2 * 86400)

struct clocks {
	uint64_t wall, boot;
};

static uint64_t wall(void *ctx)
{
	return ((struct clocks *)ctx)->wall;
}

static uint64_t boot(void *ctx)
{
	return ((struct clocks *)ctx)->boot;
}

static void pass(struct clocks *c, uint64_t seconds)
{
	c->wall += seconds * 1000;
	c->boot += seconds * 1000;
}

static struct wallclock *clock_of(struct clocks *c)
{
	const struct wallclock_source source = { wall, boot, c };

	*c = (struct clocks){ FIXTURE_START * 1000, 77000 };
	return wallclock_new(&source, SETTLE);
}

static void time_passes_and_is_kept_right(void **state)
{
	struct clocks c;
	struct wallclock *w = clock_of(&c);

	(void)state;
	assert_int_equal(wallclock_seconds(w), FIXTURE_START);
	for (unsigned i = 1; i <= 100; i++) {
		pass(&c, 1000);
		c.wall += 1900; /* slewed, or stepped as NTP does */
		assert_int_equal(wallclock_seconds(w), c.wall / 1000);
		assert_false(wallclock_doubts(w));
	}
	wallclock_free(w);
}

static void a_jump_is_not_believed_at_once(void **state)
{
	static const int64_t jumps[] = { DAYS * 1000, -(int64_t)DAYS * 1000, 3000, -3000 };

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(jumps); i++) {
		struct clocks c;
		struct wallclock *w = clock_of(&c);

		/* there and back */
		pass(&c, 10);
		c.wall += (uint64_t)jumps[i];
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 10);
		assert_true(wallclock_doubts(w));
		pass(&c, 8);
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 18);
		c.wall -= (uint64_t)jumps[i];
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 18);
		assert_false(wallclock_doubts(w));
		/* and for good, after a while without another */
		c.wall += (uint64_t)jumps[i];
		assert_true(wallclock_doubts(w));
		pass(&c, 599);
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 617);
		c.wall += 50000;
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 617);
		pass(&c, 599);
		assert_int_equal(wallclock_seconds(w), FIXTURE_START + 1216);
		pass(&c, 1);
		assert_int_equal(wallclock_seconds(w), c.wall / 1000);
		assert_false(wallclock_doubts(w));
		/* or when somebody says so */
		c.wall += (uint64_t)jumps[i];
		assert_true(wallclock_doubts(w));
		wallclock_accept(w);
		assert_int_equal(wallclock_seconds(w), c.wall / 1000);
		assert_false(wallclock_doubts(w));
		wallclock_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_passes_and_is_kept_right),
		cmocka_unit_test(a_jump_is_not_believed_at_once),
	};

	log_init("bank-test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
