/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resumption E3 and the rekey E5 of the wire profile, played by the client's side. */
#include "ike/ike_bind.h"
#include "ike/ike_candidates.h"
#include "ike/ike_derive.h"
#include "ike/ike_inform.h"
#include "ike/ike_init.h"
#include "ike/ike_rekey.h"
#include "ike/ike_told.h"
#include "profile.h"

static const struct nat_ends ends = {
	.source = { 4, { 198, 51, 100, 7 } },
	.destination = { 4, { 192, 0, 2, 2 } },
	.source_port = 500,
	.destination_port = 500,
};

/* Ni as it stands in the request: header (28), cookie, SA, KE, Nonce. */
static struct span nonce_of(struct span message)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	assert_ok(chain_parse_message(message, &h, &chain, &fault));
	return chain_find(&chain, 40)->body;
}

static struct secret old_sk_d(void)
{
	struct secret s;

	assert_ok(secret_set(&s, profile("old.SK_d")));
	return s;
}

static void the_requests_are_the_profile_s(void **state)
{
	const struct suite suite = profile_suite();
	const struct index ix = { spi_r_of(profile("old.init_response")), { 4, { 192, 0, 2, 1 } } };
	const struct span first = profile("syn.first_request");
	struct ike_init r = { .spi_i = spi_i_of(first),
			      .n_suites = 1,
			      .suites = &suite,
			      .group = 31,
			      .ni = nonce_of(first),
			      .syn = &ix,
			      .syn_type = 200,
			      .vendor_id = true,
			      .nat = &ends };
	struct ike_answer a;
	struct ike_header h;
	struct chain chain;
	struct fault fault;
	uint8_t message[2048];
	struct wcursor c = wcursor_init(message, sizeof(message));

	(void)state;
	assert_ok(chain_parse_message(first, &h, &chain, &fault));
	r.ke = span_of(&chain_find(&chain, 34)->body.p[4], 32);
	assert_ok(ike_init_write(&c, &r));
	assert_octets(wcursor_written(&c, 0), first);
	/* B asks for a cookie, and gets the same with it */
	assert_int_equal(ike_answer_read(profile("syn.cookie_response"), r.spi_i, &a),
			 IKE_ANSWER_COOKIE);
	assert_true(ike_init_retry(&r, &a));
	c = wcursor_init(message, sizeof(message));
	assert_ok(ike_init_write(&c, &r));
	assert_octets(wcursor_written(&c, 0), profile("syn.request"));
	/* rule 37: the client has kept its stub itself */
	r.cookie = SPAN_NONE;
	r.stub = profile("stub.sealed");
	c = wcursor_init(message, sizeof(message));
	assert_ok(ike_init_write(&c, &r));
	assert_octets(wcursor_written(&c, 0), profile("syn.client_held_request"));
}

static struct ike_attempt attempt_of(void)
{
	const struct span request = profile("syn.request");

	return (struct ike_attempt){ .spi_i = spi_i_of(request),
				     .ni = nonce_of(request),
				     .request = request };
}

/* One candidate from the profile's answer, among `forged` others. */
static struct ike_candidate *hit(struct ike_candidates *all, unsigned forged)
{
	const struct suite suite = profile_suite();
	const struct ike_attempt t = attempt_of();
	const struct secret sk_d = old_sk_d();
	static uint8_t lies[16][256];
	struct ike_candidate *k;
	struct ike_answer a;

