/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the probe's client sends, octet by octet where RFC 7296 and the wire profile say which, and
 * how it judges what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run/evidence.h"
#include "client/auth.h"
#include "client/resume.h"
#include "keys/auth.h"

#define SYN_TYPE 200

static struct target target;
static struct probe probe;
static struct evidence *evidence;
static const struct probe_case nobody = {
	.id = "T00", .title = "test", .source = "", .required = "", .causes = ""
};

/* On loopback, so that a transport can be made; nothing is sent. */
static struct client *new_client(void)
{
	struct client *c = client_new(&probe, evidence, &target.gateway, NULL);

	assert_non_null(c);
	return c;
}

static struct init_request request_with(const char *suite)
{
	struct suite s;
	const struct index ix = { 0x0102030405060708u, { 4, { 192, 0, 2, 1 } } };

	assert_int_equal(suite_from_text(suite, &s), ERR_OK);
	return init_request_of(&s, &ix);
}

static void parse(const GByteArray *m, struct ike_header *h, struct chain *chain)
{
	struct fault fault;

	assert_int_equal(chain_parse_message(span_of(m->data, m->len), h, chain, &fault), ERR_OK);
}

static void a_syn_request_has_everything_a_fallback_needs(void **state)
{
	static const uint8_t syn[] = { 1, 2, 3, 4, 5, 6, 7, 8, 192, 0, 2, 1 };
	const struct init_request r = request_with("aes128-sha256-x25519");
	struct client *c = new_client();
	const struct chain_payload *p;
	struct ike_header h;
	struct chain chain;

	(void)state;
	assert_true(init_build(c, &r));
	parse(c->request, &h, &chain);
	/* wire profile rule 2 and RFC 7296 section 3.1 */
	assert_int_equal(h.exchange, 34);
	assert_int_equal(h.flags, 0x08);
	assert_int_equal(h.message_id, 0);
	assert_int_equal(h.spi_r, 0);
	assert_true(h.spi_i != 0);
	assert_int_equal(chain_count(&chain, 33), 1);
	assert_int_equal(chain_count(&chain, 34), 1);
	assert_int_equal(chain_count(&chain, 40), 1);
	assert_int_equal(chain_count(&chain, SYN_TYPE), 1);
	assert_int_equal(chain_find(&chain, 40)->body.n, 32);
	p = chain_find(&chain, SYN_TYPE);
	assert_true(span_equal(p->body, SPAN_OF(syn)));
	assert_int_equal(p->flags, 0); /* C=0, rule 3 */
	p = chain_find(&chain, 43);
	assert_non_null(p);
	assert_true(span_equal(p->body, span_text("ikesync profile 1")));
	client_free(c);
}

static void a_cookie_changes_nothing_but_itself(void **state)
{
	static const uint8_t cookie[] = { 9, 8, 7 };
	struct init_request r = request_with("aes128-sha256-x25519");
	struct client *c = new_client();
	struct chain before, after;
	struct ike_notify n;
	struct ike_header h;
	struct fault fault;
	GByteArray *first;

	(void)state;
	assert_true(init_build(c, &r));
	first = g_byte_array_append(g_byte_array_new(), c->request->data, c->request->len);
	parse(first, &h, &before);
	r.cookie = SPAN_OF(cookie);
	assert_true(init_build(c, &r));
	parse(c->request, &h, &after);
	/* RFC 7296 section 2.6: N(COOKIE) as the first payload, all others unchanged */
	assert_int_equal(after.n, before.n + 1);
	assert_int_equal(ike_notify_parse(&after.at[0], &n, &fault), ERR_OK);
	assert_int_equal(n.type, 16390);
	assert_true(span_equal(n.data, SPAN_OF(cookie)));
	for (unsigned i = 0; i < before.n; i++) {
		assert_int_equal(before.at[i].type, after.at[i + 1].type);
		assert_true(span_equal(before.at[i].body, after.at[i + 1].body));
	}
	g_byte_array_unref(first);
	client_free(c);
}

