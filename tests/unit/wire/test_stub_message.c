/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draft section 3.7 and wire profile rules 26 to 31: stub messages and their items. */
#include "check.h"

static void check_message(const char *hex, enum err expected, bool has_transaction,
			  const char *field)
{
	struct octets o = octets_hex(hex);
	struct fault f = { .err = ERR_OK };
	struct stub_message m;

	assert_err(expected, stub_message_parse(octets_span(&o), &m, &f));
	assert_int_equal(m.has_transaction, has_transaction);
	if (field)
		assert_string_equal(f.field, field);
	octets_free(&o);
}

static void test_header_and_transaction(void **state)
{
	struct octets o = octets_hex(known_stub_messages[KNOWN_GET].hex);
	struct stub_message m;

	(void)state;
	assert_err(ERR_OK, stub_message_parse(octets_span(&o), &m, NULL));
	assert_int_equal(m.header.next_payload, STUB_PAYLOAD_TRANSACTION);
	assert_int_equal(m.header.type, STUB_GET);
	assert_int_equal(m.header.length, 56);
	assert_true(m.has_transaction);
	assert_int_equal(m.transaction, 3);
	assert_int_equal(m.first, STUB_PAYLOAD_INDEX);
	assert_int_equal(m.rest.n, 56 - 12);
	octets_free(&o);
}

static void test_structural_errors(void **state)
{
	(void)state;
	check_message("", ERR_TRUNCATED, false, NULL);
	check_message("cf 03 00", ERR_TRUNCATED, false, NULL);
	check_message("cf 03 0003", ERR_LENGTH, false, "stub header: Payload Length is below 4");
	check_message("cf 03 0000", ERR_LENGTH, false, NULL);
	check_message("cf 03 000d 00 00 0008 00000001", ERR_TRUNCATED, false, NULL);
	check_message("cf 03 000c 00 00 0008 00000001 00", ERR_TRAILING, false,
		      "stub header: octets after the Payload Length");
	/* no 207, 207 not first, not 4 octets */
	check_message("00 03 0004", ERR_MISSING, false, "stub message: no transaction payload");
	check_message("c8 03 0014 00 00 0010" HEX_INDEX4, ERR_MISSING, false,
		      "stub message: first payload is not a transaction");
	check_message("c8 03 001c cf 00 0010" HEX_INDEX4 "00 00 0008 00000001", ERR_MISSING, false,
		      NULL);
	check_message("cf 03 000b 00 00 0007 000001", ERR_MISSING, false,
		      "transaction: not 4 octets");
	check_message("cf 03 000d 00 00 0009 0000000100", ERR_MISSING, false, NULL);
	/* a second one; the first is kept for the reply */
	check_message("cf 03 0014 cf 00 0008 00000001 00 00 0008 00000001", ERR_DUPLICATE, true,
		      "stub message: second transaction");
	/* the chain behind it */
	check_message("cf 03 0010 c8 00 0008 00000001 00 00 0003", ERR_LENGTH, true,
		      "chain: Payload Length is below 4");
	check_message("cf 03 0010 c8 00 0008 00000001 00 00 0005", ERR_TRUNCATED, true, NULL);
	check_message("cf 03 0010 00 00 0008 00000001 00000000", ERR_CHAIN, true, NULL);
	check_message("cf 03 000c c8 00 0008 00000001", ERR_TRUNCATED, true, NULL);
	/* any type, RESERVED bits, an unknown payload: fine here */
	check_message("cf ff 000c 00 ff 0008 00000001", ERR_OK, true, NULL);
	check_message("cf 00 0010 63 00 0008 00000001 00 00 0004", ERR_OK, true, NULL);
}

static void test_message_length_of_a_stream(void **state)
{
	static const uint8_t stream[] = { 0xcf, 3, 0x01, 0x02, 0, 0 }, bad[] = { 0xcf, 3, 0, 3 };
	size_t n = 99;

	(void)state;
	for (size_t have = 0; have < 4; have++) {
		struct octets o = octets_copy(span_of(stream, have));

		assert_err(ERR_OK, stub_message_length(octets_span(&o), &n));
		assert_int_equal(n, 0);
		octets_free(&o);
	}
	assert_err(ERR_OK, stub_message_length(SPAN_OF(stream), &n));
	assert_int_equal(n, 0x102);
	assert_err(ERR_LENGTH, stub_message_length(SPAN_OF(bad), &n));
}