	memset(all, 0, sizeof(*all));
	for (unsigned i = 0; i < forged; i++) {
		const struct span right = profile("syn.response");

		/* another nonce under the right SPIr */
		memcpy(lies[i], right.p, right.n);
		lies[i][40] = (uint8_t)(i + 1);
		lies[i][41] ^= 0x55;
		assert_int_equal(ike_answer_read(span_of(lies[i], right.n), t.spi_i, &a),
				 IKE_ANSWER_RESUMED);
		assert_int_equal(ike_candidates_add(all, &t, &a, &suite, &sk_d) != NULL,
				 i < IKE_CANDIDATES_MAX);
	}
	assert_int_equal(ike_answer_read(profile("syn.response"), t.spi_i, &a), IKE_ANSWER_RESUMED);
	k = ike_candidates_add(all, &t, &a, &suite, &sk_d);
	/* the same octets once more are no further candidate */
	assert_null(ike_candidates_add(all, &t, &a, &suite, &sk_d));
	return k;
}

static void keys_and_bind_are_the_profile_s(void **state)
{
	struct ike_candidates all;
	struct ike_candidate *k = hit(&all, 0);
	struct ike_protected m;
	struct ike_inner in;
	uint8_t plain[2048], buf[512];
	struct index ix;

	(void)state;
	assert_keys(&k->client.keys, "resumed");
	assert_int_equal(k->client.window.next, 1);
	ike_inner_init(&in, buf, sizeof(buf));
	ike_bind_write(&in, &k->attempt, &k->client.keys, SK_FROM_INITIATOR);
	assert_octets(ike_inner_chain(&in), profile("resumed.confirm_request.inner"));

	assert_ptr_equal(ike_candidates_open(&all, profile("resumed.confirm_response"), plain,
					     sizeof(plain), &m),
			 k);
	assert_int_equal(m.kind, IKE_PROTECTED_VERIFIED);
	assert_int_equal(ike_protected_error(&m), 0);
	assert_int_equal(ike_bind_judge(&m.inner, &k->attempt, &k->client.keys, SK_FROM_RESPONDER),
			 IKE_BIND_RIGHT);
	assert_int_equal(ike_told_index(&m.inner, &ix, NULL), IKE_TOLD_PRESENT);
	assert_true(ix.spi == spi_r_of(profile("syn.response")));
	assert_false(ike_told_not_committed(&m.inner));
	/* BIND covers the request as it went out last, the one with the cookie */
	k->attempt.request = profile("syn.first_request");
	assert_int_equal(ike_bind_judge(&m.inner, &k->attempt, &k->client.keys, SK_FROM_RESPONDER),
			 IKE_BIND_WRONG);
	m.inner.n = 0;
	assert_int_equal(ike_bind_judge(&m.inner, &k->attempt, &k->client.keys, SK_FROM_RESPONDER),
			 IKE_BIND_ABSENT);

	assert_non_null(
	    ike_candidates_open(&all, profile("resumed.refusal"), plain, sizeof(plain), &m));
	assert_true(ike_told_not_committed(&m.inner));
	assert_int_equal(ike_protected_error(&m), 12500);
	ike_candidates_clear(&all);
	assert_int_equal(all.at[0].client.keys.sk_d.n, 0);
}

static void the_one_that_verifies_wins(void **state)
{
	struct ike_candidates all;
	struct ike_candidate *k = hit(&all, 7);
	struct ike_protected m;
	uint8_t plain[2048];

	(void)state;
	assert_non_null(k);
	assert_int_equal(all.n, 8);
	assert_ptr_equal(ike_candidates_open(&all, profile("resumed.confirm_response"), plain,
					     sizeof(plain), &m),
			 k);
	/* eight forgers were faster: rule 7 keeps no more */
	assert_null(hit(&all, 9));
	assert_int_equal(all.n, 8);
	assert_null(ike_candidates_open(&all, profile("resumed.confirm_response"), plain,
					sizeof(plain), &m));
	assert_int_equal(m.kind, IKE_PROTECTED_UNVERIFIED);
	assert_int_equal(m.broken.clause, IKE_CLAUSE_INTEGRITY);
	assert_null(
	    ike_candidates_open(&all, profile("old.auth_response"), plain, sizeof(plain), &m));
	assert_int_equal(m.kind, IKE_PROTECTED_UNREAD);
	ike_candidates_clear(&all);
}

