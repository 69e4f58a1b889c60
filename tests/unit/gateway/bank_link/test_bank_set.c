/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of banks: who is asked what, and that results come through as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bank_link/bank_set.h"
#include "unit/gateway/bank_link/stubs.h"

#define BANKS 3

/* It notes the last request, and answers when the test says so. */
struct noting_bank {
	unsigned gets, moves, inits, updates, deletes;
	bool reachable;
	struct index index;
	struct span container;
	uint32_t timeout_ms;
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
};

static void note(struct noting_bank *b, const struct index *ix, struct span container,
		 stub_service_done_fn *done, void *user)
{
	if (ix)
		b->index = *ix;
	b->container = container;
	b->done = done;
	b->user = user;
}

static void note_get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	struct noting_bank *b = self;

	b->gets++;
	note(b, ix, SPAN_NONE, NULL, user);
	b->got = done;
}

static void note_move(void *self, const struct index *old, struct span container,
		      uint32_t timeout_ms, stub_service_done_fn *done, void *user)
{
	struct noting_bank *b = self;

	b->moves++;
	b->timeout_ms = timeout_ms;
	note(b, old, container, done, user);
}

static void note_init(void *self, struct span container, stub_service_done_fn *done, void *user)
{
	((struct noting_bank *)self)->inits++;
	note(self, NULL, container, done, user);
}

static void note_update(void *self, const struct index *old, struct span container,
			stub_service_done_fn *done, void *user)
{
	((struct noting_bank *)self)->updates++;
	note(self, old, container, done, user);
}

static void note_delete(void *self, const struct index *ix, stub_service_done_fn *done, void *user)
{
	((struct noting_bank *)self)->deletes++;
	note(self, ix, SPAN_NONE, done, user);
}

static bool is_reachable(void *self)
{
	return ((struct noting_bank *)self)->reachable;
}

static const struct stub_service_ops noting_ops = {
	.get = note_get,
	.move = note_move,
	.init = note_init,
	.update = note_update,
	.delete = note_delete,
	.reachable = is_reachable,
};

/* The stub number, which stubs_index() puts into the SPI, decides; beyond the banks there is none. */
static unsigned by_number(const struct index *ix, void *user)
{
	unsigned *asked = user;

	++*asked;
	for (unsigned i = 0; i < BANKS + 2; i++) {
		struct index is = stubs_index(i);

		if (index_equal(&is, ix))
			return i;
	}
	return 0;
}

struct scene {
	struct noting_bank banks[BANKS];
	unsigned asked;
	struct bank_set *set;
	struct stub_service service;
};

static void scene_begin(struct scene *s, unsigned n, bool divided)
{
	struct bank_set_config config = { .n = n };

	*s = (struct scene){ .asked = 0 };
	for (unsigned i = 0; i < n; i++)
		config.banks[i] = (struct stub_service){ &noting_ops, &s->banks[i] };
	if (divided) {
		config.authority = by_number;
		config.user = &s->asked;
	}
	s->set = bank_set_new(&config);
	assert_non_null(s->set);
	s->service = bank_set_service(s->set);
}

static void got(int result, struct span container, void *user)
{
	struct scene *s = user;

	assert_int_equal(result, STUB_OK);
	assert_int_equal(container.n, 3);
	s->asked = 100;
}

static void done(int result, void *user)
{
	*(int *)user = result;
}

/* All five requests about stub `number`, then the counts of bank `at`. */
static void ask_all(struct scene *s, uint64_t number, unsigned at)
{
	const struct stub_service_ops *ops = s->service.ops;
	struct noting_bank *b = &s->banks[at];
	struct index ix = stubs_index(number);
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct span container = stubs_sealed(number, 1, 60, buf);
	int result = 99;

	ops->get(s->service.self, &ix, got, s);
	assert_int_equal(b->gets, 1);
	assert_true(index_equal(&b->index, &ix));
	b->got(STUB_OK, span_of("abc", 3), b->user);
	assert_int_equal(s->asked, 100);
	ops->move(s->service.self, &ix, container, 1234, done, &result);
	assert_int_equal(b->moves, 1);
	assert_int_equal(b->timeout_ms, 1234);
	b->done(STUB_CONFLICT, b->user);
	assert_int_equal(result, STUB_CONFLICT);
	ops->init(s->service.self, container, done, &result);
	assert_int_equal(b->inits, 1);
	assert_ptr_equal(b->container.p, container.p);
	ops->update(s->service.self, &ix, container, done, &result);
	assert_int_equal(b->updates, 1);
	ops->delete (s->service.self, &ix, NULL, NULL);
	assert_int_equal(b->deletes, 1);
	for (unsigned i = 0; i < BANKS; i++)
		if (i != at)
			assert_int_equal(s->banks[i].gets + s->banks[i].moves + s->banks[i].inits +
					     s->banks[i].updates + s->banks[i].deletes,
					 0);
}

static void one_bank(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, 1, false);
	ask_all(&s, 2, 0);
	assert_false(s.service.ops->reachable(s.service.self));
	s.banks[0].reachable = true;
	assert_true(s.service.ops->reachable(s.service.self));
	bank_set_free(s.set);
}

static void to_the_authority(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned i = 0; i < BANKS; i++) {
		scene_begin(&s, BANKS, true);
		ask_all(&s, i, i);
		bank_set_free(s.set);
	}
	/* one that names no bank of the set: the first */
	scene_begin(&s, BANKS, true);
	ask_all(&s, BANKS + 1, 0);
	bank_set_free(s.set);
}

/* An update is the old index's, whatever the new one is: its authority has the record. */
static void update_goes_to_the_old(void **state)
{
	struct scene s;
	uint8_t buf[STUBS_CONTAINER_MAX];
	struct index old = stubs_index(2);
	int result;

	(void)state;
	scene_begin(&s, BANKS, true);
	s.service.ops->update(s.service.self, &old, stubs_sealed(1, 1, 60, buf), done, &result);
	assert_int_equal(s.banks[2].updates, 1);
	s.service.ops->move(s.service.self, &old, stubs_sealed(1, 1, 60, buf), 1, done, &result);
	assert_int_equal(s.banks[2].moves, 1);
	s.service.ops->init(s.service.self, span_of("?", 1), done, &result); /* not a container */
	assert_int_equal(s.banks[0].inits, 1);
	bank_set_free(s.set);
}

static void reachable(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, BANKS, true);
	assert_false(s.service.ops->reachable(s.service.self));
	s.banks[2].reachable = true;
	assert_true(s.service.ops->reachable(s.service.self));
	bank_set_free(s.set);
}

static void sizes(void **state)
{
	struct bank_set_config config = { .n = 0 };

	(void)state;
	assert_null(bank_set_new(&config));
	config.n = BANK_SET_MAX + 1;
	assert_null(bank_set_new(&config));
	bank_set_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bank),
		cmocka_unit_test(to_the_authority),
		cmocka_unit_test(update_goes_to_the_old),
		cmocka_unit_test(reachable),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
