/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of every kind, cut and flipped everywhere; protected messages, windows, fragments, child
 * SAs, and what the gateway asks. */
#include "ike/ike_child.h"
#include "ike/ike_client.h"
#include "ike/ike_fragments.h"
#include "ike/ike_inform.h"
#include "ike/ike_init.h"
#include "profile.h"

#define SPI_I 0x1111111122222222u
#define SPI_R 0x3333333344444444u

/* A response made of payload types, each with a small body; returns its size. */
static size_t response(const uint8_t *types, size_t n, uint16_t notify, uint64_t spi_r,
		       uint8_t *message, size_t cap)
{
	const struct ike_header h = {
		.spi_i = SPI_I, .spi_r = spi_r, .version = 0x20, .exchange = 34, .flags = 0x20
	};
	static const uint8_t body[36] = { 0, 31 };
	struct wcursor c = wcursor_init(message, cap);
	struct chain_writer w;

	chain_writer_message(&w, &c, &h);
	for (size_t i = 0; i < n; i++) {
		if (types[i] == 41)
			ike_notify_write_simple(&w, notify, span_of(body, 2));
		else
			chain_writer_payload(&w, types[i], 0, SPAN_OF(body));
	}
	assert_ok(chain_writer_finish(&w));
	return wcursor_size(&c);
}

struct expected {
	uint8_t n, types[6];
	uint16_t notify;
	bool no_spi_r;
	enum ike_answer_kind kind;
	enum ike_clause clause;
};

static void answers_are_told_apart_as_rule_7_says(void **state)
{
	static const struct expected all[] = {
		{ 1, { 40 }, 0, false, IKE_ANSWER_RESUMED, 0 },
		{ 3, { 40, 43, 41 }, 16388, false, IKE_ANSWER_RESUMED, 0 },
		{ 3, { 33, 34, 40 }, 0, false, IKE_ANSWER_ORDINARY, 0 },
		{ 6, { 33, 34, 40, 43, 41, 38 }, 16388, false, IKE_ANSWER_ORDINARY, 0 },
		{ 1, { 41 }, 16390, true, IKE_ANSWER_COOKIE, 0 },
		{ 1, { 41 }, 17, true, IKE_ANSWER_INVALID_KE, 0 },
		{ 1, { 41 }, 14, true, IKE_ANSWER_ERROR, 0 },
		{ 1, { 40 }, 0, true, IKE_ANSWER_NEITHER, IKE_CLAUSE_SPI_R_ZERO },
		{ 2, { 33, 40 }, 0, false, IKE_ANSWER_NEITHER, IKE_CLAUSE_SA_WITHOUT_KE },
		{ 2, { 34, 40 }, 0, false, IKE_ANSWER_NEITHER, IKE_CLAUSE_KE_WITHOUT_SA },
		{ 2, { 33, 34 }, 0, false, IKE_ANSWER_NEITHER, IKE_CLAUSE_NO_NONCE },
		{ 2, { 40, 38 }, 0, false, IKE_ANSWER_NEITHER, IKE_CLAUSE_BESIDE_NONCE },
		{ 1, { 41 }, 16388, false, IKE_ANSWER_NEITHER, IKE_CLAUSE_NO_NONCE },
	};
	uint8_t m[512];
	struct ike_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct expected *e = &all[i];
		const size_t n =
		    response(e->types, e->n, e->notify, e->no_spi_r ? 0 : SPI_R, m, sizeof(m));

		assert_int_equal(ike_answer_read(span_of(m, n), SPI_I, &a), e->kind);
		assert_int_equal(a.broken.clause, e->clause);
		for (size_t cut = 0; cut < n; cut++) {
			assert_int_equal(ike_answer_read(span_of(m, cut), SPI_I, &a),
					 IKE_ANSWER_FOREIGN);
			assert_int_equal(a.broken.clause,
					 cut < 28 ? IKE_CLAUSE_HEADER : IKE_CLAUSE_LENGTH);
		}
	}
}

