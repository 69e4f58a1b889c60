/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every payload of RFC 7296 and SKF: known octets, round trip, truncation, bit flips, and its own
 * rules. */
#include "check.h"

static struct chain_payload payload(uint8_t type, struct span body)
{
	return (struct chain_payload){ .type = type, .offset = 100, .body = body };
}

static struct octets known(const char *name)
{
	for (size_t i = 0; i < known_payloads_n; i++)
		if (strcmp(known_payloads[i].name, name) == 0)
			return octets_hex(known_payloads[i].hex);
	fail_msg("no such payload: %s", name);
	return (struct octets){ NULL, 0 };
}

static void check_prefix(struct span s, size_t whole, const void *data)
{
	const struct known_payload *k = data;
	struct chain_payload p = payload(k->type, s);
	enum err err = reparse_payload(&p);

	(void)whole;
	if (k->strict || s.n < k->fixed)
		assert_true(err != ERR_OK);
}

static void check_flip(struct span s, size_t whole, const void *data)
{
	const struct known_payload *k = data;
	struct chain_payload p = payload(k->type, s);

	(void)whole;
	(void)reparse_payload(&p);
}

static void test_known_payloads(void **state)
{
	(void)state;
	for (size_t i = 0; i < known_payloads_n; i++) {
		struct octets o = octets_hex(known_payloads[i].hex);
		struct chain_payload p = payload(known_payloads[i].type, octets_span(&o));

		assert_err(ERR_OK, reparse_payload(&p));
		for_each_prefix(octets_span(&o), check_prefix, &known_payloads[i]);
		for_each_flip(octets_span(&o), check_flip, &known_payloads[i]);
		octets_free(&o);
	}
}

static void check_verdict(uint8_t type, const char *hex, enum err expected)
{
	struct octets o = octets_hex(hex);
	struct chain_payload p = payload(type, octets_span(&o));

	assert_err(expected, reparse_payload(&p));
	octets_free(&o);
}

/* A writer under test and the octets of one payload, generic header included. */
static uint8_t out_buf[1024];
static struct wcursor out;
static struct chain_writer out_chain;

static struct chain_writer *writer(void)
{
	out = wcursor_init(out_buf, sizeof(out_buf));
	wcursor_u8(&out, 0);
	chain_writer_init(&out_chain, &out, 0);
	return &out_chain;
}

static void assert_written(uint8_t type, const char *name)
{
	struct octets body = known(name);

	assert_err(ERR_OK, out.err);
	assert_int_equal(out_buf[0], type);
	assert_int_equal(out_buf[1], 0);
	assert_int_equal(out_buf[2], 0);
	assert_int_equal(out_buf[3] << 8 | out_buf[4], body.n + 4);
	assert_int_equal(wcursor_size(&out), body.n + 5);
	assert_memory_equal(&out_buf[5], body.p, body.n);
	octets_free(&body);
}

static void test_sa(void **state)
{
	struct octets o = known("SA, two ESP proposals");
	struct chain_payload p = payload(PAYLOAD_SA, octets_span(&o));
	static struct ike_sa sa;

	(void)state;
	assert_err(ERR_OK, ike_sa_parse(&p, &sa, NULL));
	assert_int_equal(sa.n_proposals, 2);
	assert_int_equal(sa.n_transforms, 5);
	assert_int_equal(sa.proposals[1].number, 2);
	assert_int_equal(sa.proposals[1].protocol, PROTOCOL_ESP);
	assert_int_equal(sa.proposals[1].spi_size, 4);
	assert_octets(span_of(sa.proposals[1].spi, 4), "c0ffee01");
	assert_int_equal(sa.proposals[1].first, 2);
	assert_int_equal(sa.proposals[1].count, 3);
	assert_int_equal(sa.transforms[0].id, ENCR_AES_GCM_16);
	assert_int_equal(sa.transforms[0].key_bits, 256);
	assert_int_equal(sa.transforms[3].type, TRANSFORM_INTEG);
	assert_int_equal(sa.transforms[3].key_bits, 0);
	ike_sa_write(writer(), &sa);
	assert_written(PAYLOAD_SA, "SA, two ESP proposals");
	octets_free(&o);
}

