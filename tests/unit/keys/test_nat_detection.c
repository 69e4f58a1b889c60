/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAT detection: the hash as openssl computes it, and what a receiver concludes. */
#include "support.h"

#include "keys/nat_detection.h"
#include "wire/ike_notify.h"

#define SPI_I UINT64_C(0x0102030405060708)
#define SPI_R UINT64_C(0x1112131415161718)

static struct address address(const char *text)
{
	struct address a;

	assert_ok(address_from_text(text, &a));
	return a;
}

static void hash_as_rfc7296_2_23(void **state)
{
	const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8 };
	const uint8_t input[] =
	    "\1\2\3\4\5\6\7\x08\x11\x12\x13\x14\x15\x16\x17\x18\xc0\0\2\1\x01\xf4";
	uint8_t out[NAT_DETECTION_SIZE], six[34] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct octets expected = openssl(span_of(input, 22), "dgst -sha1 -binary");
	struct address a = address("192.0.2.1");

	(void)state;
	assert_ok(nat_detection_hash(SPI_I, SPI_R, &a, 500, out));
	assert_octets(SPAN_OF(out), octets_span(&expected));
	memcpy(&six[16], v6, 16);
	six[32] = 4500 >> 8;
	six[33] = 4500 & 0xff;
	expected = openssl(SPAN_OF(six), "dgst -sha1 -binary");
	a = address("2001:db8::");
	assert_ok(nat_detection_hash(SPI_I, 0, &a, 4500, out));
	assert_octets(SPAN_OF(out), octets_span(&expected));
	a.family = 0;
	assert_err(nat_detection_hash(1, 2, &a, 500, out), ERR_VALUE);
}

/* What was sent along `sent`, with `extra` source hashes of a stranger before: is there a NAT for who sees `seen`? */
static bool differs(const struct nat_ends *sent, const struct nat_ends *seen, unsigned extra)
{
	static const uint8_t strange[NAT_DETECTION_SIZE] = { 1 };
	const struct ike_header h = { .version = IKE_VERSION_2 };
	uint8_t buffer[512];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct chain_writer w;
	struct ike_header parsed;
	struct chain chain;

	chain_writer_message(&w, &c, &h);
	while (extra--)
		ike_notify_write_simple(&w, NOTIFY_NAT_DETECTION_SOURCE_IP, SPAN_OF(strange));
	if (sent)
		nat_detection_write(&w, SPI_I, SPI_R, sent);
	assert_ok(chain_writer_finish(&w));
	assert_ok(chain_parse_message(wcursor_written(&c, 0), &parsed, &chain, NULL));
	return nat_detection_differs(&chain, SPI_I, SPI_R, seen);
}

static void a_nat_on_either_side_is_seen(void **state)
{
	const struct nat_ends ends = { address("192.0.2.1"), address("2001:db8::1"), 500, 4500 };
	struct nat_ends seen = ends;

	(void)state;
	assert_false(differs(&ends, &ends, 0));
	assert_false(differs(&ends, &ends, 1)); /* one that fits is enough */
	assert_false(differs(NULL, &ends, 0));
	assert_true(differs(NULL, &ends, 1));
	seen.source_port = 501;
	assert_true(differs(&ends, &seen, 0));
	seen = ends;
	seen.destination = address("2001:db8::2");
	assert_true(differs(&ends, &seen, 0));
	seen = (struct nat_ends){ ends.destination, ends.source, 4500, 500 };
	assert_true(differs(&ends, &seen, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_as_rfc7296_2_23),
		cmocka_unit_test(a_nat_on_either_side_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
