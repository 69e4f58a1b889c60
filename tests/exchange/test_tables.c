/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind caps and leases: tables, hashes, inner addresses, peers. */
#include "cmocka_all.h"

#include <glib.h>

#include "core/policy.h"
#include "core/table.h"

struct entry {
	struct table_link link;
	uint64_t value;
};

static bool is_value(const struct table_link *link, const void *key)
{
	return TABLE_ENTRY(link, struct entry, link)->value == *(const uint64_t *)key;
}

static void table_grows(void **state)
{
	enum { N = 50000 };
	struct entry *entries = g_new0(struct entry, N);
	struct table t;

	(void)state;
	table_init(&t);
	for (uint64_t i = 0; i < N; i++) {
		entries[i].value = i;
		table_insert(&t, &entries[i].link, i * UINT64_C(0x9e3779b97f4a7c15));
	}
	assert_int_equal(t.count, N);
	for (uint64_t i = 0; i < N; i += 2)
		table_remove(&t, &entries[i].link);
	for (uint64_t i = 0; i < N; i++) {
		struct table_link *found =
		    table_find(&t, i * UINT64_C(0x9e3779b97f4a7c15), is_value, &i);

		assert_true(found == (i % 2 ? &entries[i].link : NULL));
	}
	table_clear(&t);
	g_free(entries);
}

/* The answer of the SipHash paper, appendix A: key 00..0f, message 00..0e. */
static void siphash_known_answer(void **state)
{
	struct table_key key = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
	uint8_t message[15];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_true(table_hash(&key, SPAN_OF(message)) == UINT64_C(0xa129ca6149be45e5));
}

static void inner_addresses(void **state)
{
	struct policy *p = policy_new();
	uint32_t seen[6];

	(void)state;
	assert_int_equal(policy_add_pool(p, 0x0a000000, 29), ERR_OK);
	for (unsigned i = 0; i < 6; i++) {
		seen[i] = policy_lease(p);
		assert_in_range(seen[i], 0x0a000001, 0x0a000006);
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(seen[i], seen[k]);
	}
	assert_int_equal(policy_lease(p), 0);
	policy_release(p, 0x0a000003);
	policy_release(p, 0x0a000003);
	assert_false(policy_lease_this(p, 0x0a000002));
	assert_false(policy_lease_this(p, 0x0a000007));
	assert_true(policy_lease_this(p, 0x0a000003));
	assert_int_equal(policy_lease(p), 0);
	policy_free(p);
}

/* What a reload changes: who may log in; not which addresses are given away. */
static void other_peers(void **state)
{
	struct policy *p = policy_new(), *next = policy_new();
	const struct ike_id old = { ID_FQDN, span_text("old") },
			    new = { ID_FQDN, span_text("new") };
	const struct policy_peer *kept;
	uint32_t lease;

	(void)state;
	assert_int_equal(policy_add_peer(p, "old", &old, span_text("1"), false), ERR_OK);
	assert_int_equal(policy_add_pool(p, 0x0a000000, 29), ERR_OK);
	assert_int_equal(policy_add_peer(next, "new", &new, span_text("2"), false), ERR_OK);
	lease = policy_lease(p);
	kept = policy_find(p, &old);
	policy_take_peers(p, next, 1000);
	policy_free(next);
	assert_null(policy_find(p, &old));
	assert_non_null(policy_find(p, &new));
	assert_int_equal(policy_peers(p), 1);
	assert_false(policy_lease_this(p, lease));
	assert_string_equal(kept->name, "old"); /* for one who is just logging in */
	next = policy_new();
	policy_take_peers(p, next, 1000 + 121000); /* now the first ones go, under ASan */
	policy_free(next);
	assert_int_equal(policy_peers(p), 0);
	policy_free(p);
}

/* Emptied and filled again while entries are about, a table goes on being one. */
static unsigned seen_twice;

static void see(struct table_link *link, void *user)
{
	struct table *t = user;
	struct entry *e = TABLE_ENTRY(link, struct entry, link);

	seen_twice += (e->value >> 32) != 0;
	e->value |= UINT64_C(1) << 32;
	if (e->value % 3 == 0)
		table_remove(t, link);
}

/* A walk sees each once, though the table grows eightfold and others go meanwhile. */
static void table_is_walked(void **state)
{
	enum { FIRST = 20000, N = 200000, GONE = 19000 };
	struct entry *entries = g_new0(struct entry, N);
	struct table_walk walk;
	struct table t;
	unsigned n = FIRST, steps = 0;

	(void)state;
	table_init(&t);
	for (uint64_t i = 0; i < FIRST; i++) {
		entries[i].value = i;
		table_insert(&t, &entries[i].link, i * UINT64_C(0x9e3779b97f4a7c15));
	}
	walk = table_walk_begin(&t);
	seen_twice = 0;
	while (table_walk_on(&walk, &t, 50, see, &t)) {
		if (steps == 0)
			for (unsigned i = GONE; i < FIRST; i++)
				table_remove(&t, &entries[i].link);
		for (unsigned i = 0; i < 600 && n < N; i++, n++) {
			entries[n].value = n;
			table_insert(&t, &entries[n].link, n * UINT64_C(0x9e3779b97f4a7c15));
		}
		steps++;
	}
	assert_in_range(steps, FIRST / 100, N / 50); /* those that came are seen, too */
	assert_int_equal(n, N);
	assert_int_equal(seen_twice, 0);
	for (unsigned i = 0; i < GONE; i++)
		assert_true(entries[i].value >> 32 == 1);
	table_clear(&t);
	g_free(entries);
}

static void table_is_emptied(void **state)
{
	enum { N = 5000 };
	struct entry *entries = g_new0(struct entry, N);
	struct table_link *any;
	struct table t;
	unsigned left = N;
	bool again = false;

	(void)state;
	table_init(&t);
	for (uint64_t i = 0; i < N; i++)
		table_insert(&t, &entries[i].link, (i * UINT64_C(0x9e3779b97f4a7c15)) >> 20);
	while ((any = table_any(&t))) {
		table_remove(&t, any);
		left--;
		if (left == N / 2 && !again) {
			again = true; /* one more, in front of what is known to be empty */
			table_insert(&t, any, 0);
			left++;
			assert_ptr_equal(table_any(&t), any);
		}
	}
	assert_int_equal(left, 0);
	assert_int_equal(t.count, 0);
	table_insert(&t, &entries[0].link, 5);
	assert_ptr_equal(table_any(&t), &entries[0].link);
	table_clear(&t);
	g_free(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_grows),     cmocka_unit_test(table_is_emptied),
		cmocka_unit_test(table_is_walked), cmocka_unit_test(siphash_known_answer),
		cmocka_unit_test(inner_addresses), cmocka_unit_test(other_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