static void test_sa_attributes(void **state)
{
	/* a TLV attribute of an unknown type, then a Key Length in the long form */
	struct octets o = octets_hex("00 00 0028 01 01 00 02"
				     "03 00 0018 01 00 000c 800e 0080 0005 0004 01020304 8007 0001"
				     "00 00 0008 02 00 0005");
	struct octets long_form = octets_hex("00 00 0016 01 01 00 01"
					     "00 00 000e 01 00 000c 000e 0002 0080");
	struct chain_payload p = payload(PAYLOAD_SA, octets_span(&o));
	static struct ike_sa sa;

	(void)state;
	assert_err(ERR_OK, ike_sa_parse(&p, &sa, NULL));
	assert_int_equal(sa.transforms[0].key_bits, 128);
	assert_true(sa.transforms[0].unknown_attribute);
	assert_false(sa.transforms[1].unknown_attribute);
	p = payload(PAYLOAD_SA, octets_span(&long_form));
	assert_err(ERR_OK, ike_sa_parse(&p, &sa, NULL));
	assert_true(sa.transforms[0].unknown_attribute);
	assert_int_equal(sa.transforms[0].key_bits, 0);
	octets_free(&o);
	octets_free(&long_form);
	/* a Key Length of zero, and two of them */
	o = octets_hex("00 00 0014 01 01 00 01 00 00 000c 01 00 000c 800e 0000");
	p = payload(PAYLOAD_SA, octets_span(&o));
	assert_err(ERR_OK, ike_sa_parse(&p, &sa, NULL));
	assert_true(sa.transforms[0].unknown_attribute);
	octets_free(&o);
	o = octets_hex("00 00 0018 01 01 00 01 00 00 0010 01 00 000c 800e 0080 800e 0100");
	p = payload(PAYLOAD_SA, octets_span(&o));
	assert_err(ERR_OK, ike_sa_parse(&p, &sa, NULL));
	assert_true(sa.transforms[0].unknown_attribute);
	octets_free(&o);
}

static void test_sa_rules(void **state)
{
	(void)state;
	check_verdict(33, "", ERR_TRUNCATED);
	/* Last Substruc says more, and there is none; says last, and there is more */
	check_verdict(33, "02 00 0010 01 01 00 01 00 00 0008 02 00 0005", ERR_TRUNCATED);
	check_verdict(33, "00 00 0010 01 01 00 01 00 00 0008 02 00 0005 00", ERR_TRAILING);
	check_verdict(33, "01 00 0010 01 01 00 01 00 00 0008 02 00 0005", ERR_VALUE);
	check_verdict(33, "00 00 0010 01 01 00 01 03 00 0008 02 00 0005", ERR_TRUNCATED);
	check_verdict(33, "00 00 0010 01 01 00 01 02 00 0008 02 00 0005", ERR_VALUE);
	check_verdict(33, "00 00 0018 01 01 00 01 00 00 0008 02 00 0005 00 00 0008 02 00 0006",
		      ERR_TRAILING);
	/* Num Transforms is not what follows */
	check_verdict(33, "00 00 0010 01 01 00 02 00 00 0008 02 00 0005", ERR_VALUE);
	check_verdict(33, "00 00 0008 01 01 00 00", ERR_VALUE);
	/* lengths */
	check_verdict(33, "00 00 0007 01 01 00 01 00 00 0008 02 00 0005", ERR_LENGTH);
	check_verdict(33, "00 00 0011 01 01 00 01 00 00 0008 02 00 0005", ERR_TRUNCATED);
	check_verdict(33, "00 00 0010 01 01 00 01 00 00 0007 02 00 0005", ERR_LENGTH);
	check_verdict(33, "00 00 0010 01 01 00 01 00 00 0009 02 00 0005", ERR_TRUNCATED);
	/* SPI size against protocol; Proposal Num */
	check_verdict(33, "00 00 0014 01 01 04 01 01020304 00 00 0008 02 00 0005", ERR_LENGTH);
	check_verdict(33, "00 00 0010 01 03 00 01 00 00 0008 01 00 0014", ERR_LENGTH);
	check_verdict(33, "00 00 0010 01 03 ff 01 00 00 0008 01 00 0014", ERR_LENGTH);
	check_verdict(33, "00 00 0010 00 01 00 01 00 00 0008 02 00 0005", ERR_VALUE);
	check_verdict(33, "00 00 0010 05 01 00 01 00 00 0008 02 00 0005", ERR_OK);
	check_verdict(33,
		      "02 00 0010 01 01 00 01 00 00 0008 02 00 0005"
		      "00 00 0010 03 01 00 01 00 00 0008 02 00 0005",
		      ERR_VALUE);
}