static void syn_can_be_placed_and_spoilt(void **state)
{
	struct init_request r = request_with("aes128-sha256-x25519");
	uint8_t body[13] = { 0 };
	struct client *c = new_client();
	struct ike_header h;
	struct fault fault;
	struct chain chain;

	(void)state;
	r.position = INIT_FIRST;
	assert_true(init_build(c, &r));
	parse(c->request, &h, &chain);
	assert_int_equal(chain.at[0].type, SYN_TYPE);
	r.position = INIT_LAST;
	r.syn_flags = CHAIN_CRITICAL;
	assert_true(init_build(c, &r));
	parse(c->request, &h, &chain);
	assert_int_equal(chain.at[chain.n - 1].type, SYN_TYPE);
	assert_int_equal(chain.at[chain.n - 1].flags, 0x80);
	r.syn = INIT_SYN_RAW;
	r.syn_body = span_of(body, 13);
	assert_true(init_build(c, &r));
	parse(c->request, &h, &chain);
	assert_int_equal(chain.at[chain.n - 1].body.n, 13);
	/* A lie breaks the chain: the message's own length stays right. */
	r.lie_length = true;
	r.length = 65535;
	assert_true(init_build(c, &r));
	assert_int_not_equal(
	    chain_parse_message(span_of(c->request->data, c->request->len), &h, &chain, &fault),
	    ERR_OK);
	assert_int_equal(h.length, c->request->len);
	assert_int_equal(c->request->data[c->request->len - 15], 0xff);
	assert_int_equal(c->request->data[c->request->len - 14], 0xff);
	client_free(c);
}

/* A response made of payload types, each with a small body. */
static GByteArray *response(uint64_t spi_i, uint64_t spi_r, const uint8_t *types, size_t n,
			    uint16_t notify)
{
	const struct ike_header h = { .spi_i = spi_i,
				      .spi_r = spi_r,
				      .version = IKE_VERSION_2,
				      .exchange = 34,
				      .flags = IKE_FLAG_RESPONSE };
	static const uint8_t body[36] = { 0, 31 };
	uint8_t message[1024];
	struct wcursor c = wcursor_init(message, sizeof(message));
	struct chain_writer w;

	chain_writer_message(&w, &c, &h);
	for (size_t i = 0; i < n; i++) {
		if (types[i] == PAYLOAD_NOTIFY)
			ike_notify_write_simple(&w, notify, span_of(body, 2));
		else if (types[i] == PAYLOAD_VENDOR)
			ike_vendor_write_profile_1(&w);
		else
			chain_writer_payload(&w, types[i], 0, SPAN_OF(body));
	}
	assert_int_equal(chain_writer_finish(&w), ERR_OK);
	return g_byte_array_append(g_byte_array_new(), message, (guint)wcursor_size(&c));
}

static void expect_kind(enum ike_answer_kind kind, uint64_t spi_r, const uint8_t *types, size_t n,
			uint16_t notify)
{
	GByteArray *m = response(7, spi_r, types, n, notify);
	struct init_answer a;

	assert_true(init_read(span_of(m->data, m->len), 7, &a));
	assert_int_equal(a.said.kind, kind);
	init_answer_clear(&a);
	/* another client's answer is none */
	assert_false(init_read(span_of(m->data, m->len), 8, &a));
	for (guint cut = 0; cut < m->len; cut++) {
		assert_false(init_read(span_of(m->data, cut), 7, &a));
		init_answer_clear(&a);
	}
	g_byte_array_unref(m);
}

#define TYPES(...) ((const uint8_t[]){ __VA_ARGS__ }), sizeof((const uint8_t[]){ __VA_ARGS__ })

static void answers_are_told_apart_as_rule_7_says(void **state)
{
	(void)state;
	expect_kind(IKE_ANSWER_RESUMED, 1, TYPES(40), 0);
	expect_kind(IKE_ANSWER_RESUMED, 1, TYPES(40, 43, 41), 16388);
	expect_kind(IKE_ANSWER_ORDINARY, 1, TYPES(33, 34, 40), 0);
	expect_kind(IKE_ANSWER_ORDINARY, 1, TYPES(33, 34, 40, 43, 41, 38), 16388);
	expect_kind(IKE_ANSWER_COOKIE, 0, TYPES(41), 16390);
	expect_kind(IKE_ANSWER_INVALID_KE, 0, TYPES(41), 17);
	expect_kind(IKE_ANSWER_ERROR, 0, TYPES(41), 14);
	expect_kind(IKE_ANSWER_NEITHER, 0, TYPES(40), 0);     /* SPIr zero */
	expect_kind(IKE_ANSWER_NEITHER, 1, TYPES(33, 40), 0); /* SA without KE */
	expect_kind(IKE_ANSWER_NEITHER, 1, TYPES(34, 40), 0); /* KE without SA */
	expect_kind(IKE_ANSWER_NEITHER, 1, TYPES(33, 34), 0); /* no Nr */
	expect_kind(IKE_ANSWER_NEITHER, 1, TYPES(40, 38),
		    0); /* Nr and something that does not belong there */
	expect_kind(IKE_ANSWER_NEITHER, 1, TYPES(41), 16388); /* nothing at all */
}