static void what_is_no_answer_says_which_clause_it_breaks(void **state)
{
	static const struct {
		uint8_t at, value;
		enum ike_answer_kind kind;
		enum ike_clause clause;
	} all[] = {
		{ 0, 0x99, IKE_ANSWER_FOREIGN, IKE_CLAUSE_SPI_I },
		{ 17, 0x10, IKE_ANSWER_FOREIGN, IKE_CLAUSE_VERSION },
		{ 18, 35, IKE_ANSWER_FOREIGN, IKE_CLAUSE_EXCHANGE },
		{ 19, 0x00, IKE_ANSWER_FOREIGN, IKE_CLAUSE_RESPONSE_FLAG },
		{ 19, 0x28, IKE_ANSWER_FOREIGN, IKE_CLAUSE_INITIATOR_FLAG },
		{ 27, 0xff, IKE_ANSWER_FOREIGN, IKE_CLAUSE_LENGTH },
		{ 23, 1, IKE_ANSWER_NEITHER, IKE_CLAUSE_INIT_ID },
		{ 31, 0xff, IKE_ANSWER_NEITHER, IKE_CLAUSE_CHAIN },
	};
	static const uint8_t types[] = { 40, 43 };
	struct ike_answer a;
	uint8_t m[256];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const size_t n = response(types, 2, 0, SPI_R, m, sizeof(m));

		m[all[i].at] = all[i].value;
		assert_int_equal(ike_answer_read(span_of(m, n), SPI_I, &a), all[i].kind);
		assert_int_equal(a.broken.clause, all[i].clause);
		assert_true(ike_clause_text(a.broken.clause)[0] != '\0');
		assert_true(ike_clause_section(a.broken.clause)[0] == 'R' ||
			    ike_clause_section(a.broken.clause)[0] == 'r');
	}
}

static void a_nonce_of_a_wrong_size_is_said_but_no_other_kind(void **state)
{
	const struct ike_header h = {
		.spi_i = SPI_I, .spi_r = SPI_R, .version = 0x20, .exchange = 34, .flags = 0x20
	};
	static const uint8_t octets[300];
	static const struct {
		size_t n;
		bool fits;
	} all[] = { { 0, false }, { 15, false }, { 16, true }, { 256, true }, { 257, false } };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		uint8_t m[512];
		struct wcursor c = wcursor_init(m, sizeof(m));
		struct chain_writer w;
		struct ike_answer a;

		chain_writer_message(&w, &c, &h);
		chain_writer_payload(&w, 40, 0, span_of(octets, all[i].n));
		assert_ok(chain_writer_finish(&w));
		assert_int_equal(ike_answer_read(wcursor_written(&c, 0), SPI_I, &a),
				 IKE_ANSWER_RESUMED);
		assert_int_equal(a.nr.n, all[i].n);
		assert_int_equal(a.nr_fits, all[i].fits);
	}
}

/* A COOKIE or INVALID_KE_PAYLOAD answer with this much of the data. */
static bool retry(struct ike_init *r, uint16_t type, const uint8_t *data, size_t n)
{
	struct ike_answer a = { .kind = type == 17 ? IKE_ANSWER_INVALID_KE : IKE_ANSWER_COOKIE };

	a.notify.data = span_of(data, n);
	return ike_init_retry(r, &a);
}

static void only_what_can_be_is_tried_again(void **state)
{
	static const uint8_t data[65] = { 0, 19 }, not_offered[2] = { 0, 14 };
	struct suite suites[2];
	struct ike_init r = { .n_suites = 2, .suites = suites, .group = 31 };
	const uint8_t ke[32] = { 0 };

	(void)state;
	r.ke = SPAN_OF(ke);
	assert_ok(suite_from_text("aes128-sha256-x25519", &suites[0]));
	assert_ok(suite_from_text("aes128-sha256-ecp256", &suites[1]));
	assert_false(retry(&r, 16390, data, 0));
	assert_false(retry(&r, 16390, data, 65));
	assert_true(retry(&r, 16390, data, 64));
	assert_int_equal(r.cookie.n, 64);
	assert_false(retry(&r, 17, not_offered, 2));
	assert_false(retry(&r, 17, data, 1));
	assert_false(retry(&r, 17, data, 3));
	assert_int_equal(r.group, 31);
	assert_true(retry(&r, 17, data, 2));
	assert_int_equal(r.group, 19);
	assert_int_equal(r.ke.n, 0);
	assert_int_equal(r.cookie.n, 64); /* both at once (RFC 7296 section 2.6.1) */
}

