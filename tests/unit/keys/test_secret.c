/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets leave memory: the content of a secret, and what key derivation has on its stack. */
#include "support.h"

#include <pthread.h>

#include "keys/schedule.h"

#define STACK_SIZE (1u << 20)

static void set_clear_equal(void **state)
{
	static uint8_t octets[SECRET_MAX + 1];
	struct secret s;
	volatile uint8_t any = 0;

	(void)state;
	memset(octets, 0xa5, sizeof(octets));
	memset(&s, 0xff, sizeof(s));
	assert_ok(secret_set(&s, span_of(octets, SECRET_MAX)));
	assert_octets(secret_peek(&s), span_of(octets, SECRET_MAX));
	/* A shorter one leaves nothing of the longer. */
	assert_ok(secret_set(&s, span_of("abc", 3)));
	for (size_t i = 3; i < SECRET_MAX; i++)
		assert_int_equal(s.octets[i], 0);
	assert_err(secret_set(&s, span_of(octets, SECRET_MAX + 1)), ERR_LENGTH);
	assert_ok(secret_set(&s, span_of(octets, SECRET_MAX)));
	secret_clear(&s);
	for (size_t i = 0; i < sizeof(s); i++)
		any |= ((volatile uint8_t *)&s)[i];
	assert_int_equal(any, 0);
	assert_true(secret_equal(span_of("ab", 2), span_of("ab", 2)));
	assert_false(secret_equal(span_of("ab", 2), span_of("ac", 2)));
	assert_false(secret_equal(span_of("ab", 2), span_of("ab\0", 3)));
	assert_true(secret_equal(SPAN_NONE, SPAN_NONE));
	secret_wipe(NULL, 0);
}

/* What the worker shall not have left on its stack, masked so that these copies are not found. */
struct traces {
	uint8_t masked[8][32];
	unsigned n;
	bool forget; /* false: do not wipe, to show that the search finds what is there */
	enum err err;
	pthread_barrier_t worked, searched;
};

static void remember(struct traces *t, const uint8_t *octets)
{
	for (size_t i = 0; i < 32; i++)
		t->masked[t->n][i] = octets[i] ^ 0x5a;
	t->n++;
}

/* Key derivation of a resumption. */
static void __attribute__((noinline)) work(struct traces *t)
{
	static const uint8_t sk_d[32] = { 1, 2, 3 }, ni[32] = { 4 }, nr[32] = { 5 };
	struct suite suite = { ENCR_AES_CBC, 256, PRF_HMAC_SHA2_256, INTEG_HMAC_SHA2_256_128,
			       DH_NONE };
	struct ike_seed seed = { SPAN_OF(ni), SPAN_OF(nr), 1, 2 };
	struct span nonces[2] = { SPAN_OF(ni), SPAN_OF(nr) };
	uint8_t skeyseed[32];
	struct ike_keys k;

	t->err = ike_keys_resume(&k, &suite, &seed, SPAN_OF(sk_d));
	if (t->err)
		return;
	remember(t, k.sk_d.octets);
	remember(t, k.sk_ai.octets);
	remember(t, k.sk_er.octets);
	remember(t, k.sk_pr.octets);
	if (!t->forget)
		return;
	ike_keys_clear(&k);
	t->err = prf(suite.prf, SPAN_OF(sk_d), nonces, 2, skeyseed);
	remember(t, skeyseed);
	secret_wipe(skeyseed, sizeof(skeyseed));
}

/*
 * The stack is searched while the thread still lives: glibc gives it back to the kernel at its end.
 */
static void *work_and_wait(void *arg)
{
	struct traces *t = arg;

	work(t);
	pthread_barrier_wait(&t->worked);
	pthread_barrier_wait(&t->searched);
	return NULL;
}

static unsigned found_on_stack(const struct traces *t, const uint8_t *stack)
{
	unsigned found = 0;

	for (unsigned k = 0; k < t->n; k++) {
		uint8_t plain[32];

		for (size_t i = 0; i < 32; i++)
			plain[i] = t->masked[k][i] ^ 0x5a;
		/* Half a key is a find, too. */
		found += memmem(stack, STACK_SIZE, plain, 16) != NULL ||
			 memmem(stack, STACK_SIZE, &plain[16], 16) != NULL;
	}
	return found;
}

static unsigned run_and_search(bool forget)
{
	static struct traces t;
	uint8_t *stack = aligned_alloc(4096, STACK_SIZE);
	pthread_attr_t attr;
	pthread_t thread;
	unsigned found;

	if (!stack)
		abort();
	memset(stack, 0, STACK_SIZE);
	memset(&t, 0, sizeof(t));
	t.forget = forget;
	assert_int_equal(pthread_barrier_init(&t.worked, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&t.searched, NULL, 2), 0);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK_SIZE), 0);
	assert_int_equal(pthread_create(&thread, &attr, work_and_wait, &t), 0);
	pthread_barrier_wait(&t.worked);
	found = found_on_stack(&t, stack);
	pthread_barrier_wait(&t.searched);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	assert_ok(t.err);
	pthread_barrier_destroy(&t.worked);
	pthread_barrier_destroy(&t.searched);
	free(stack);
	return found;
}

static void nothing_stays_on_the_stack(void **state)
{
	(void)state;
	/* The search works: without clearing, the four keys of the structure are there. */
	assert_int_equal(run_and_search(false), 4);
	assert_int_equal(run_and_search(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_clear_equal),
		cmocka_unit_test(nothing_stays_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