/* `n` proposals with `transforms` transforms each, straight from the figures. */
static struct octets many(unsigned n, unsigned transforms)
{
	static uint8_t buf[65536];
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned length = 8 + 8 * transforms;
		const uint8_t head[8] = { i + 1 < n ? 2 : 0,
					  0,
					  (uint8_t)(length >> 8),
					  (uint8_t)length,
					  (uint8_t)(i + 1),
					  1,
					  0,
					  (uint8_t)transforms };

		memcpy(&buf[at], head, 8);
		at += 8;
		for (unsigned j = 0; j < transforms; j++, at += 8) {
			const uint8_t t[8] = { j + 1 < transforms ? 3 : 0, 0, 0, 8, 4, 0, 0, 31 };

			memcpy(&buf[at], t, 8);
		}
	}
	return octets_copy(span_of(buf, at));
}

static void test_sa_caps(void **state)
{
	static const struct {
		unsigned proposals, transforms;
		enum err expected;
	} cases[] = { { 32, 1, ERR_OK },       { 33, 1, ERR_OK },  { 255, 1, ERR_OK },
		      { 1, 255, ERR_OK },      { 255, 8, ERR_OK }, { 8, 255, ERR_OK },
		      { 9, 228, ERR_TOO_MANY } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct octets o = many(cases[i].proposals, cases[i].transforms);
		struct chain_payload p = payload(PAYLOAD_SA, octets_span(&o));

		assert_err(cases[i].expected, reparse_payload(&p));
		octets_free(&o);
	}
}

static void test_sa_builder_stops_at_its_tables(void **state)
{
	static struct ike_sa sa;
	unsigned n = 0;

	(void)state;
	assert_false(ike_sa_add_transform(&sa, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0));
	assert_false(ike_sa_add_proposal(&sa, PROTOCOL_IKE, span_of("123456789", 9)));
	while (ike_sa_add_proposal(&sa, PROTOCOL_IKE, SPAN_NONE))
		n++;
	assert_int_equal(n, IKE_SA_PROPOSALS_MAX);
	for (n = 0; ike_sa_add_transform(&sa, TRANSFORM_DH, DH_X25519, 0); n++)
		;
	assert_int_equal(n, 255); /* Num Transforms is one octet */
}

static void test_ke(void **state)
{
	struct octets o = known("KE");
	struct chain_payload p = payload(PAYLOAD_KE, octets_span(&o));
	struct ike_ke ke;

	(void)state;
	assert_err(ERR_OK, ike_ke_parse(&p, &ke, NULL));
	assert_int_equal(ke.group, DH_X25519);
	assert_octets(ke.data, HEX_32);
	ike_ke_write(writer(), ke.group, ke.data);
	assert_written(PAYLOAD_KE, "KE");
	octets_free(&o);
}

static void test_id(void **state)
{
	struct octets o = known("IDi, FQDN");
	struct chain_payload p = payload(PAYLOAD_IDI, octets_span(&o));
	uint8_t long_id[4 + IKE_ID_MAX + 1] = { ID_KEY_ID };
	struct ike_id id;
	char text[32];

	(void)state;
	assert_err(ERR_OK, ike_id_parse(&p, &id, NULL));
	assert_int_equal(id.type, ID_FQDN);
	assert_string_equal(ike_id_text(&id, text, sizeof(text)), "gw.example");
	ike_id_write(writer(), PAYLOAD_IDI, &id);
	assert_written(PAYLOAD_IDI, "IDi, FQDN");
	check_verdict(35, "01 000000 c00002", ERR_LENGTH);
	check_verdict(35, "05 000000 c0000201", ERR_LENGTH);
	p = payload(PAYLOAD_IDI, span_of(long_id, sizeof(long_id) - 1));
	assert_err(ERR_OK, ike_id_parse(&p, &id, NULL));
	p = payload(PAYLOAD_IDI, span_of(long_id, sizeof(long_id)));
	assert_err(ERR_LENGTH, ike_id_parse(&p, &id, NULL));
	octets_free(&o);
}

