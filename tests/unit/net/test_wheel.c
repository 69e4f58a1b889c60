/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wheel against a list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "net/wheel.h"

#define TIMERS 500
#define OPERATIONS 100000

struct model_timer {
	bool armed;
	struct wheel_timer timer; /* not first: fire() gets its owner, not the timer */
	uint64_t due;
};

static struct {
	struct model_timer t[TIMERS];
	uint64_t random, target, last_due;
	struct wheel *wheel;
	uint64_t fired, rearmed;
} m;

static uint64_t rnd(void)
{
	m.random ^= m.random << 13;
	m.random ^= m.random >> 7;
	m.random ^= m.random << 17;
	return m.random;
}

/* Short times mostly, but every level and the far list too. */
static uint64_t random_delay(void)
{
	static const unsigned bits[] = { 4, 8, 9, 12, 16, 17, 22, 26, 33, 40 };

	return rnd() & ((UINT64_C(1) << bits[rnd() % 10]) - 1);
}

static void on_fire(void *user);

static void arm(struct model_timer *t, uint64_t due)
{
	t->armed = true;
	t->due = due;
	wheel_arm(m.wheel, &t->timer, due, on_fire, t);
}

static void cancel(struct model_timer *t)
{
	t->armed = false;
	wheel_cancel(m.wheel, &t->timer);
}

static void on_fire(void *user)
{
	struct model_timer *t = user;

	assert_true(t >= m.t && t < &m.t[TIMERS]);
	assert_true(t->armed);
	assert_false(wheel_armed(&t->timer));
	assert_true(t->due <= m.target);
	assert_true(t->due >= m.last_due); /* in order of their tick */
	m.last_due = t->due;
	t->armed = false;
	m.fired++;
	if (rnd() % 4 == 0) {
		/* in the turn of the advance, or after it */
		m.rearmed++;
		arm(&m.t[rnd() % TIMERS], t->due + 1 + random_delay());
	}
	if (rnd() % 4 == 0)
		cancel(&m.t[rnd() % TIMERS]);
}

static size_t count_armed(uint64_t *earliest)
{
	size_t n = 0;

	*earliest = UINT64_MAX;
	for (unsigned i = 0; i < TIMERS; i++) {
		assert_int_equal(m.t[i].armed, wheel_armed(&m.t[i].timer));
		if (!m.t[i].armed)
			continue;
		n++;
		if (m.t[i].due < *earliest)
			*earliest = m.t[i].due;
	}
	return n;
}

static void advance(uint64_t by)
{
	uint64_t earliest;

	m.target += by;
	m.last_due = 0;
	wheel_advance(m.wheel, m.target);
	assert_int_equal(count_armed(&earliest), wheel_count(m.wheel));
	assert_true(earliest > m.target); /* nothing due was left */
	assert_true(wheel_next(m.wheel) <= earliest);
	assert_true(wheel_next(m.wheel) > m.target);
}

static void run_model(uint64_t start, uint64_t seed)
{
	struct model_timer *t;

	memset(&m, 0, sizeof(m));
	m.random = seed;
	m.target = start;
	m.wheel = wheel_new(start);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		switch (rnd() % 8) {
		case 0:
			advance(rnd() % 16 ? rnd() % 300 : random_delay());
			break;
		case 1:
			cancel(&m.t[rnd() % TIMERS]);
			break;
		default:
			t = &m.t[rnd() % TIMERS];
			arm(t, m.target + 1 + random_delay());
		}
	}
	/* Following wheel_next() from step to step misses nothing and ends. */
	for (unsigned steps = 0; wheel_next(m.wheel) != UINT64_MAX; steps++) {
		assert_true(steps < 100000);
		advance(wheel_next(m.wheel) - m.target);
		m.random |= 3; /* lets re-arming die out */
		if (steps > 2000)
			for (unsigned i = 0; i < TIMERS; i++)
				if (rnd() % 8 == 0)
					cancel(&m.t[i]);
	}
	assert_true(m.fired > 1000);
	assert_true(m.rearmed > 100);
	wheel_free(m.wheel);
}

static void random_operations(void **state)
{
	(void)state;
	run_model(0, 1);
	run_model(12345678901, 2);
	run_model((UINT64_C(1) << 32) - 70000, 3); /* over the edge of the highest level */
	run_model((UINT64_C(1) << 40) - 1, 4);
}

static unsigned fires;
static struct wheel_timer a, b;
static struct wheel *own;

static void count(void *user)
{
	assert_ptr_equal(user, &fires);
	fires++;
}

static void again(void *user)
{
	fires++;
	wheel_arm(own, user, 0, again, user);
}

static void cancel_other(void *other)
{
	fires++;
	wheel_cancel(own, other);
}

static void past_fires_at_next_advance(void **state)
{
	struct wheel *w = wheel_new(1000);

	(void)state;
	fires = 0;
	wheel_arm(w, &a, 5, count, &fires);
	assert_int_equal(wheel_next(w), 1000);
	wheel_advance(w, 1000);
	assert_int_equal(fires, 1);
	assert_int_equal(wheel_next(w), UINT64_MAX);
	wheel_arm(w, &a, 1000, count, &fires);
	wheel_advance(w, 999); /* a clock that went back */
	assert_int_equal(fires, 2);
	wheel_free(w);
}

static void cancelled_ones_wake_nobody(void **state)
{
	struct wheel *w = wheel_new(0);

	(void)state;
	for (unsigned bits = 0; bits < 40; bits++) {
		wheel_arm(w, &a, UINT64_C(1) << bits, count, &fires);
		assert_true(wheel_next(w) <= UINT64_C(1) << bits);
		wheel_cancel(w, &a);
		assert_int_equal(wheel_next(w), UINT64_MAX);
		wheel_cancel(w, &a);
		assert_int_equal(wheel_count(w), 0);
	}
	wheel_free(w);
}

static void rearming_for_the_past_does_not_hang(void **state)
{
	struct wheel *w = wheel_new(0);

	(void)state;
	own = w;
	fires = 0;
	wheel_arm(w, &a, 0, again, &a);
	for (unsigned i = 1; i <= 3; i++) {
		wheel_advance(w, i);
		assert_int_equal(fires, i);
	}
	assert_int_equal(wheel_count(w), 1);
	wheel_free(w);
	memset(&a, 0, sizeof(a));
}

static void same_tick_cancel(void **state)
{
	struct wheel *w = wheel_new(0);

	(void)state;
	own = w;
	fires = 0;
	wheel_arm(w, &a, 300, cancel_other, &b);
	wheel_arm(w, &b, 300, cancel_other, &a);
	wheel_advance(w, 1000);
	assert_int_equal(fires, 1);
	assert_int_equal(wheel_count(w), 0);
	wheel_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(past_fires_at_next_advance),
		cmocka_unit_test(cancelled_ones_wake_nobody),
		cmocka_unit_test(rearming_for_the_past_does_not_hang),
		cmocka_unit_test(same_tick_cancel),
	};

	return cmocka_run_group_tests_name("net/wheel", tests, NULL, NULL);
}