static struct client *resumed_client(struct old_sa *old)
{
	static const uint8_t types[] = { 40, 43 };
	const struct init_request r = request_with("aes256-sha384-ecp256");
	struct client *c = new_client();
	struct init_answer a;
	GByteArray *m;

	*old = (struct old_sa){ .suite = r.suites[0], .index = r.index, .spi_i = 3, .spi_r = 4 };
	old->sk_d.n = 48;
	memset(old->sk_d.octets, 0x5c, 48);
	assert_true(init_build(c, &r));
	m = response(c->sa.spi_i, 0x1234, types, sizeof(types), 0);
	assert_true(init_read(span_of(m->data, m->len), c->sa.spi_i, &a));
	init_take(c, &a);
	assert_true(resume_derive(c, old));
	init_answer_clear(&a);
	g_byte_array_unref(m);
	return c;
}

/* Open what the client sealed, as the gateway would. */
static void open_request(struct client *c, const GByteArray *m, struct protected_answer *out)
{
	assert_int_equal(
	    protected_open(&c->sa.keys, SK_FROM_INITIATOR, span_of(m->data, m->len), out), ERR_OK);
	assert_int_equal(out->header.message_id, 1);
	assert_int_equal(out->header.flags, IKE_FLAG_INITIATOR);
	assert_int_equal(out->header.spi_r, 0x1234);
}

static void message_id_1_carries_bind(void **state)
{
	struct resume_knobs knobs = { 0 };
	struct protected_answer a;
	struct ike_notify n;
	uint8_t mac[64];
	struct old_sa old;
	struct client *c = resumed_client(&old);
	struct ike_child child;
	GByteArray *m;

	(void)state;
	/* rule 12: prf(SK_pi, "ikesync bind" | request | response), whole */
	assert_int_equal(prf(c->sa.keys.suite.prf, secret_peek(&c->sa.keys.sk_pi),
			     (struct span[]){ span_text("ikesync bind"),
					      span_of(c->request->data, c->request->len),
					      span_of(c->response->data, c->response->len) },
			     3, mac),
			 ERR_OK);
	m = resume_confirmation(c, &knobs, &child);
	open_request(c, m, &a);
	assert_int_equal(a.header.exchange, 37);
	assert_true(ike_notify_find(&a.inner, 49501, &n));
	assert_true(span_equal(n.data, span_of(mac, 48)));
	protected_answer_clear(&a);
	g_byte_array_unref(m);

	knobs.bind = IKE_BIND_WRONG;
	m = resume_confirmation(c, &knobs, &child);
	open_request(c, m, &a);
	assert_true(ike_notify_find(&a.inner, 49501, &n));
	assert_int_equal(n.data.n, 48);
	assert_false(span_equal(n.data, span_of(mac, 48)));
	protected_answer_clear(&a);
	g_byte_array_unref(m);

	knobs.bind = IKE_BIND_ABSENT;
	knobs.create_child = true;
	m = resume_confirmation(c, &knobs, &child);
	open_request(c, m, &a);
	assert_int_equal(a.header.exchange, 36);
	assert_false(ike_notify_find(&a.inner, 49501, &n));
	assert_non_null(chain_find(&a.inner, 33));
	assert_non_null(chain_find(&a.inner, 40));
	assert_non_null(chain_find(&a.inner, 44));
	assert_non_null(chain_find(&a.inner, 45));
	protected_answer_clear(&a);
	g_byte_array_unref(m);

	knobs.break_icv = true;
	m = resume_confirmation(c, &knobs, &child);
	assert_int_equal(
	    protected_open(&c->sa.keys, SK_FROM_INITIATOR, span_of(m->data, m->len), &a),
	    ERR_INTEGRITY);
	assert_int_equal(a.kind, PROTECTED_UNVERIFIED);
	protected_answer_clear(&a);
	g_byte_array_unref(m);
	client_vanish(c);
}