static void test_cert_and_auth(void **state)
{
	struct octets c = known("CERT"), a = known("AUTH");
	struct chain_payload p = payload(PAYLOAD_CERT, octets_span(&c));
	struct ike_cert cert;
	struct ike_auth auth;

	(void)state;
	assert_err(ERR_OK, ike_cert_parse(&p, &cert, NULL));
	assert_int_equal(cert.encoding, 4);
	assert_octets(cert.data, "30820101");
	ike_cert_write(writer(), PAYLOAD_CERT, &cert);
	assert_written(PAYLOAD_CERT, "CERT");
	p = payload(PAYLOAD_AUTH, octets_span(&a));
	assert_err(ERR_OK, ike_auth_parse(&p, &auth, NULL));
	assert_int_equal(auth.method, AUTH_SHARED_KEY_MIC);
	ike_auth_write(writer(), &auth);
	assert_written(PAYLOAD_AUTH, "AUTH");
	octets_free(&c);
	octets_free(&a);
}

static void test_nonce_lengths(void **state)
{
	static const struct {
		size_t n;
		enum err expected;
	} cases[] = { { 0, ERR_LENGTH },
		      { 15, ERR_LENGTH },
		      { 16, ERR_OK },
		      { 256, ERR_OK },
		      { 257, ERR_LENGTH } };
	uint8_t zeros[257] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct octets o = octets_copy(span_of(zeros, cases[i].n));
		struct chain_payload p = payload(PAYLOAD_NONCE, octets_span(&o));
		struct span nonce;
		struct fault f = { .err = ERR_OK };

		assert_err(cases[i].expected, ike_nonce_parse(&p, &nonce, &f));
		assert_int_equal(nonce.n, cases[i].expected == ERR_OK ? cases[i].n : 0);
		assert_err(cases[i].expected, f.err);
		octets_free(&o);
	}
}

static void test_notify(void **state)
{
	struct octets o = known("N(REKEY_SA)"), hit = octets_hex(known_ike[KNOWN_HIT].hex);
	struct chain_payload p = payload(PAYLOAD_NOTIFY, octets_span(&o));
	struct ike_header h;
	struct chain chain;
	struct ike_notify n;

	(void)state;
	assert_err(ERR_OK, ike_notify_parse(&p, &n, NULL));
	assert_int_equal(n.protocol, PROTOCOL_ESP);
	assert_int_equal(n.type, NOTIFY_REKEY_SA);
	assert_octets(n.spi, "c0ffee01");
	assert_int_equal(n.data.n, 0);
	ike_notify_write(writer(), &n);
	assert_written(PAYLOAD_NOTIFY, "N(REKEY_SA)");
	check_verdict(41, "03 05 4009 c0ffee0102", ERR_LENGTH);
	check_verdict(41, "01 08 4009 c0ffee01020304", ERR_TRUNCATED);
	assert_err(ERR_OK, chain_parse_message(octets_span(&hit), &h, &chain, NULL));
	assert_true(ike_notify_find(&chain, NOTIFY_NAT_DETECTION_DESTINATION_IP, &n));
	assert_int_equal(n.data.n, 20);
	assert_false(ike_notify_find(&chain, NOTIFY_COOKIE, &n));
	assert_true(ike_notify_is_error(NOTIFY_IKESYNC_NOT_COMMITTED));
	assert_false(ike_notify_is_error(NOTIFY_IKESYNC_BIND));
	octets_free(&o);
	octets_free(&hit);
}

/* RFC 5685 section 8: type, length, identity; in IKE_SA_INIT the nonce follows. */
static void test_redirect(void **state)
{
	static const struct {
		const char *hex, *text;
		enum err err;
	} all[] = {
		{ "01 04 c0000201", "192.0.2.1", ERR_OK },
		{ "01 04 c0000201 aabbcc", "192.0.2.1", ERR_OK },
		{ "02 10 20010db8000000000000000000000002", "2001:db8::2", ERR_OK },
		{ "03 04 672e6c62", "g.lb", ERR_OK },
		{ "01 04 c00002", NULL, ERR_TRUNCATED },
		{ "01", NULL, ERR_TRUNCATED },
		{ "", NULL, ERR_TRUNCATED },
		{ "01 05 c000020101", NULL, ERR_LENGTH },
		{ "02 04 c0000201", NULL, ERR_LENGTH },
		{ "03 00", NULL, ERR_LENGTH },
		{ "03 02 6700", NULL, ERR_VALUE },
		{ "03 02 670a", NULL, ERR_VALUE },
		{ "00 04 c0000201", NULL, ERR_VALUE },
		{ "04 01 67", NULL, ERR_VALUE },
	};
	char text[IKE_REDIRECT_TEXT_MAX];
	struct ike_redirect r, again;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct octets o = octets_hex(all[i].hex);

		assert_err(all[i].err, ike_redirect_parse(octets_span(&o), &r, NULL));
		octets_free(&o);
		if (all[i].err)
			continue;
		assert_string_equal(ike_redirect_text(&r, text), all[i].text);
		assert_err(ERR_OK, ike_redirect_from_text(all[i].text, &again));
		assert_memory_equal(&r, &again, sizeof(r));
	}
	assert_err(ERR_VALUE, ike_redirect_from_text("", &r));
	assert_err(ERR_VALUE, ike_redirect_from_text("a b", &r));
	assert_err(ERR_VALUE, ike_redirect_from_text("0.0.0.0", &r));
}

