/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wire profile rules 1 to 4: what is a SYN, and what is as if there were none. */
#include "check.h"

#include <stdio.h>

#define HEX_BEFORE "22 00 0030" HEX_SA_IKE "28 00 0028 001f 0000" HEX_32 "c8 00 0024" HEX_32

/* A request: header, SA, KE, Ni, then `tail`, whose first payload is of type 200. */
static struct octets request(const char *tail)
{
	struct octets head = octets_hex("a1a2a3a4a5a6a7a8 0000000000000000 21 20 22 08 00000000 "
					"00000000" HEX_BEFORE);
	struct octets rest = octets_hex(tail), all;
	uint8_t buf[65536];

	memcpy(buf, head.p, head.n);
	memcpy(&buf[head.n], rest.p, rest.n);
	buf[26] = (uint8_t)((head.n + rest.n) >> 8);
	buf[27] = (uint8_t)(head.n + rest.n);
	all = octets_copy(span_of(buf, head.n + rest.n));
	octets_free(&head);
	octets_free(&rest);
	return all;
}

static void check_syn(const char *tail, enum ike_syn_presence expected, const char *field)
{
	struct octets o = request(tail);
	struct fault f = { .err = ERR_OK };
	struct ike_header h;
	struct chain chain;
	struct index ix;

	assert_err(ERR_OK, ike_syn_parse_message(octets_span(&o), 200, &h, &chain, &f));
	/* Whatever the SYN is, the request goes on with SA, KE and Ni. */
	assert_true(chain.n >= 3);
	assert_non_null(chain_find(&chain, PAYLOAD_SA));
	assert_non_null(chain_find(&chain, PAYLOAD_KE));
	assert_non_null(chain_find(&chain, PAYLOAD_NONCE));
	assert_int_equal(ike_syn_find(&chain, 200, &ix, &f), expected);
	if (expected == IKE_SYN_MALFORMED)
		assert_string_equal(f.field, field);
	else
		assert_true(ix.spi == 0x0102030405060708);
	octets_free(&o);
}

#define LENGTH_RULE "IKE_SA_SYN: Payload Length is neither 16 nor 28, or breaks the chain"
#define ADDRESS_RULE "IKE_SA_SYN: gateway address is unspecified, multicast, broadcast or v4-mapped"
#define VENDOR "00 00 0015" HEX_PROFILE_1

static void test_good_syn(void **state)
{
	(void)state;
	check_syn("00 00 0010" HEX_INDEX4, IKE_SYN_PRESENT, NULL);
	check_syn("2b 00 001c" HEX_INDEX6 VENDOR, IKE_SYN_PRESENT, NULL);
	/* RESERVED bits are ignored */
	check_syn("2b 7f 0010" HEX_INDEX4 VENDOR, IKE_SYN_PRESENT, NULL);
}

static void test_wrong_length(void **state)
{
	static const char *const lengths[] = { "0000", "0003", "0004", "000f",
					       "0011", "001b", "001d", "ffff" };
	char tail[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		/* last in the message, and with a Vendor ID behind it */
		snprintf(tail, sizeof(tail), "00 00 %s" HEX_INDEX4, lengths[i]);
		check_syn(tail, IKE_SYN_MALFORMED, LENGTH_RULE);
		snprintf(tail, sizeof(tail), "2b 00 %s" HEX_INDEX4 VENDOR, lengths[i]);
		check_syn(tail, IKE_SYN_MALFORMED, LENGTH_RULE);
	}
	/* a wrong length that does fit its body: what follows is still read */
	check_syn("2b 00 000f 0102030405060708 c00002" VENDOR, IKE_SYN_MALFORMED, LENGTH_RULE);
	check_syn("2b 00 0004" VENDOR, IKE_SYN_MALFORMED, LENGTH_RULE);
	/* IPv6 octets with IPv4 length (N10) */
	check_syn("2b 00 0010" HEX_INDEX6 VENDOR, IKE_SYN_MALFORMED, LENGTH_RULE);
}