static void an_unprotected_answer_is_told_from_a_verified_one(void **state)
{
	static const uint8_t types[] = { 41 };
	struct protected_answer a;
	struct old_sa old;
	struct client *c = resumed_client(&old);
	GByteArray *m = response(c->sa.spi_i, c->sa.spi_r, types, 1, NOTIFY_INVALID_IKE_SPI);

	(void)state;
	assert_int_not_equal(
	    protected_open(&c->sa.keys, SK_FROM_RESPONDER, span_of(m->data, m->len), &a), ERR_OK);
	assert_int_equal(a.kind, PROTECTED_CLEAR);
	assert_int_equal(a.clear_notify, 4);
	protected_answer_clear(&a);
	g_byte_array_unref(m);
	client_vanish(c);
}

static void an_index_is_read_or_refused(void **state)
{
	static const uint8_t good[] = { 0, 0, 0, 0, 0, 0, 0, 9, 198, 51, 100, 7 };
	static const uint8_t *const bodies[] = { good, good };
	static const size_t sizes[] = { 12, 11 };
	struct client *c = new_client();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fault fault;
		struct chain chain;
		struct inner in;

		inner_init(&in);
		ike_notify_write_simple(&in.in.w, 49500, span_of(bodies[i], sizes[i]));
		assert_int_equal(chain_parse(span_of(&in.octets[1], wcursor_size(&in.in.c) - 1),
					     in.octets[0], NULL, &chain, &fault),
				 ERR_OK);
		c->sa.has_index = false;
		assert_int_equal(auth_read_index(c, &chain), i == 0);
		assert_int_equal(c->sa.has_index, i == 0);
	}
	assert_int_equal(c->sa.index.spi, 9);
	assert_int_equal(c->sa.index.address.octets[3], 7);
	client_free(c);
}

/* The row that Wireshark wants; what the keys decrypt is checked on captures (tests/dissect). */
static void decryption_lines_have_wireshark_s_form(void **state)
{
	struct ike_keys keys = { 0 };
	char *line;

	(void)state;
	assert_int_equal(suite_from_text("aes128-sha256-x25519", &keys.suite), ERR_OK);
	keys.sk_ei = (struct secret){ 2, { 0xaa, 0x01 } };
	keys.sk_er = (struct secret){ 2, { 0xbb, 0x02 } };
	keys.sk_ai = (struct secret){ 2, { 0xcc, 0x03 } };
	keys.sk_ar = (struct secret){ 2, { 0xdd, 0x04 } };
	line = client_decryption_line(&keys, 0x11, 0x22);
	assert_string_equal(line, "0000000000000011,0000000000000022,aa01,bb02,\"AES-CBC-128 "
				  "[RFC3602]\",cc03,dd04,\"HMAC_SHA2_256_128 [RFC4868]\"");
	g_free(line);
	assert_int_equal(suite_from_text("aes256gcm16-prfsha384-ecp256", &keys.suite), ERR_OK);
	keys.sk_ai.n = keys.sk_ar.n = 0;
	line = client_decryption_line(&keys, 0x11, 0x22);
	assert_string_equal(line, "0000000000000011,0000000000000022,aa01,bb02,\"AES-GCM-256 with "
				  "16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"");
	g_free(line);
	assert_int_equal(suite_from_text("chacha20poly1305-prfsha256-x25519", &keys.suite), ERR_OK);
	assert_null(client_decryption_line(&keys, 0x11, 0x22));
}

static int setup(void **state)
{
	(void)state;
	target.syn_payload_type = SYN_TYPE;
	target.timers = (struct target_timers){
		.provisional = 3000, .commit = 2000, .retransmit = 100, .answer = 300
	};
	target.client.n_esp = 1;
	if (suite_esp_from_text("aes128gcm16", &target.client.esp[0]) != ERR_OK ||
	    endpoint_from_text("127.0.0.1:9", 0, &target.gateway.ike) != ERR_OK)
		return -1;
	target.gateway.given = true;
	probe.target = &target;
	evidence = evidence_new(&nobody, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	evidence_free(evidence);
	if (probe.ike_free)
		probe.ike_free(probe.ike);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_request_has_everything_a_fallback_needs),
		cmocka_unit_test(a_cookie_changes_nothing_but_itself),
		cmocka_unit_test(syn_can_be_placed_and_spoilt),
		cmocka_unit_test(answers_are_told_apart_as_rule_7_says),
		cmocka_unit_test(message_id_1_carries_bind),
		cmocka_unit_test(an_unprotected_answer_is_told_from_a_verified_one),
		cmocka_unit_test(an_index_is_read_or_refused),
		cmocka_unit_test(decryption_lines_have_wireshark_s_form),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