/* A client and the other end's view of the same keys. */
static void make_client(struct ike_client *c)
{
	const uint8_t nonce[32] = { 1 };
	const struct ike_seed seed = { SPAN_OF(nonce), SPAN_OF(nonce), SPI_I, SPI_R };
	struct ike_keys keys;
	struct suite suite;

	memset(c, 0, sizeof(*c));
	c->spi_i = SPI_I;
	c->spi_r = SPI_R;
	assert_ok(suite_from_text("aes256gcm16-prfsha384-ecp256", &suite));
	assert_ok(ike_keys_initial(&keys, &suite, &seed, SPAN_OF(nonce)));
	ike_client_set_keys(c, &keys, 1);
	assert_int_equal(keys.sk_d.n, 0);
}

/* What the gateway sends. */
static size_t from_gateway(const struct ike_client *c, uint8_t exchange, uint8_t flags, uint32_t id,
			   const struct ike_inner *in, uint8_t *message, size_t cap)
{
	static struct sk_iv iv;
	const struct ike_header h = { .spi_i = c->spi_i,
				      .spi_r = c->spi_r,
				      .version = 0x20,
				      .exchange = exchange,
				      .flags = flags,
				      .message_id = id };
	struct wcursor out = wcursor_init(message, cap);

	assert_ok(ike_protected_seal(&out, &h, &c->keys, SK_FROM_RESPONDER, &iv, &rng_system, in));
	return wcursor_size(&out);
}

