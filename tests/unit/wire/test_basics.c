/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursor, error and number tables, addresses, indexes, identities as text. */
#include "check.h"
#include "wire/hex.h"

static void test_reader_is_sticky(void **state)
{
	struct octets o = octets_hex("01 0203 04");
	struct rcursor c = rcursor_init_at(octets_span(&o), 100);
	struct fault f = { .err = ERR_OK };

	(void)state;
	assert_int_equal(rcursor_u8(&c, "a"), 1);
	assert_int_equal(rcursor_u16(&c, "b"), 0x0203);
	assert_int_equal(rcursor_offset(&c), 103);
	assert_int_equal(rcursor_u32(&c, "c"), 0);
	assert_int_equal(rcursor_u8(&c, "d"), 0);
	assert_err(ERR_TRUNCATED, rcursor_finish(&c, "end", &f));
	assert_string_equal(f.field, "c");
	assert_int_equal(f.offset, 103);
	octets_free(&o);
}

static void test_reader_tells_of_octets_left(void **state)
{
	struct octets o = octets_hex("0102");
	struct rcursor c = rcursor_init(octets_span(&o), NULL);

	(void)state;
	assert_int_equal(rcursor_u8(&c, "a"), 1);
	assert_err(ERR_TRAILING, rcursor_finish(&c, "end", NULL));
	octets_free(&o);
}

static void test_writer_is_sticky(void **state)
{
	struct octets o = octets_hex("000000");
	struct wcursor c = wcursor_init(o.p, o.n);

	(void)state;
	wcursor_u16(&c, 0x0102);
	wcursor_u16(&c, 0x0304);
	wcursor_u8(&c, 5);
	assert_err(ERR_NO_SPACE, c.err);
	assert_octets(wcursor_written(&c, 0), "0102");
	c = wcursor_init(o.p, o.n);
	wcursor_patch(&c, 0, 1, 1);
	assert_err(ERR_NO_SPACE, c.err);
	octets_free(&o);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_LENGTH), "ERR_LENGTH");
	assert_string_equal(err_name(ERR_OK), "ERR_OK");
	assert_string_equal(err_text(ERR_OK), "ok");
	assert_string_equal(iana_exchange_name(34), "IKE_SA_INIT");
	assert_string_equal(iana_payload_name(53), "SKF");
	assert_string_equal(iana_payload_name(99), "unknown");
	assert_string_equal(iana_transform_name(1, 20), "AES-GCM-16");
	assert_string_equal(iana_transform_name(4, 31), "x25519");
	assert_string_equal(iana_transform_name(9, 31), "unknown");
	assert_string_equal(iana_notify_name(16390), "COOKIE");
	assert_string_equal(iana_stub_payload_name(35), "IDi");
	assert_string_equal(iana_stub_payload_name(208), "sealed stub");
	assert_string_equal(iana_stub_status_name(4), "conflict");
	assert_string_equal(iana_stub_message_name(4), "download");
}

static void test_address_text(void **state)
{
	static const char *const good[] = { "192.0.2.1", "2001:db8::1", "::", "255.255.255.255" };
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "2001:db8::1%eth0", "[::1]", "host",
	};
	struct address a;
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_err(ERR_OK, address_from_text(good[i], &a));
		assert_string_equal(address_text(&a, text), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_err(ERR_VALUE, address_from_text(bad[i], &a));
	assert_int_equal(a.family, 0);
	assert_string_equal(address_text(&a, text), "none");
}

static void test_unicast(void **state)
{
	static const char *const good[] = { "192.0.2.1", "10.0.0.1",      "223.255.255.255",
					    "0.0.0.1",   "2001:db8::1",   "fe80::1",
					    "::1",       "::fffe:1.2.3.4" };
	static const char *const bad[] = { "0.0.0.0",         "224.0.0.1", "239.255.255.255",
					   "255.255.255.255", "::",        "ff02::1",
					   "::ffff:192.0.2.1" };
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_err(ERR_OK, address_from_text(good[i], &a));
		assert_true(address_is_unicast(&a));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(ERR_OK, address_from_text(bad[i], &a));
		assert_false(address_is_unicast(&a));
	}
	assert_false(address_is_unicast(&(struct address){ .family = 0 }));
}