static void test_wrong_content(void **state)
{
	(void)state;
	check_syn("00 80 0010" HEX_INDEX4, IKE_SYN_MALFORMED,
		  "IKE_SA_SYN: C bit is 1 in a request");
	check_syn("00 00 0010 0000000000000000 c0000201", IKE_SYN_MALFORMED,
		  "IKE_SA_SYN: gateway SPI is zero");
	check_syn("00 00 0010" HEX_SPI_OLD "00000000", IKE_SYN_MALFORMED, ADDRESS_RULE);
	check_syn("00 00 0010" HEX_SPI_OLD "e0000001", IKE_SYN_MALFORMED, ADDRESS_RULE);
	check_syn("00 00 0010" HEX_SPI_OLD "ffffffff", IKE_SYN_MALFORMED, ADDRESS_RULE);
	check_syn("00 00 001c" HEX_SPI_OLD "00000000000000000000ffffc0000201", IKE_SYN_MALFORMED,
		  ADDRESS_RULE);
	check_syn("00 00 001c" HEX_SPI_OLD "00000000000000000000000000000000", IKE_SYN_MALFORMED,
		  ADDRESS_RULE);
	check_syn("00 00 001c" HEX_SPI_OLD "ff020000000000000000000000000001", IKE_SYN_MALFORMED,
		  ADDRESS_RULE);
}

static void test_second_syn(void **state)
{
	(void)state;
	check_syn("c8 00 0010" HEX_INDEX4 "00 00 0010" HEX_INDEX4, IKE_SYN_MALFORMED,
		  "IKE_SA_SYN: a second one");
	check_syn("c8 00 0010" HEX_INDEX4 "00 00 0000" HEX_INDEX4, IKE_SYN_MALFORMED, LENGTH_RULE);
}

static void test_chain_that_breaks_behind_the_syn(void **state)
{
	(void)state;
	check_syn("2b 00 0010" HEX_INDEX4 "00 00 0003 00", IKE_SYN_MALFORMED, LENGTH_RULE);
	check_syn("00 00 0010" HEX_INDEX4 "00", IKE_SYN_MALFORMED, LENGTH_RULE);
}

static void test_what_is_not_the_syns_fault_stays_an_error(void **state)
{
	struct octets o = request("2b 00 0000" HEX_INDEX4);
	struct ike_header h;
	struct chain chain;
	struct fault f;

	(void)state;
	/* type 200 is no SYN where another number is configured */
	assert_err(ERR_LENGTH, ike_syn_parse_message(octets_span(&o), 150, &h, &chain, &f));
	assert_string_equal(f.field, "chain: Payload Length is below 4");
	/* the chain breaks before the SYN: at KE */
	o.p[28 + 48 + 3] = 3;
	assert_err(ERR_LENGTH, ike_syn_parse_message(octets_span(&o), 200, &h, &chain, &f));
	/* the header is wrong */
	o.p[27]++;
	assert_err(ERR_LENGTH, ike_syn_parse_message(octets_span(&o), 200, &h, &chain, &f));
	assert_string_equal(f.field, "IKE header: Length is not the size of the message");
	octets_free(&o);
}

static void test_absent(void **state)
{
	struct octets o = octets_hex(known_ike[KNOWN_HIT].hex);
	struct ike_header h;
	struct chain chain;
	struct index ix;

	(void)state;
	assert_err(ERR_OK, ike_syn_parse_message(octets_span(&o), 200, &h, &chain, NULL));
	assert_int_equal(ike_syn_find(&chain, 200, &ix, NULL), IKE_SYN_ABSENT);
	octets_free(&o);
}

static void test_allowed_types(void **state)
{
	(void)state;
	/* rule 1, written out again: 128 to 254 without 128, 130 to 132 and 201 to 209 */
	for (unsigned type = 0; type < 300; type++) {
		bool allowed =
		    type == 129 || (type >= 133 && type <= 200) || (type >= 210 && type <= 254);

		assert_int_equal(ike_syn_type_allowed(type), allowed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_syn),
		cmocka_unit_test(test_wrong_length),
		cmocka_unit_test(test_wrong_content),
		cmocka_unit_test(test_second_syn),
		cmocka_unit_test(test_chain_that_breaks_behind_the_syn),
		cmocka_unit_test(test_what_is_not_the_syns_fault_stays_an_error),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_allowed_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