/* Letters of what each item has, in order: "i" index, "s" status, "S" stub. */
static void check_items(const char *hex, const char *expected, enum err end)
{
	struct octets o = octets_hex(hex);
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault f = { .err = ERR_OK };
	char got[64] = "";

	assert_err(ERR_OK, stub_message_parse(octets_span(&o), &m, NULL));
	stub_items_init(&it, &m);
	while (stub_items_next(&it, &item, &f)) {
		strcat(got, item.has_index ? "i" : "");
		strcat(got, item.has_status ? "s" : "");
		strcat(got, item.has_stub ? "S" : "");
		strcat(got, ".");
	}
	assert_string_equal(got, expected);
	assert_err(end, f.err);
	octets_free(&o);
}

static void test_items(void **state)
{
	(void)state;
	check_items(known_stub_messages[KNOWN_INIT].hex, "S.", ERR_OK);
	check_items(known_stub_messages[KNOWN_UPDATE].hex, "iS.", ERR_OK);
	check_items(known_stub_messages[KNOWN_GET].hex, "i.i.", ERR_OK);
	check_items(known_stub_messages[KNOWN_DOWNLOAD].hex, "sS.s.", ERR_OK);
	check_items(known_stub_messages[KNOWN_PREFETCH].hex, "s.S.S.", ERR_OK);
	check_items(known_stub_messages[KNOWN_DELETE_REPLY].hex, "s.", ERR_OK);
	check_items("cf 03 000c 00 00 0008 00000001", "", ERR_OK);
	/* update: an index without its stub; unknown payloads between are passed over */
	check_items("cf 02 001c c8 00 0008 00000001 00 00 0010" HEX_INDEX4, "i.", ERR_OK);
	check_items("cf 02 0024 c8 00 0008 00000001 63 00 0010" HEX_INDEX4 "c9 00 0004 00 00 0004",
		    "iS.", ERR_OK);
	check_items("cf 02 002c c8 00 0008 00000001 c8 00 0010" HEX_INDEX4 "00 00 0010" HEX_INDEX4,
		    "i.i.", ERR_OK);
	check_items("cf 02 0030 c8 00 0008 00000001 c8 00 0010" HEX_INDEX4 "c9 00 0010" HEX_INDEX4
		    "00 00 0004",
		    "i.iS.", ERR_OK);
	/* only a download hangs a stub on a status */
	check_items("cf 01 0018 ce 00 0008 00000001 c9 00 0008 00 00 0000 00 00 0004", "s.S.",
		    ERR_OK);
	check_items("cf 04 0018 ce 00 0008 00000001 c9 00 0008 00 00 0000 00 00 0004", "sS.",
		    ERR_OK);
	/* a status too short, after a good one */
	check_items("cf 05 001b ce 00 0008 00000001 ce 00 0008 00 00 0000 00 00 0007 00 00 00",
		    "s.", ERR_TRUNCATED);
}

static void test_status_text(void **state)
{
	uint8_t buf[400], text[256];
	struct stub_writer w;
	struct stub_message m;
	struct stub_items it;
	struct stub_item item;
	struct fault f;
	size_t n;

	(void)state;
	memset(text, 'x', sizeof(text));
	stub_writer_init(&w, buf, sizeof(buf), STUB_INIT, 1);
	stub_writer_status(&w, &(struct stub_status){ STUB_FULL, 0, 3, span_of(text, 256) });
	assert_err(ERR_OK, stub_writer_finish(&w, &n));
	assert_int_equal(n, 4 + 8 + 4 + 4 + 255); /* cut: the text is for people only */
	assert_err(ERR_OK, stub_message_parse(span_of(buf, n), &m, NULL));
	stub_items_init(&it, &m);
	assert_true(stub_items_next(&it, &item, &f));
	assert_int_equal(item.status.code, STUB_FULL);
	assert_int_equal(item.status.item, 3);
	assert_int_equal(item.status.text.n, 255);
	/* one octet more on the wire is refused */
	buf[n] = 'x';
	buf[2] = (uint8_t)((n + 1) >> 8);
	buf[3] = (uint8_t)(n + 1);
	buf[15]++;
	if (buf[15] == 0)
		buf[14]++;
	assert_err(ERR_OK, stub_message_parse(span_of(buf, n + 1), &m, NULL));
	stub_items_init(&it, &m);
	assert_false(stub_items_next(&it, &item, &f));
	assert_err(ERR_LENGTH, f.err);
}

