/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages written by hand, and what the page says of them: each line with its octets, and what is broken at its place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/decode.h"
#include "report/decode_stub.h"
#include "wire/hex.h"

static struct span octets_of(const char *hex)
{
	static uint8_t buffer[2048];
	char digits[4096];
	size_t n = 0, k = 0;

	for (; *hex; hex++)
		if (*hex != ' ')
			digits[k++] = *hex;
	assert_int_equal(hex_read(span_of(digits, k), buffer, sizeof(buffer), &n), ERR_OK);
	return span_of(buffer, n);
}

/* Is there a line of these octets with `text` in it? */
static void has(const GPtrArray *lines, size_t offset, size_t n, bool broken, const char *text)
{
	for (unsigned i = 0; i < lines->len; i++) {
		const struct decoded_line *l = g_ptr_array_index(lines, i);

		if (l->offset == offset && l->n == n && l->broken == broken &&
		    strstr(l->text, text))
			return;
	}
	for (unsigned i = 0; i < lines->len; i++) {
		const struct decoded_line *l = g_ptr_array_index(lines, i);

		print_message("%zu+%zu%s %s\n", l->offset, l->n, l->broken ? " broken" : "",
			      l->text);
	}
	fail_msg("no line %zu+%zu with \"%s\"", offset, n, text);
}

static bool any_broken(const GPtrArray *lines)
{
	for (unsigned i = 0; i < lines->len; i++)
		if (((struct decoded_line *)g_ptr_array_index(lines, i))->broken)
			return true;
	return false;
}

/* Header 28, SYN 16, Nonce 20: 64 octets. */
#define SYN_REQUEST                                                       \
	"0102030405060708 0000000000000000 c8 20 22 08 00000000 00000040" \
	"28 00 0010 1112131415161718 c0000201"                            \
	"00 00 0014 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"

static void syn_request(void **state)
{
	const struct span m = octets_of(SYN_REQUEST);
	GPtrArray *lines = decode_ike(m, 200);
	char *summary = decode_summary_ike(m, 200, SPAN_NONE, 0);

	(void)state;
	has(lines, 0, 16, false, "SPIi 0102030405060708");
	has(lines, 28, 16, false, "IKE_SA_SYN");
	has(lines, 32, 12, false, "1112131415161718@192.0.2.1");
	has(lines, 48, 16, false, "16 octets: a0a1a2");
	assert_false(any_broken(lines));
	assert_string_equal(summary, "IKE_SA_INIT request: IKE_SA_SYN, Nonce");
	g_free(summary);
	g_ptr_array_unref(lines);
}

/* On port 4500 all stands four octets later. */
static void marker(void **state)
{
	GPtrArray *lines = decode_ike(octets_of("00000000" SYN_REQUEST), 200);

	(void)state;
	has(lines, 0, 4, false, "marker");
	has(lines, 36, 12, false, "1112131415161718@192.0.2.1");
	g_ptr_array_unref(lines);
}

static void broken_messages(void **state)
{
	GPtrArray *lines;

	(void)state;
	/* the index has 11 octets */
	lines = decode_ike(octets_of("0102030405060708 0000000000000000 c8 20 22 08 00000000 "
				     "0000002b 00 00 000f 1112131415161718 c00002"),
			   200);
	has(lines, 32, 11, true, "");
	g_ptr_array_unref(lines);
	/* Length says one octet more than there is */
	lines = decode_ike(octets_of("0102030405060708 0000000000000000 00 20 22 08 00000000 "
				     "0000001d"),
			   200);
	assert_true(any_broken(lines));
	g_ptr_array_unref(lines);
	/* a payload that ends behind the message */
	lines = decode_ike(octets_of("0102030405060708 0000000000000000 28 20 22 08 00000000 "
				     "00000020 00 00 0044"),
			   200);
	assert_true(any_broken(lines));
	g_ptr_array_unref(lines);
	lines = decode_ike(octets_of("010203"), 200);
	has(lines, 0, 3, true, "no IKE header");
	g_ptr_array_unref(lines);
}

static void under_encryption(void **state)
{
	uint8_t inner[16];
	const struct span from = octets_of("00 00 0008 00 00 30d4");
	GPtrArray *lines;
	char *summary;

	(void)state;
	memcpy(inner, from.p, from.n);
	lines = decode_payloads(span_of(inner, from.n), 41);
	has(lines, 0, 8, false, "N(IKESYNC_NOT_COMMITTED)");
	has(lines, 6, 2, false, "12500");
	summary = decode_summary_ike(octets_of("0102030405060708 1112131415161718 2e 20 25 20 "
					       "00000001 00000028 29 00 000c 0102030405060708"),
				     200, span_of(inner, from.n), 41);
	assert_string_equal(summary, "INFORMATIONAL response 1: SK {N(IKESYNC_NOT_COMMITTED)}");
	g_free(summary);
	g_ptr_array_unref(lines);
}

/* A download of item 0, ok, with a container whose stub holds an SPI pair and SK_d. */
#define DOWNLOAD                                                   \
	"cf 04 0064 ce 00 0008 00000007 c9 00 0008 00 00 0000"     \
	"00 00 0050 c8 000000"                                     \
	"cd 00 0010 1112131415161718 c0000201 ca 00 0008 00000e10" \
	"cb 00 0014 0102030405060708 1112131415161718"             \
	"00 00 001c 000102030405060708090a0b0c0d0e0f1011121314151617"

static void download(void **state)
{
	const struct span m = octets_of(DOWNLOAD);
	GPtrArray *lines = decode_stub(m);
	char *summary = decode_summary_stub(m);

	(void)state;
	assert_int_equal(m.n, 0x64);
	has(lines, 0, 4, false, "4 (download), 100 octets");
	has(lines, 8, 4, false, "#7");
	has(lines, 16, 4, false, "ok, item 0");
	has(lines, 32, 12, false, "1112131415161718@192.0.2.1");
	has(lines, 48, 4, false, "3600 s");
	assert_string_equal(summary, "download #7: ok");
	assert_false(any_broken(lines));
	g_free(summary);
	g_ptr_array_unref(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_request),     cmocka_unit_test(marker),
		cmocka_unit_test(broken_messages), cmocka_unit_test(under_encryption),
		cmocka_unit_test(download),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
