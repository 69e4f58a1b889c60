/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 7296 sections 3.1, 3.2, 2.5: header, chains, critical payloads, the writer. */
#include "check.h"

static void test_header_of_the_syn_request(void **state)
{
	struct octets o = octets_hex(known_ike[KNOWN_SYN_REQUEST].hex);
	struct ike_header h;
	struct chain chain;

	(void)state;
	assert_err(ERR_OK, chain_parse_message(octets_span(&o), &h, &chain, NULL));
	assert_true(h.spi_i == 0xa1a2a3a4a5a6a7a8);
	assert_true(h.spi_r == 0);
	assert_int_equal(h.next_payload, PAYLOAD_SA);
	assert_int_equal(h.version, IKE_VERSION_2);
	assert_int_equal(h.exchange, EXCHANGE_IKE_SA_INIT);
	assert_int_equal(h.flags, IKE_FLAG_INITIATOR);
	assert_int_equal(h.message_id, 0);
	assert_int_equal(h.length, 189);
	assert_int_equal(chain.n, 5);
	assert_int_equal(chain.at[3].type, 200);
	assert_int_equal(chain.at[3].offset, 28 + 48 + 40 + 36);
	assert_octets(chain.at[3].body, HEX_INDEX4);
	assert_int_equal(chain_count(&chain, PAYLOAD_NONCE), 1);
	assert_null(chain_find(&chain, PAYLOAD_NOTIFY));
	assert_true(ike_vendor_find_profile_1(&chain));
	octets_free(&o);
}

static void test_encrypted_payload_ends_the_chain(void **state)
{
	struct octets o = octets_hex("23 00 0008 01020304");
	struct octets trailing = octets_hex("23 00 0008 01020304 00");
	struct chain chain;
	struct fault f;

	(void)state;
	assert_err(ERR_OK, chain_parse(octets_span(&o), PAYLOAD_SK, NULL, &chain, NULL));
	assert_int_equal(chain.n, 1);
	assert_int_equal(chain.at[0].next, PAYLOAD_IDI);
	assert_err(ERR_OK, chain_parse(octets_span(&o), PAYLOAD_SKF, NULL, &chain, NULL));
	assert_err(ERR_TRAILING, chain_parse(octets_span(&trailing), PAYLOAD_SK, NULL, &chain, &f));
	assert_int_equal(f.offset, 8);
	octets_free(&o);
	octets_free(&trailing);
}

static void check_chain(uint8_t first, const char *hex, enum err expected, size_t offset,
			unsigned kept)
{
	struct octets o = octets_hex(hex);
	struct chain chain;
	struct fault f = { .err = ERR_OK };

	assert_err(expected, chain_parse(octets_span(&o), first, NULL, &chain, &f));
	assert_err(expected, f.err);
	assert_int_equal(chain.n, kept);
	if (expected != ERR_OK)
		assert_int_equal(f.offset, offset);
	octets_free(&o);
}

static void test_broken_chains(void **state)
{
	(void)state;
	check_chain(0, "", ERR_OK, 0, 0);
	check_chain(40, "00 00 0004", ERR_OK, 0, 1);
	check_chain(0, "00", ERR_CHAIN, 0, 0);
	check_chain(40, "00 00 0004 00", ERR_CHAIN, 4, 1);
	check_chain(40, "29 00 0004", ERR_TRUNCATED, 4, 1);
	check_chain(40, "", ERR_TRUNCATED, 0, 0);
	check_chain(40, "00 00 00", ERR_TRUNCATED, 2, 0);
	check_chain(40, "00 00 0000", ERR_LENGTH, 2, 0);
	check_chain(40, "00 00 0003", ERR_LENGTH, 2, 0);
	check_chain(40, "00 00 0005", ERR_TRUNCATED, 2, 0);
	check_chain(40, "00 00 ffff", ERR_TRUNCATED, 2, 0);
	/* RESERVED bits are ignored, and the chain is followed by Next Payload alone */
	check_chain(40, "c8 7f 0004 00 ff 0005 aa", ERR_OK, 0, 2);
}