static void nothing_spoilt_verifies(void **state)
{
	uint8_t buf[256], m[512], plain[512];
	struct ike_client c;
	struct ike_inner in;
	struct ike_protected p;
	struct ike_header h;
	struct ike_broken broken;
	size_t n;

	(void)state;
	make_client(&c);
	ike_inner_init(&in, buf, sizeof(buf));
	ike_notify_write_simple(&in.w, 24, span_text("why"));
	n = from_gateway(&c, 37, 0x20, 1, &in, m, sizeof(m));
	assert_ok(ike_client_open(&c, span_of(m, n), plain, sizeof(plain), &p));
	assert_int_equal(ike_protected_error(&p), 24);
	assert_true(ike_protected_belongs(span_of(m, n), SPI_I, SPI_R, &h, &broken));
	assert_int_equal(ike_client_open(&c, span_of(m, n), plain, 3, &p), ERR_NO_SPACE);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_not_equal(ike_client_open(&c, span_of(m, cut), plain, sizeof(plain), &p),
				     ERR_OK);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		m[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(ike_client_open(&c, span_of(m, n), plain, sizeof(plain), &p),
				     ERR_OK);
		assert_int_not_equal(p.kind, IKE_PROTECTED_VERIFIED);
		m[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void a_header_that_does_not_belong_says_why(void **state)
{
	static const struct {
		uint8_t at, value;
		enum ike_clause clause;
	} all[] = {
		{ 0, 0x99, IKE_CLAUSE_SPI_I },        { 8, 0x99, IKE_CLAUSE_SPI_R },
		{ 17, 0x10, IKE_CLAUSE_VERSION },     { 18, 34, IKE_CLAUSE_EXCHANGE },
		{ 19, 8, IKE_CLAUSE_INITIATOR_FLAG }, { 26, 9, IKE_CLAUSE_LENGTH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint8_t buf[16], m[256];
		struct ike_broken broken;
		struct ike_client c;
		struct ike_inner in;
		struct ike_header h;
		size_t n;

		make_client(&c);
		ike_inner_init(&in, buf, sizeof(buf));
		n = from_gateway(&c, 37, 0x20, 1, &in, m, sizeof(m));
		m[all[i].at] = all[i].value;
		assert_false(ike_protected_belongs(span_of(m, n), SPI_I, SPI_R, &h, &broken));
		assert_int_equal(broken.clause, all[i].clause);
	}
}

static void what_is_in_clear_proves_nothing(void **state)
{
	static const uint8_t types[] = { 43, 41 };
	uint8_t m[256], plain[256];
	struct ike_protected p;
	struct ike_client c;
	const size_t n = response(types, 2, 4, SPI_R, m, sizeof(m));

	(void)state;
	make_client(&c);
	assert_int_equal(ike_client_open(&c, span_of(m, n), plain, sizeof(plain), &p), ERR_MISSING);
	assert_int_equal(p.kind, IKE_PROTECTED_CLEAR);
	assert_int_equal(p.clear_notify, 4);
	assert_int_equal(ike_protected_error(&p), 0);
}

static void message_ids_go_as_rfc_7296_has_them(void **state)
{
	struct ike_window w;

	(void)state;
	ike_window_init(&w, 1);
	assert_false(ike_window_awaits(&w, 0));
	assert_int_equal(ike_window_ask(&w), 1);
	assert_true(ike_window_awaits(&w, 1));
	assert_false(ike_window_awaits(&w, 2));
	ike_window_done(&w);
	assert_false(ike_window_awaits(&w, 1)); /* answered already */
	assert_int_equal(ike_window_ask(&w), 2);
	assert_int_equal(ike_window_judge(&w, 0), IKE_WINDOW_NEW);
	assert_int_equal(ike_window_judge(&w, UINT32_MAX), IKE_WINDOW_OUTSIDE);
	ike_window_answered(&w, 0);
	assert_int_equal(ike_window_judge(&w, 0), IKE_WINDOW_AGAIN);
	assert_int_equal(ike_window_judge(&w, 1), IKE_WINDOW_NEW);
	assert_int_equal(ike_window_judge(&w, 2), IKE_WINDOW_OUTSIDE);
}

static enum ike_inform ask(struct ike_client *c, uint8_t exchange, const struct ike_inner *in,
			   struct ike_inner *out, struct ike_delete *d)
{
	uint8_t m[512], plain[512];
	struct ike_protected p;
	const size_t n = from_gateway(c, exchange, 0, 0, in, m, sizeof(m));

	assert_ok(ike_client_open(c, span_of(m, n), plain, sizeof(plain), &p));
	return ike_inform_answer(p.header.exchange, &p.inner, out, d);
}

static void the_gateway_s_requests_are_answered(void **state)
{
	uint8_t buf[256], reply[256];
	struct ike_client c;
	struct ike_inner in, out;
	struct ike_delete d = { 0 };

	(void)state;
	make_client(&c);
	ike_inner_init(&in, buf, sizeof(buf));
	ike_inner_init(&out, reply, sizeof(reply));
	assert_int_equal(ask(&c, 37, &in, &out, &d), IKE_INFORM_ALIVE);
	assert_int_equal(ike_inner_chain(&out).n, 0);
	ike_inform_delete_child(&in, 0xcafe0001);
	assert_int_equal(ask(&c, 37, &in, &out, &d), IKE_INFORM_CHILD_DELETED);
	assert_int_equal(d.protocol, 3);
	assert_int_equal(d.n, 1);
	assert_true(d.spis[0] == 0xcafe0001);
	ike_inform_delete(&in);
	assert_int_equal(ask(&c, 37, &in, &out, &d), IKE_INFORM_DELETED);
	assert_int_equal(ike_inner_chain(&out).n, 0);
	assert_int_equal(ask(&c, 36, &in, &out, &d), IKE_INFORM_DECLINED);
	assert_int_equal(ike_inner_first(&out), 41); /* N(NO_ADDITIONAL_SAS) */
	assert_octets(ike_inner_chain(&out),
		      span_of(((const uint8_t[]){ 0, 0, 0, 8, 0, 0, 0, 35 }), 8));
}

static void a_child_is_offered_and_read(void **state)
{
	static const uint8_t rekey[] = { 33, 0, 0, 12, 3, 4, 0x40, 0x09, 0xca, 0xfe, 0, 1 };
	struct suite_esp suites[2];
	struct ike_child_offer offer = {
		.n_suites = 2, .suites = suites, .nonce = true, .rekey_of = 0xcafe0001
	};
	struct ike_broken broken;
	struct ike_child child, theirs;
	struct ike_inner in;
	struct chain chain;
	struct fault fault;
	struct ike_sa sa;
	uint8_t buf[512];

	(void)state;
	assert_ok(suite_esp_from_text("aes128gcm16", &suites[0]));
	assert_ok(suite_esp_from_text("aes256-sha256", &suites[1]));
	ike_inner_init(&in, buf, sizeof(buf));
	ike_child_write(&in, &offer, &rng_system, &child);
	assert_true(child.spi_in >= 256);
	assert_int_equal(ike_inner_first(&in), 41);
	assert_octets(span_of(ike_inner_chain(&in).p, sizeof(rekey)), SPAN_OF(rekey));
	assert_ok(chain_parse(ike_inner_chain(&in), 41, NULL, &chain, &fault));
	assert_int_equal(chain.n, 5);
	assert_ok(ike_sa_parse(&chain.at[1], &sa, &fault));
	assert_int_equal(sa.n_proposals, 2);
	assert_octets(chain.at[2].body, SPAN_OF(child.ni));
	/* two proposals are no answer */
	assert_false(ike_child_read(&chain, &offer, &theirs, &broken));
	assert_int_equal(broken.clause, IKE_CLAUSE_PROPOSAL);

	/* a gateway that took the second */
	offer.rekey_of = 0;
	offer.suites = &suites[1];
	offer.n_suites = 1;
	ike_inner_init(&in, buf, sizeof(buf));
	ike_child_write(&in, &offer, &rng_system, &child);
	assert_ok(chain_parse(ike_inner_chain(&in), 33, NULL, &chain, &fault));
	offer.suites = suites;
	offer.n_suites = 2;
	assert_true(ike_child_read(&chain, &offer, &theirs, &broken));
	assert_int_equal(theirs.spi_out, child.spi_in);
	assert_int_equal(theirs.suite.encr, 12);
	assert_octets(theirs.nr, SPAN_OF(child.ni));
	for (unsigned i = 0; i < 4; i++) {
		static const enum ike_clause clauses[] = { IKE_CLAUSE_SA_MISSING, IKE_CLAUSE_NONCE,
							   IKE_CLAUSE_TSI, IKE_CLAUSE_TSR };
		struct chain without = chain;

		without.at[i].type = 43;
		assert_false(ike_child_read(&without, &offer, &theirs, &broken));
		assert_int_equal(broken.clause, clauses[i]);
	}
}

#define PIECES 5
struct cut {
	size_t n[PIECES];
	uint8_t octets[PIECES][256];
};

/* A message of 400 octets of plaintext in pieces of 100. */
static void cut(const struct ike_client *c, struct ike_inner *in, struct cut *out)
{
	static struct sk_iv iv;
	const struct ike_header h = { .spi_i = SPI_I,
				      .spi_r = SPI_R,
				      .version = 0x20,
				      .exchange = 37,
				      .flags = 0x20,
				      .message_id = 1 };

	assert_int_equal(ike_fragments_count(in, 100), PIECES);
	assert_int_equal(ike_fragments_count(in, 0), 0);
	assert_int_equal(ike_fragments_count(in, 1), 0); /* more than 64 */
	for (unsigned i = 0; i < PIECES; i++) {
		struct wcursor w = wcursor_init(out->octets[i], sizeof(out->octets[i]));

		assert_ok(ike_fragments_seal(&w, &h, &c->keys, SK_FROM_RESPONDER, &iv, &rng_system,
					     in, 100, i + 1));
		out->n[i] = wcursor_size(&w);
	}
}

static enum ike_fragments_state take(struct ike_fragments *f, const struct ike_client *c,
				     const struct cut *pieces, unsigned i, uint8_t *plain,
				     struct ike_protected *p)
{
	return ike_fragments_take(f, span_of(pieces->octets[i], pieces->n[i]), &c->keys,
				  SK_FROM_RESPONDER, plain, 512, p);
}

static void pieces_come_together_in_any_order(void **state)
{
	static const unsigned orders[][PIECES] = { { 0, 1, 2, 3, 4 },
						   { 4, 3, 2, 1, 0 },
						   { 2, 0, 4, 1, 3 } };
	uint8_t filler[400], buf[512], store[512], plain[512];
	struct ike_fragments f;
	struct ike_protected p;
	struct ike_client c;
	struct ike_inner in;
	struct cut pieces;

	(void)state;
	for (size_t i = 0; i < sizeof(filler); i++)
		filler[i] = (uint8_t)i;
	make_client(&c);
	ike_inner_init(&in, buf, sizeof(buf));
	ike_notify_write_simple(&in.w, 40000, SPAN_OF(filler));
	cut(&c, &in, &pieces);
	for (unsigned o = 0; o < 3; o++) {
		ike_fragments_init(&f, store, sizeof(store));
		for (unsigned i = 0; i < PIECES; i++) {
			const enum ike_fragments_state s =
			    take(&f, &c, &pieces, orders[o][i], plain, &p);

			assert_int_equal(s,
					 i + 1 < PIECES ? IKE_FRAGMENTS_MORE : IKE_FRAGMENTS_WHOLE);
			/* the same piece once more changes nothing */
			if (i + 1 < PIECES)
				assert_int_equal(take(&f, &c, &pieces, orders[o][i], plain, &p),
						 IKE_FRAGMENTS_MORE);
		}
		assert_int_equal(p.inner.n, 1);
		assert_octets(span_of(&p.inner.at[0].body.p[4], 400), SPAN_OF(filler));
	}
	/* a spoilt piece is refused, and the right one still counts; too little room is said */
	ike_fragments_init(&f, store, sizeof(store));
	pieces.octets[1][60] ^= 1;
	assert_int_equal(take(&f, &c, &pieces, 1, plain, &p), IKE_FRAGMENTS_REFUSED);
	assert_int_equal(p.broken.clause, IKE_CLAUSE_INTEGRITY);
	assert_int_equal(f.got, 0);
	pieces.octets[1][60] ^= 1;
	ike_fragments_init(&f, store, 150);
	assert_int_equal(take(&f, &c, &pieces, 1, plain, &p), IKE_FRAGMENTS_MORE);
	assert_int_equal(take(&f, &c, &pieces, 2, plain, &p), IKE_FRAGMENTS_REFUSED);
	assert_int_equal(p.broken.clause, IKE_CLAUSE_FRAGMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_told_apart_as_rule_7_says),
		cmocka_unit_test(what_is_no_answer_says_which_clause_it_breaks),
		cmocka_unit_test(a_nonce_of_a_wrong_size_is_said_but_no_other_kind),
		cmocka_unit_test(only_what_can_be_is_tried_again),
		cmocka_unit_test(nothing_spoilt_verifies),
		cmocka_unit_test(a_header_that_does_not_belong_says_why),
		cmocka_unit_test(what_is_in_clear_proves_nothing),
		cmocka_unit_test(message_ids_go_as_rfc_7296_has_them),
		cmocka_unit_test(the_gateway_s_requests_are_answered),
		cmocka_unit_test(a_child_is_offered_and_read),
		cmocka_unit_test(pieces_come_together_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