static void check_index(const char *hex, bool prefetch, enum err expected,
			const char *expected_text)
{
	struct octets o = octets_hex(hex);
	struct fault f = { .err = ERR_OK };
	struct index ix;
	char text[INDEX_TEXT_MAX];
	uint8_t buf[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	assert_err(expected, index_parse(octets_span(&o), prefetch, 40, &ix, &f));
	if (expected == ERR_OK) {
		assert_string_equal(index_text(&ix, text), expected_text);
		index_write(&c, &ix);
		assert_err(ERR_OK, c.err);
		assert_octets(wcursor_written(&c, 0), hex);
	} else {
		assert_string_equal(f.field, expected_text);
		assert_true(f.offset >= 40);
	}
	octets_free(&o);
}

static void test_index(void **state)
{
	(void)state;
	check_index(HEX_INDEX4, false, ERR_OK, "0102030405060708@192.0.2.1");
	check_index(HEX_INDEX6, false, ERR_OK, "0102030405060708@[2001:db8::1]");
	check_index("0000000000000000 c0000201", true, ERR_OK, "0000000000000000@192.0.2.1");
	check_index("0000000000000000 c0000201", false, ERR_VALUE, "index: gateway SPI is zero");
	check_index(HEX_INDEX4 "00", false, ERR_LENGTH, "index: neither 12 nor 24 octets");
	check_index("", true, ERR_LENGTH, "index: neither 12 nor 24 octets");
	check_index(HEX_SPI_OLD "00000000", true, ERR_VALUE,
		    "index: address is unspecified, multicast, broadcast or v4-mapped");
}

static void test_index_equal(void **state)
{
	struct index a = { .spi = 1, .address = { 4, { 192, 0, 2, 1 } } }, b = a;

	(void)state;
	assert_true(index_equal(&a, &b));
	b.spi = 2;
	assert_false(index_equal(&a, &b));
	b = a;
	b.address.octets[3] = 2;
	assert_false(index_equal(&a, &b));
	b = a;
	b.address.family = 6;
	assert_false(index_equal(&a, &b));
	b = a;
	b.address.octets[4] = 1; /* no octet of an IPv4 address */
	assert_true(index_equal(&a, &b));
}

static void test_index_of_no_address_is_not_written(void **state)
{
	uint8_t buf[INDEX_BODY_MAX];
	struct wcursor c = wcursor_init(buf, sizeof(buf));

	(void)state;
	index_write(&c, &(struct index){ .spi = 1 });
	assert_err(ERR_VALUE, c.err);
}

static void test_id_from_text(void **state)
{
	static const struct {
		const char *text;
		uint8_t type;
		const char *hex, *printed;
	} good[] = {
		{ "fqdn:gw.example", ID_FQDN, "67772e6578616d706c65", "gw.example" },
		{ "email:a@b", ID_RFC822_ADDR, "614062", "a@b" },
		{ "ip:192.0.2.1", ID_IPV4_ADDR, "c0000201", "192.0.2.1" },
		{ "ip:2001:db8::1", ID_IPV6_ADDR, "20010db8000000000000000000000001",
		  "2001:db8::1" },
		{ "keyid:00fF5c", ID_KEY_ID, "00ff5c", "\\x00\\xff\\x5c" },
		{ "dn:3000", ID_DER_ASN1_DN, "3000", "0\\x00" },
		{ "keyid:0x6162", ID_KEY_ID, "6162", "ab" },
	};
	static const char *const bad[] = { "",         "gw.example", "fqdn:",  "ip:x",  "keyid:0",
					   "keyid:",   "keyid:0g",   "FQDN:x", "fqd:x", ":",
					   "keyid:0x", "dn:0X00",    "email:" };
	uint8_t buf[IKE_ID_MAX];
	struct ike_id id;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_err(ERR_OK, ike_id_from_text(good[i].text, buf, sizeof(buf), &id));
		assert_int_equal(id.type, good[i].type);
		assert_octets(id.data, good[i].hex);
		assert_string_equal(ike_id_text(&id, text, sizeof(text)), good[i].printed);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_err(ERR_VALUE, ike_id_from_text(bad[i], buf, sizeof(buf), &id));
	assert_err(ERR_NO_SPACE, ike_id_from_text("fqdn:gw.example", buf, 9, &id));
	assert_err(ERR_NO_SPACE, ike_id_from_text("keyid:010203", buf, 2, &id));
	assert_err(ERR_OK, ike_id_from_text("keyid:010203", buf, 3, &id));
}

static void test_id_text_never_overruns(void **state)
{
	struct octets o = octets_hex("61 00 62 5c");
	struct ike_id id = { .type = ID_FQDN, .data = octets_span(&o) };

	(void)state;
	for (size_t cap = 1; cap < 16; cap++) {
		struct octets out = octets_copy(span_of("................", cap));

		assert_true(strlen(ike_id_text(&id, (char *)out.p, cap)) < cap);
		octets_free(&out);
	}
	octets_free(&o);
}

static void test_hex(void **state)
{
	static const uint8_t octets[] = { 0x00, 0x9a, 0xf0, 0x7f };
	static const char *const bad[] = { "", "0", "0x", "0x1", "zz", "0g", "00 1", "0X00", "x0" };
	char text[2 * sizeof(octets) + 1];
	uint8_t out[4] = { 0 };
	size_t n = 99;

	(void)state;
	assert_string_equal(hex_write(SPAN_OF(octets), text), "009af07f");
	assert_string_equal(hex_write(SPAN_NONE, text), "");
	assert_err(ERR_OK, hex_read(span_text("009aF07f"), out, 4, &n));
	assert_int_equal(n, 4);
	assert_memory_equal(out, octets, 4);
	assert_err(ERR_OK, hex_read(span_text("0x9A"), out, 4, &n));
	assert_int_equal(n, 1);
	assert_int_equal(out[0], 0x9a);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(ERR_VALUE, hex_read(span_text(bad[i]), out, 4, &n));
		assert_int_equal(n, 0);
	}
	out[2] = 0x55;
	assert_err(ERR_NO_SPACE, hex_read(span_text("010203"), out, 2, &n));
	assert_int_equal(out[2], 0x55);
}