static void test_writer_makes_the_known_octets(void **state)
{
	struct octets sealed = octets_hex(known_stubs[KNOWN_SEALED].hex);
	struct octets index = octets_hex(HEX_INDEX4);
	struct index ix;
	struct stub_writer w;
	uint8_t buf[256];
	size_t n;

	(void)state;
	assert_err(ERR_OK, index_parse(octets_span(&index), false, 0, &ix, NULL));
	stub_writer_init(&w, buf, sizeof(buf), STUB_UPDATE, 2);
	stub_writer_index(&w, &ix);
	stub_writer_stub(&w, octets_span(&sealed));
	assert_err(ERR_OK, stub_writer_finish(&w, &n));
	assert_octets(span_of(buf, n), known_stub_messages[KNOWN_UPDATE].hex);
	stub_writer_init(&w, buf, sizeof(buf), STUB_DOWNLOAD, 3);
	stub_writer_status(&w, &(struct stub_status){ STUB_OK, 0, 0, SPAN_NONE });
	stub_writer_stub(&w, octets_span(&sealed));
	stub_writer_status(&w, &(struct stub_status){ STUB_NOT_FOUND, 0, 1, span_text("gone") });
	assert_int_equal(stub_writer_size(&w), 137);
	assert_err(ERR_OK, stub_writer_finish(&w, &n));
	assert_octets(span_of(buf, n), known_stub_messages[KNOWN_DOWNLOAD].hex);
	octets_free(&sealed);
	octets_free(&index);
}

static void test_writer_stays_below_65535_and_its_buffer(void **state)
{
	static uint8_t buf[70000], body[60000];
	struct stub_writer w;
	size_t n;

	(void)state;
	stub_writer_init(&w, buf, sizeof(buf), STUB_INIT, 1);
	stub_writer_stub(&w, span_of(body, 60000));
	stub_writer_stub(&w, span_of(body, 65535 - 12 - 60004 - 4));
	assert_err(ERR_OK, stub_writer_finish(&w, &n));
	assert_int_equal(n, 65535);
	stub_writer_init(&w, buf, sizeof(buf), STUB_INIT, 1);
	stub_writer_stub(&w, span_of(body, 60000));
	stub_writer_stub(&w, span_of(body, 65536 - 12 - 60004 - 4));
	assert_err(ERR_NO_SPACE, stub_writer_finish(&w, &n));
	assert_int_equal(n, 0);
	for (size_t cap = 0; cap < 28; cap++) {
		struct octets out = octets_copy(span_of(body, cap));

		stub_writer_init(&w, out.p, cap, STUB_INIT, 1);
		stub_writer_stub(&w, span_of(body, 12));
		assert_err(ERR_NO_SPACE, stub_writer_finish(&w, &n));
		octets_free(&out);
	}
}

static void must_fail(struct span s, size_t whole, const void *data)
{
	struct stub_message m;
	struct octets patched;

	(void)whole;
	(void)data;
	assert_true(reparse_stub_message(s) != ERR_OK);
	if (s.n < STUB_HEADER_SIZE)
		return;
	patched = octets_copy(s);
	patched.p[2] = (uint8_t)(s.n >> 8);
	patched.p[3] = (uint8_t)s.n;
	assert_true(stub_message_parse(octets_span(&patched), &m, NULL) != ERR_OK);
	octets_free(&patched);
}

static void must_hold(struct span s, size_t whole, const void *data)
{
	(void)whole;
	(void)data;
	(void)reparse_stub_message(s);
}

static void test_messages_cut_and_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < known_stub_messages_n; i++) {
		struct octets o = octets_hex(known_stub_messages[i].hex);

		assert_err(ERR_OK, reparse_stub_message(octets_span(&o)));
		for_each_prefix(octets_span(&o), must_fail, NULL);
		for_each_flip(octets_span(&o), must_hold, NULL);
		octets_free(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_and_transaction),
		cmocka_unit_test(test_structural_errors),
		cmocka_unit_test(test_message_length_of_a_stream),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_status_text),
		cmocka_unit_test(test_writer_makes_the_known_octets),
		cmocka_unit_test(test_writer_stays_below_65535_and_its_buffer),
		cmocka_unit_test(test_messages_cut_and_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