static void test_delete(void **state)
{
	struct octets o = known("D, ESP");
	struct chain_payload p = payload(PAYLOAD_DELETE, octets_span(&o));
	struct ike_delete d;
	char many_spis[16 + 8 * 65];

	(void)state;
	assert_err(ERR_OK, ike_delete_parse(&p, &d, NULL));
	assert_int_equal(d.protocol, PROTOCOL_ESP);
	assert_int_equal(d.n, 2);
	assert_true(d.spis[1] == 0xc0ffee02);
	ike_delete_write(writer(), &d);
	assert_written(PAYLOAD_DELETE, "D, ESP");
	ike_delete_write(writer(), &(struct ike_delete){ .protocol = PROTOCOL_IKE });
	assert_written(PAYLOAD_DELETE, "D, IKE");
	check_verdict(42, "01 04 0001 c0ffee01", ERR_LENGTH);
	check_verdict(42, "01 00 0001", ERR_LENGTH);
	check_verdict(42, "03 00 0000", ERR_LENGTH);
	check_verdict(42, "03 08 0001 c0ffee01c0ffee01", ERR_LENGTH);
	check_verdict(42, "03 04 0002 c0ffee01", ERR_LENGTH);
	check_verdict(42, "03 04 0001 c0ffee01 00", ERR_LENGTH);
	check_verdict(42, "03 04 ffff c0ffee01", ERR_LENGTH);
	check_verdict(42, "00 00 0000", ERR_VALUE);
	memset(many_spis, '1', sizeof(many_spis));
	memcpy(many_spis, "03040041", 8);
	many_spis[8 + 8 * 65] = '\0';
	check_verdict(42, many_spis, ERR_TOO_MANY);
	memcpy(many_spis, "03040040", 8);
	many_spis[8 + 8 * 64] = '\0';
	check_verdict(42, many_spis, ERR_OK);
	octets_free(&o);
}

static void test_vendor(void **state)
{
	struct octets o = known("V, profile 1");
	struct chain_payload p = payload(PAYLOAD_VENDOR, octets_span(&o));

	(void)state;
	assert_int_equal(o.n, 17);
	assert_true(ike_vendor_is_profile_1(&p));
	ike_vendor_write_profile_1(writer());
	assert_written(PAYLOAD_VENDOR, "V, profile 1");
	p.body.n--;
	assert_false(ike_vendor_is_profile_1(&p));
	p.body.n++;
	o.p[16] = '2';
	assert_false(ike_vendor_is_profile_1(&p));
	o.p[16] = '1';
	assert_true(ike_vendor_is_profile_1(&p));
	p.type = PAYLOAD_NONCE;
	assert_false(ike_vendor_is_profile_1(&p));
	octets_free(&o);
}