static void test_ip4_numbers(void **state)
{
	const uint8_t octets[4] = { 192, 0, 2, 255 };
	uint8_t out[4];

	(void)state;
	assert_int_equal(address_ip4(octets), 0xc00002ff);
	address_ip4_write(out, 0xc00002ff);
	assert_memory_equal(out, octets, 4);
}

/* Equal ones hash alike; 4,096 that differ in few bits spread over 4,096 buckets as chance would. */
static void test_index_key(void **state)
{
	struct index a = { 7, { .family = 4, .octets = { 192, 0, 2, 1 } } }, b = a;
	static uint8_t hit[4096];
	unsigned used = 0;

	(void)state;
	assert_true(index_key_equal(&a, &b));
	assert_int_equal(index_key_hash(&a), index_key_hash(&b));
	b.spi++;
	assert_false(index_key_equal(&a, &b));
	for (unsigned i = 0; i < 4096; i++) {
		b.spi = i % 64;
		b.address.octets[3] = (uint8_t)(i / 64);
		used += !hit[index_key_hash(&b) % 4096];
		hit[index_key_hash(&b) % 4096] = 1;
	}
	assert_true(used > 2300); /* chance: 2,589 */
}

static void test_response_header(void **state)
{
	uint8_t buffer[IKE_HEADER_SIZE];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct ike_header h =
	    ike_header_response(0x0102030405060708, 0x1112131415161718, EXCHANGE_IKE_AUTH, 1);
	char text[IKE_SPIS_TEXT_MAX];

	(void)state;
	ike_header_write(&c, &h);
	assert_octets(wcursor_written(&c, 0),
		      "0102030405060708 1112131415161718 00 20 23 20 00000001 00000000");
	assert_string_equal(ike_spis_text(h.spi_i, h.spi_r, text),
			    "0102030405060708_i 1112131415161718_r");
	assert_string_equal(ike_spis_text(h.spi_i, 0, text), "0102030405060708_i");
	assert_string_equal(ike_spis_text(0, h.spi_r, text), "1112131415161718_r");
}

static void test_ke_wanted(void **state)
{
	const struct ike_ke_wanted wanted = ike_ke_wanted(0x011f);
	uint16_t group;

	(void)state;
	assert_octets(SPAN_OF(wanted.octets), "011f");
	assert_err(ERR_OK, ike_ke_wanted_parse(SPAN_OF(wanted.octets), &group));
	assert_int_equal(group, 0x011f);
	assert_err(ERR_LENGTH, ike_ke_wanted_parse(span_of(wanted.octets, 1), &group));
	assert_err(ERR_LENGTH, ike_ke_wanted_parse(SPAN_NONE, &group));
	assert_err(ERR_LENGTH, ike_ke_wanted_parse(span_of("\0\1\2", 3), &group));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader_is_sticky),
		cmocka_unit_test(test_reader_tells_of_octets_left),
		cmocka_unit_test(test_writer_is_sticky),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_address_text),
		cmocka_unit_test(test_unicast),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_index_equal),
		cmocka_unit_test(test_index_key),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_ip4_numbers),
		cmocka_unit_test(test_response_header),
		cmocka_unit_test(test_ke_wanted),
		cmocka_unit_test(test_index_of_no_address_is_not_written),
		cmocka_unit_test(test_id_from_text),
		cmocka_unit_test(test_id_text_never_overruns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
