/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The full handshake E1 of the wire profile, played by the client's side. */
#include "ike/ike_client.h"
#include "ike/ike_derive.h"
#include "ike/ike_init.h"
#include "ike/ike_psk.h"
#include "ike/ike_told.h"
#include "profile.h"

static const struct nat_ends ends = {
	.source = { 4, { 198, 51, 100, 7 } },
	.destination = { 4, { 192, 0, 2, 1 } },
	.source_port = 500,
	.destination_port = 500,
};

struct handshake {
	struct suite suite;
	struct dh *dh;
	struct ike_offer offer;
	struct ike_attempt attempt;
	struct ike_answer answer;
	struct ike_client client;
	struct ike_protected auth;
	uint8_t plain[2048];
};

/* IKE_SA_INIT and the opened IKE_AUTH response. */
static void play(struct handshake *h)
{
	struct ike_broken broken;
	struct ike_keys keys;

	memset(h, 0, sizeof(*h));
	h->suite = profile_suite();
	h->dh = profile_dh("old");
	h->offer = (struct ike_offer){ 1, &h->suite, 31, h->dh };
	h->attempt = (struct ike_attempt){ .spi_i = spi_i_of(profile("old.init_request")),
					   .ni = profile("old.Ni"),
					   .request = profile("old.init_request") };
	assert_int_equal(
	    ike_answer_read(profile("old.init_response"), h->attempt.spi_i, &h->answer),
	    IKE_ANSWER_ORDINARY);
	ike_attempt_take(&h->attempt, &h->answer);
	assert_true(ike_derive_full(&keys, &h->attempt, &h->answer, &h->offer, NULL, &broken));
	h->client.spi_i = h->attempt.spi_i;
	h->client.spi_r = h->attempt.spi_r;
	ike_client_set_keys(&h->client, &keys, 1);
	assert_ok(ike_client_open(&h->client, profile("old.auth_response"), h->plain,
				  sizeof(h->plain), &h->auth));
}

static void end(struct handshake *h)
{
	dh_free(h->dh);
	ike_client_clear(&h->client);
}

static void the_request_is_the_profile_s(void **state)
{
	const struct suite suite = profile_suite();
	const struct ike_init r = { .spi_i = spi_i_of(profile("old.init_request")),
				    .n_suites = 1,
				    .suites = &suite,
				    .group = 31,
				    .ke = profile("old.x25519_public_i"),
				    .ni = profile("old.Ni"),
				    .vendor_id = true,
				    .nat = &ends };
	uint8_t message[1024];
	struct wcursor c = wcursor_init(message, sizeof(message));

	(void)state;
	assert_ok(ike_init_write(&c, &r));
	assert_octets(wcursor_written(&c, 0), profile("old.init_request"));
	for (size_t room = 0; room < wcursor_size(&c); room++) {
		struct wcursor small = wcursor_init(message, room);

		assert_int_equal(ike_init_write(&small, &r), ERR_NO_SPACE);
	}
}

static void the_keys_are_the_profile_s(void **state)
{
	struct ike_shared shared;
	struct handshake h;
	struct ike_keys keys;

	(void)state;
	play(&h);
	assert_true(h.answer.announced);
	assert_true(h.answer.childless);
	assert_true(h.answer.nr_fits);
	assert_keys(&h.client.keys, "old");
	assert_true(ike_derive_full(&keys, &h.attempt, &h.answer, &h.offer, &shared, NULL));
	assert_octets(span_of(shared.octets, shared.n), profile("old.g_ir"));
	ike_keys_clear(&keys);
	end(&h);
}

static void what_was_not_offered_is_refused(void **state)
{
	struct ike_broken broken;
	struct handshake h;
	struct ike_keys keys;
	struct suite other;

	(void)state;
	play(&h);
	assert_ok(suite_from_text("aes256-sha256-x25519", &other));
	h.offer.suites = &other;
	assert_false(ike_derive_full(&keys, &h.attempt, &h.answer, &h.offer, NULL, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_PROPOSAL);
	assert_int_equal(keys.sk_d.n, 0);
	h.offer.suites = &h.suite;
	h.offer.group = 19; /* the KE that went out last was of another group */
	assert_false(ike_derive_full(&keys, &h.attempt, &h.answer, &h.offer, NULL, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_KE_GROUP);
	h.offer.group = 31;
	h.answer.ke.data.n--;
	assert_false(ike_derive_full(&keys, &h.attempt, &h.answer, &h.offer, NULL, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_KE);
	assert_int_equal(broken.fault.err, ERR_LENGTH);
	end(&h);
}

static void auth_is_made_as_the_profile_has_it(void **state)
{
	const struct ike_id id = { 2, span_of("client.example", 14) };
	struct ike_inner in;
	uint8_t buf[1024];
	struct handshake h;

	(void)state;
	play(&h);
	ike_inner_init(&in, buf, sizeof(buf));
	ike_psk_write(&in, &h.attempt, &h.client.keys, &id, profile("psk"));
	assert_int_equal(ike_inner_first(&in), 35);
	assert_octets(ike_inner_chain(&in), profile("old.auth_request.inner"));
	end(&h);
}

static void the_gateway_proves_itself_and_tells_the_index(void **state)
{
	const struct ike_id right = { 2, profile("a.IDr") }, wrong = { 2, profile("IDi") };
	struct ike_resumable left;
	struct ike_broken broken;
	struct handshake h;
	struct ike_id id;
	uint8_t method;
	struct index ix;

	(void)state;
	play(&h);
	assert_true(ike_psk_verify(&h.auth.inner, &h.attempt, &h.client.keys, &right,
				   profile("psk"), &id, &method, &broken));
	assert_octets(id.data, profile("a.IDr"));
	assert_int_equal(method, 2);
	assert_false(ike_psk_verify(&h.auth.inner, &h.attempt, &h.client.keys, &wrong,
				    profile("psk"), &id, &method, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_IDENTITY);
	assert_false(ike_psk_verify(&h.auth.inner, &h.attempt, &h.client.keys, NULL,
				    span_text("another key"), &id, &method, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_AUTH);
	/* AUTH covers the response as it came */
	h.attempt.response = profile("old.init_request");
	assert_false(ike_psk_verify(&h.auth.inner, &h.attempt, &h.client.keys, NULL, profile("psk"),
				    &id, &method, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_AUTH);

	assert_false(ike_client_resumable(&h.client, &left));
	assert_int_equal(ike_told_index(&h.auth.inner, &ix, NULL), IKE_TOLD_PRESENT);
	assert_int_equal(ike_told_index_count(&h.auth.inner), 1);
	assert_true(ix.spi == spi_r_of(profile("old.init_response")));
	assert_octets(span_of(ix.address.octets, 4), profile("a.address"));
	h.client.index = ix;
	h.client.has_index = true;
	assert_true(ike_client_resumable(&h.client, &left));
	assert_octets(secret_peek(&left.sk_d), profile("old.SK_d"));
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_the_profile_s),
		cmocka_unit_test(the_keys_are_the_profile_s),
		cmocka_unit_test(what_was_not_offered_is_refused),
		cmocka_unit_test(auth_is_made_as_the_profile_has_it),
		cmocka_unit_test(the_gateway_proves_itself_and_tells_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