static void check_many(unsigned n, enum err expected)
{
	uint8_t buf[260 * 4] = { 0 };
	struct chain chain;
	struct octets o;
	struct fault f;

	for (unsigned i = 0; i < n; i++) {
		buf[4 * i] = i + 1 < n ? PAYLOAD_VENDOR : 0;
		buf[4 * i + 3] = 4;
	}
	o = octets_copy(span_of(buf, (size_t)4 * n));
	assert_err(expected, chain_parse(octets_span(&o), PAYLOAD_VENDOR, NULL, &chain, &f));
	assert_int_equal(chain.n, n < 256 ? n : 256);
	octets_free(&o);
}

static void test_256_payloads_and_no_more(void **state)
{
	(void)state;
	check_many(64, ERR_OK);
	check_many(256, ERR_OK);
	check_many(257, ERR_TOO_MANY);
	check_many(260, ERR_TOO_MANY);
}

static void check_header(size_t at, uint8_t octet, enum err expected)
{
	struct octets o = octets_hex(known_ike[KNOWN_SYN_REQUEST].hex);
	struct ike_header h;
	struct fault f = { .err = ERR_OK };

	o.p[at] = octet;
	assert_err(expected, ike_header_parse(octets_span(&o), &h, &f));
	assert_true(h.spi_i != 0); /* filled in, so that the caller can answer */
	if (expected != ERR_OK)
		assert_int_equal(f.offset, at == 27 ? 24 : at);
	octets_free(&o);
}

static void check_two(size_t at, uint8_t octet, size_t at2, uint8_t octet2, enum err expected)
{
	struct octets o = octets_hex(known_ike[KNOWN_SYN_REQUEST].hex);
	struct ike_header h;

	o.p[at] = octet;
	o.p[at2] = octet2;
	assert_err(expected, ike_header_parse(octets_span(&o), &h, NULL));
	octets_free(&o);
}

static void test_header_rules(void **state)
{
	(void)state;
	check_header(17, 0x10, ERR_VERSION);
	check_header(17, 0x30, ERR_VERSION);
	check_header(17, 0x2f, ERR_OK); /* the minor version is ignored (RFC 7296 2.5) */
	check_header(27, 188, ERR_LENGTH);
	check_header(27, 190, ERR_LENGTH);
	check_two(27, 190, 17, 0x30, ERR_LENGTH); /* no IKE of any version: Length first */
}

static void check_critical(uint8_t type, uint8_t flags, enum err expected)
{
	struct chain chain = { .n = 1, .at = { { .type = type, .flags = flags } } };
	uint8_t unknown = 0;

	assert_err(expected, chain_check_critical(&chain, 200, &unknown));
	assert_int_equal(unknown, expected == ERR_OK ? 0 : type);
}

static void test_critical_rule(void **state)
{
	(void)state;
	for (unsigned type = 1; type < 256; type++) {
		bool known = (type >= 33 && type <= 48) || type == 53 || type == 200;

		check_critical((uint8_t)type, 0x00, ERR_OK);
		check_critical((uint8_t)type, 0x7f, ERR_OK);
		check_critical((uint8_t)type, 0x80, known ? ERR_OK : ERR_CRITICAL);
	}
}

static void must_fail(struct span s, size_t whole, const void *data)
{
	struct chain chain;
	struct ike_header h;
	struct fault f;
	struct octets patched;

	(void)whole;
	(void)data;
	assert_true(chain_parse_message(s, &h, &chain, &f) != ERR_OK);
	if (s.n < IKE_HEADER_SIZE)
		return;
	/* The same with a Length that fits: now the chain is what ends too early. */
	patched = octets_copy(s);
	patched.p[26] = (uint8_t)(s.n >> 8);
	patched.p[27] = (uint8_t)s.n;
	assert_true(chain_parse_message(octets_span(&patched), &h, &chain, &f) != ERR_OK);
	(void)reparse_message(octets_span(&patched));
	octets_free(&patched);
}