static void test_ts(void **state)
{
	struct octets o = known("TSr, IPv4 and IPv6");
	struct chain_payload p = payload(PAYLOAD_TSR, octets_span(&o));
	struct ike_ts_list list, any = { .n = 1, .at = { ike_ts_any(4) } };

	(void)state;
	assert_err(ERR_OK, ike_ts_parse(&p, &list, NULL));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.at[0].ip_protocol, 17);
	assert_int_equal(list.at[0].start_port, 53);
	assert_octets(span_of(list.at[0].end, 4), "c00002ff");
	assert_int_equal(list.at[1].type, IKE_TS_IPV6_ADDR_RANGE);
	ike_ts_write(writer(), PAYLOAD_TSR, &list);
	assert_written(PAYLOAD_TSR, "TSr, IPv4 and IPv6");
	ike_ts_write(writer(), PAYLOAD_TSI, &any);
	assert_written(PAYLOAD_TSI, "TSi, any IPv4");
	octets_free(&o);
	check_verdict(44, "00 000000", ERR_MISSING);
	check_verdict(44, "21 000000", ERR_TOO_MANY);
	check_verdict(44, "01 000000 07 00 0010 0000 ffff c0000202 c0000201", ERR_VALUE);
	check_verdict(44, "01 000000 07 06 0010 0002 0001 c0000201 c0000201", ERR_VALUE);
	check_verdict(44, "01 000000 07 06 0010 ffff 0001 c0000201 c0000201", ERR_VALUE);
	check_verdict(44, "01 000000 07 00 000f 0000 ffff c0000201 c0000201", ERR_LENGTH);
	check_verdict(44, "01 000000 08 00 0010 0000 ffff c0000201 c0000201", ERR_LENGTH);
	check_verdict(44, "01 000000 07 00 0010 0000 ffff c0000201 c0000201 00", ERR_TRAILING);
	check_verdict(44, "02 000000 07 00 0010 0000 ffff c0000201 c0000201", ERR_TRUNCATED);
	/* 3.13.1: a type nobody knows is passed over (here Fibre Channel, RFC 4595) */
	check_verdict(44, "02 000000 09 00 0008 01020304 07 00 0010 0000 ffff c0000201 c0000201",
		      ERR_OK);
	check_verdict(44, "01 000000 09 00 0003", ERR_LENGTH);
}

static void test_cp(void **state)
{
	struct octets o = known("CP, reply");
	struct chain_payload p = payload(PAYLOAD_CP, octets_span(&o));
	struct ike_cp cp;
	char many_attributes[16 + 8 * 33] = "01000000";

	(void)state;
	assert_err(ERR_OK, ike_cp_parse(&p, &cp, NULL));
	assert_int_equal(cp.type, IKE_CP_REPLY);
	assert_int_equal(cp.n, 3);
	assert_int_equal(cp.at[0].type, IKE_CP_INTERNAL_IP4_ADDRESS);
	assert_octets(cp.at[0].value, "0a630001");
	assert_int_equal(cp.at[2].value.n, 17);
	ike_cp_write(writer(), &cp);
	assert_written(PAYLOAD_CP, "CP, reply");
	octets_free(&o);
	/* the reserved top bit is ignored */
	check_verdict(47, "01 000000 8001 0000", ERR_OK);
	check_verdict(47, "01 000000 8001 0003 0a6300", ERR_LENGTH);
	check_verdict(47, "02 000000 0001 0003 0a6300", ERR_LENGTH);
	check_verdict(47, "02 000000 0008 0010 20010db8000000000000000000000002", ERR_LENGTH);
	check_verdict(47, "02 000000 0007 0004 616263", ERR_TRUNCATED);
	check_verdict(47, "02 000000 0007", ERR_TRUNCATED);
	for (unsigned i = 0; i < 33; i++)
		memcpy(&many_attributes[8 + 8 * i], "00010000", 9);
	check_verdict(47, many_attributes, ERR_TOO_MANY);
	many_attributes[8 + 8 * 32] = '\0';
	check_verdict(47, many_attributes, ERR_OK);
}

static void test_eap(void **state)
{
	struct octets o = known("EAP, identity response");
	struct chain_payload p = payload(PAYLOAD_EAP, octets_span(&o));
	struct ike_eap eap;

	(void)state;
	assert_err(ERR_OK, ike_eap_parse(&p, &eap, NULL));
	assert_int_equal(eap.code, 2);
	assert_int_equal(eap.identifier, 0x2a);
	assert_int_equal(eap.type, 1);
	assert_octets(eap.data, "68656c6c6f");
	ike_eap_write(writer(), &eap);
	assert_written(PAYLOAD_EAP, "EAP, identity response");
	octets_free(&o);
	check_verdict(48, "00 2a 0004", ERR_VALUE);
	check_verdict(48, "05 2a 0004", ERR_VALUE);
	check_verdict(48, "03 2a 0005 00", ERR_LENGTH);
	check_verdict(48, "01 2a 0004", ERR_TRUNCATED);
	check_verdict(48, "01 2a 0005 01 00", ERR_LENGTH);
	check_verdict(48, "01 2a ffff 01", ERR_LENGTH);
}