static void the_rekey_brings_the_profile_s_keys(void **state)
{
	struct ike_candidates all;
	struct ike_client *c = &hit(&all, 0)->client;
	struct dh *dh = profile_dh("rekey");
	struct ike_rekey k = { .suite = profile_suite(), .dh = dh };
	struct ike_shared shared;
	struct ike_broken broken;
	struct ike_protected m;
	struct ike_keys keys;
	struct ike_header h;
	struct chain inner;
	struct fault fault;
	struct ike_inner in;
	uint8_t plain[2048], buf[1024];

	(void)state;
	/* SA, Ni, KE, in this order; the numbers in them are drawn */
	ike_inner_init(&in, buf, sizeof(buf));
	ike_rekey_write(&in, &k, &rng_system);
	assert_int_equal(ike_inner_chain(&in).n, profile("rekey.request.inner").n);
	assert_ok(chain_parse(ike_inner_chain(&in), ike_inner_first(&in), NULL, &inner, &fault));
	assert_int_equal(inner.at[0].type, 33);
	assert_int_equal(inner.at[1].type, 40);
	assert_int_equal(inner.at[2].type, 34);
	assert_octets(span_of(&inner.at[2].body.p[4], 32), profile("rekey.x25519_public_i"));

	k.spi_i = spi_i_of(profile("rekeyed.delete_request"));
	memcpy(k.ni, profile("rekey.Ni").p, sizeof(k.ni));
	assert_ok(ike_client_open(c, profile("rekey.response"), plain, sizeof(plain), &m));
	assert_true(ike_rekey_read(&m.inner, &k, c, &keys, &shared, &broken));
	assert_octets(span_of(shared.octets, shared.n), profile("rekey.g_ir"));
	assert_keys(&keys, "rekeyed");
	ike_rekey_switch(c, &k, &keys, &m.inner);
	assert_int_equal(keys.sk_d.n, 0);
	assert_keys(&c->keys, "rekeyed");
	assert_true(c->spi_r == spi_r_of(profile("rekeyed.delete_request")));
	assert_true(c->has_index && c->index.spi == c->spi_r);
	assert_int_equal(c->window.next, 0);

	ike_inner_init(&in, buf, sizeof(buf));
	ike_inform_delete(&in);
	assert_octets(ike_inner_chain(&in), profile("rekeyed.delete_request.inner"));
	assert_true(ike_protected_belongs(profile("rekeyed.delete_response"), c->spi_i, c->spi_r,
					  &h, &broken));
	assert_ok(ike_client_open(c, profile("rekeyed.delete_response"), plain, sizeof(plain), &m));
	assert_int_equal(m.inner.n, 0);

	/* not what was offered, and an answer without a nonce */
	assert_ok(suite_from_text("aes256-sha256-x25519", &k.suite));
	ike_inner_init(&in, buf, sizeof(buf));
	assert_ok(chain_parse(profile("rekey.response.inner"), 33, NULL, &inner, &fault));
	assert_false(ike_rekey_read(&inner, &k, c, &keys, NULL, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_PROPOSAL);
	k.suite = profile_suite();
	inner.at[1].type = PAYLOAD_NOTIFY;
	assert_false(ike_rekey_read(&inner, &k, c, &keys, NULL, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_NONCE);
	dh_free(dh);
	ike_candidates_clear(&all);
}

static void a_fallback_is_told_apart(void **state)
{
	struct ike_answer a;

	(void)state;
	assert_int_equal(ike_answer_read(profile("syn.fallback_response"), attempt_of().spi_i, &a),
			 IKE_ANSWER_ORDINARY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_requests_are_the_profile_s),
		cmocka_unit_test(keys_and_bind_are_the_profile_s),
		cmocka_unit_test(the_one_that_verifies_wins),
		cmocka_unit_test(the_rekey_brings_the_profile_s_keys),
		cmocka_unit_test(a_fallback_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