static void must_hold(struct span s, size_t whole, const void *data)
{
	(void)whole;
	(void)data;
	(void)reparse_message(s);
}

static void test_messages_cut_and_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < known_ike_n; i++) {
		struct octets o = octets_hex(known_ike[i].hex);

		assert_err(ERR_OK, reparse_message(octets_span(&o)));
		for_each_prefix(octets_span(&o), must_fail, NULL);
		for_each_flip(octets_span(&o), must_hold, NULL);
		octets_free(&o);
	}
}

static enum err write_syn_request(struct wcursor *c)
{
	struct ike_header h = { .spi_i = 0xa1a2a3a4a5a6a7a8,
				.version = IKE_VERSION_2,
				.exchange = EXCHANGE_IKE_SA_INIT,
				.flags = IKE_FLAG_INITIATOR };
	struct index ix = { .spi = 0x0102030405060708 };
	struct octets bytes = octets_hex(HEX_32);
	struct ike_sa sa = { .n_proposals = 0 };
	struct chain_writer w;
	enum err err;

	assert_true(ike_sa_add_proposal(&sa, PROTOCOL_IKE, SPAN_NONE));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_ENCR, ENCR_AES_CBC, 128));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0));
	assert_true(ike_sa_add_transform(&sa, TRANSFORM_DH, DH_X25519, 0));
	assert_err(ERR_OK, address_from_text("192.0.2.1", &ix.address));
	chain_writer_message(&w, c, &h);
	ike_sa_write(&w, &sa);
	ike_ke_write(&w, DH_X25519, octets_span(&bytes));
	ike_nonce_write(&w, octets_span(&bytes));
	ike_syn_write(&w, 200, &ix);
	ike_vendor_write_profile_1(&w);
	err = chain_writer_finish(&w);
	octets_free(&bytes);
	return err;
}

static void test_writer_makes_the_figure(void **state)
{
	uint8_t buf[256];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	(void)state;
	assert_err(ERR_OK, write_syn_request(&c));
	assert_octets(wcursor_written(&c, 0), known_ike[KNOWN_SYN_REQUEST].hex);
}

static void test_writer_stays_within_its_buffer(void **state)
{
	(void)state;
	for (size_t cap = 0; cap < 189; cap++) {
		struct octets out = octets_copy(span_of(known_ike[0].hex, cap));
		struct wcursor c = wcursor_init(out.p, cap);

		assert_err(ERR_NO_SPACE, write_syn_request(&c));
		octets_free(&out);
	}
}

static void test_writer_refuses_a_payload_above_65535(void **state)
{
	static uint8_t buf[70000], body[65532];
	struct wcursor c = wcursor_init(buf, sizeof(buf));
	struct chain_writer w;

	(void)state;
	wcursor_u8(&c, 0);
	chain_writer_init(&w, &c, 0);
	chain_writer_payload(&w, PAYLOAD_VENDOR, 0, span_of(body, 65531));
	assert_err(ERR_OK, c.err);
	c = wcursor_init(buf, sizeof(buf));
	wcursor_u8(&c, 0);
	chain_writer_init(&w, &c, 0);
	chain_writer_payload(&w, PAYLOAD_VENDOR, 0, span_of(body, 65532));
	assert_err(ERR_NO_SPACE, c.err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_of_the_syn_request),
		cmocka_unit_test(test_encrypted_payload_ends_the_chain),
		cmocka_unit_test(test_broken_chains),
		cmocka_unit_test(test_256_payloads_and_no_more),
		cmocka_unit_test(test_header_rules),
		cmocka_unit_test(test_critical_rule),
		cmocka_unit_test(test_messages_cut_and_flipped),
		cmocka_unit_test(test_writer_makes_the_figure),
		cmocka_unit_test(test_writer_stays_within_its_buffer),
		cmocka_unit_test(test_writer_refuses_a_payload_above_65535),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