static void test_skf(void **state)
{
	struct octets o = known("SKF");
	struct chain_payload p = payload(PAYLOAD_SKF, octets_span(&o));
	struct ike_skf skf;

	(void)state;
	assert_err(ERR_OK, ike_skf_parse(&p, &skf, NULL));
	assert_int_equal(skf.number, 1);
	assert_int_equal(skf.total, 3);
	assert_int_equal(skf.rest.n, 16);
	octets_free(&o);
	check_verdict(53, "0000 0003 00", ERR_VALUE);
	check_verdict(53, "0004 0003 00", ERR_VALUE);
	check_verdict(53, "0000 0000", ERR_VALUE);
	check_verdict(53, "0003 0003", ERR_OK);
}

static void test_fault_names_field_and_offset(void **state)
{
	struct octets o = octets_hex("02 2a 0006 01");
	struct chain_payload p = payload(PAYLOAD_EAP, octets_span(&o));
	struct ike_eap eap;
	struct fault f;

	(void)state;
	assert_err(ERR_LENGTH, ike_eap_parse(&p, &eap, &f));
	assert_string_equal(f.field, "EAP: length is not that of the payload");
	assert_int_equal(f.offset,
			 100 + 4 + 2); /* payload at 100, generic header, code and identifier */
	octets_free(&o);
}

static struct ike_ts range4(uint8_t from, uint8_t to, uint8_t protocol, uint16_t port_from,
			    uint16_t port_to)
{
	return (struct ike_ts){ .type = IKE_TS_IPV4_ADDR_RANGE,
				.ip_protocol = protocol,
				.start_port = port_from,
				.end_port = port_to,
				.start = { 192, 0, 2, from },
				.end = { 192, 0, 2, to } };
}

/* RFC 7296 section 2.9, figure by figure. */
static void selectors_lie_within_others(void **state)
{
	static const struct {
		uint8_t from, to, protocol;
		uint16_t port_from, port_to;
		bool within; /* 192.0.2.16 to .31, UDP, ports 1000 to 2000 */
	} table[] = {
		{ 16, 31, 17, 1000, 2000, true },  { 20, 20, 17, 1500, 1500, true },
		{ 15, 31, 17, 1000, 2000, false }, { 16, 32, 17, 1000, 2000, false },
		{ 16, 31, 6, 1000, 2000, false },  { 16, 31, 0, 1000, 2000, false },
		{ 16, 31, 17, 999, 2000, false },  { 16, 31, 17, 1000, 2001, false },
		{ 16, 31, 17, 0, 65535, false },   { 16, 31, 17, 65535, 0, false },
	};
	const struct ike_ts_list none = { .n = 0 };
	struct ike_ts_list wide = { .n = 2,
				    .at = { ike_ts_any(6), range4(16, 31, 17, 1000, 2000) } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct ike_ts_list one = { .n = 1,
						 .at = { range4(
						     table[i].from, table[i].to, table[i].protocol,
						     table[i].port_from, table[i].port_to) } };

		assert_int_equal(ike_ts_within(&one, &wide), table[i].within);
	}
	assert_true(ike_ts_within(&none, &wide));
	assert_false(ike_ts_within(&wide, &none));
	/* all of them must, and a type that nobody knows lies nowhere */
	assert_true(ike_ts_within(&wide, &wide));
	wide.at[0].type = 9;
	assert_false(ike_ts_within(&wide, &wide));
	/* OPAQUE within all ports, and within itself */
	wide = (struct ike_ts_list){ .n = 1, .at = { range4(16, 31, 0, 65535, 0) } };
	assert_true(ike_ts_within(&wide, &wide));
	assert_true(ike_ts_within(&wide, &(struct ike_ts_list){ .n = 1, .at = { ike_ts_any(4) } }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_lie_within_others),
		cmocka_unit_test(test_known_payloads),
		cmocka_unit_test(test_sa),
		cmocka_unit_test(test_sa_attributes),
		cmocka_unit_test(test_sa_rules),
		cmocka_unit_test(test_sa_caps),
		cmocka_unit_test(test_sa_builder_stops_at_its_tables),
		cmocka_unit_test(test_ke),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_cert_and_auth),
		cmocka_unit_test(test_nonce_lengths),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_vendor),
		cmocka_unit_test(test_ts),
		cmocka_unit_test(test_cp),
		cmocka_unit_test(test_eap),
		cmocka_unit_test(test_skf),
		cmocka_unit_test(test_fault_names_field_and_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
