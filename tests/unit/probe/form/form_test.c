/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made messages: each knob, octets written by hand, what is complained about. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "form/form_octets.h"
#include "form/form_parse.h"
#include "form/form_print.h"
#include "form/form_template.h"
#include "unit/probe/form/round_trip.h"
#include "wire/hex.h"

#define HEADER "message\nspi-i 1\nspi-r 2\nexchange 34\nmessage-id 3\n"

/* `text` makes these octets, written as digits. */
static void makes(const char *text, const char *digits)
{
	struct form_fault fault = { 0 };
	GByteArray *octets = round_trip_text(span_text(text), &fault);
	char *got;

	if (!octets)
		fail_msg("%u: %s: %s", fault.line, fault.field, fault.rule);
	got = g_malloc(2 * octets->len + 1);
	assert_string_equal(hex_write(span_of(octets->data, octets->len), got), digits);
	g_free(got);
	g_byte_array_unref(octets);
}

/* RFC 7296 section 3.1 by hand: SPIs, next payload, version, exchange, flags, ID, length. */
#define SPIS "00000000000000010000000000000002"

static void knobs_of_the_header(void **state)
{
	(void)state;
	makes(HEADER, SPIS "00"
			   "20"
			   "22"
			   "08"
			   "00000003"
			   "0000001c");
	makes(HEADER "version 3.1\nflags response version 0x41\nlength 7\nnext Nonce\n",
	      SPIS "28"
		   "31"
		   "22"
		   "71"
		   "00000003"
		   "00000007");
	makes("message raw\n octets 0011 22\n", "001122");
	makes("# comment\nmessage # and here\n\nspi-i 00000000000000ff\nspi-r 0\n"
	      "exchange INFORMATIONAL\nflags 0\nmessage-id 0\ntrailer\ntext \"a\\x00\\\"#\"\n",
	      "00000000000000ff0000000000000000"
	      "00"
	      "20"
	      "25"
	      "00"
	      "00000000"
	      "00000020"
	      "61002223");
}

static void knobs_of_payloads(void **state)
{
	(void)state;
	/* order, critical and reserved bits, a chain that lies, a length that lies */
	makes(HEADER "payload V critical reserved 0x01\n text \"x\"\npayload 77 next 5 length 9\n"
		     " u8 1\n u16 0x0203\n u32 4\n zeros 1\n",
	      SPIS "2b"
		   "20"
		   "22"
		   "08"
		   "00000003"
		   "0000002d"
		   "4d"
		   "81"
		   "0005"
		   "78"
		   "05"
		   "00"
		   "0009"
		   "01"
		   "0203"
		   "00000004"
		   "00");
	/* RFC 7296 sections 3.4 and 3.10 */
	makes(HEADER "payload KE\n group x25519\n octets 0102\npayload N critical\n notify COOKIE\n"
		     " protocol ESP\n spi 01020304\n octets ff\n",
	      SPIS "22"
		   "20"
		   "22"
		   "08"
		   "00000003"
		   "00000033"
		   "29"
		   "00"
		   "000a"
		   "001f"
		   "0000"
		   "0102"
		   "00"
		   "80"
		   "000d"
		   "03"
		   "04"
		   "4006"
		   "01020304"
		   "ff");
	/* draft section 3.7: SPI and address */
	makes(HEADER "payload SYN\n index 0123456789abcdef@192.0.2.1\n", SPIS "c8"
									      "20"
									      "22"
									      "08"
									      "00000003"
									      "0000002c"
									      "00"
									      "00"
									      "0010"
									      "0123456789abcdef"
									      "c0000201");
}

static void knobs_of_a_proposal(void **state)
{
	(void)state;
	/* RFC 7296 section 3.3: one proposal, ENCR with a key length, an unknown transform */
	makes(HEADER "payload SA\n proposal 1 IKE\n transform ENCR AES-CBC 128\n transform 9 7\n",
	      SPIS "21"
		   "20"
		   "22"
		   "08"
		   "00000003"
		   "0000003c"
		   "00"
		   "00"
		   "0020"
		   "00"
		   "00"
		   "001c"
		   "01"
		   "01"
		   "00"
		   "02"
		   "03"
		   "00"
		   "000c"
		   "01"
		   "00"
		   "000c"
		   "800e"
		   "0080"
		   "00"
		   "00"
		   "0008"
		   "09"
		   "00"
		   "0007");
}

static void octets_say_the_same(void **state)
{
	static const char reserved[] =
	    HEADER "payload KE\n octets 001f 0001 0102\n"; /* RESERVED of KE is not 0 */
	struct form_fault fault = { 0 };
	GByteArray *octets = round_trip_text(span_text(reserved), &fault);
	char *text;

	(void)state;
	assert_non_null(octets);
	text = round_trip_octets(span_of(octets->data, octets->len));
	assert_non_null(strstr(text, "octets 001f00010102\n"));
	g_free(text);
	g_byte_array_unref(octets);
	/* a header cut short, and payloads cut short */
	g_free(round_trip_octets(span_of("abc", 3)));
	text = round_trip_octets(span_of(
	    "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\x28\x20\x22\x08\0\0\0\0\0\0\0\x21\0\0\1\0x", 33));
	assert_non_null(strstr(text, "next Nonce\n"));
	assert_non_null(strstr(text, "trailer\n\toctets 0000010078\n"));
	g_free(text);
}

static void templates_are_forms(void **state)
{
	const char *name, *meaning;

	(void)state;
	for (unsigned i = 0; (name = form_template_name(i, &meaning)); i++) {
		struct form_fault fault = { 0 };
		char *text = form_template(name);
		GByteArray *octets = round_trip_text(span_text(text), &fault);

		if (!octets)
			fail_msg("%s:%u: %s", name, fault.line, fault.rule);
		g_byte_array_unref(octets);
		g_free(text);
	}
	assert_null(form_template("nothing"));
}

static void complaints(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *field, *rule;
	} wrong[] = {
		{ "", 0, "message", "there is none" },
		{ "exchange 34\n", 1, "exchange", "stands in a message" },
		{ "message\n\nflags initiater\n", 3, "flags", "initiator, response, version" },
		{ "message\nexchange IKE_SA_INT\n", 2, "exchange", "no known name and no number" },
		{ "message\nversion 2\n", 2, "version", "MAJOR.MINOR" },
		{ "message\nspi-i xyz\n", 2, "spi-i", "16 hexadecimal digits" },
		{ "message\nlength\n", 2, "length", "one value must follow, not 0" },
		{ "message\nfoo 1\n", 2, "foo", "no such field" },
		{ "message\npayload SA sometimes\n", 2, "payload", "critical, reserved N" },
		{ "message\npayload SA reserved 128\n", 2, "payload", "up to 127" },
		{ "message\npayload SA\ntransform ENCR 1\n", 3, "transform", "a proposal comes" },
		{ "message\npayload SA\noctets 00\nproposal 1 IKE\n", 4, "proposal",
		  "do not go together" },
		{ "message\npayload SA\nproposal 1 IKE\noctets 00\n", 4, "octets",
		  "do not go together" },
		{ "message\npayload SA\ngroup 14\n", 3, "group", "a payload of type 34" },
		{ "message\noctets 00\n", 2, "octets", "belongs behind payload" },
		{ "message\npayload V\noctets 0\n", 3, "octets", "pairs of hexadecimal digits" },
		{ "message\npayload V\noctets $no\n", 3, "octets", "no value is called $no" },
		{ "message\npayload V\noctets $bind:no\n", 3, "octets", "no value is called" },
		{ "message\npayload V\ntext \"no end\n", 3, "text", "ends with a quote" },
		{ "message\nderivation no\nsealed\n", 2, "derivation", "no derivation of that" },
		{ "message\nderivation label\n", 2, "derivation", "with \"sealed\"" },
		{ "message\nsealed\nsealed\n", 3, "sealed", "stands once" },
		{ "message raw\n", 1, "message", "needs octets" },
		{ "message raw\npayload V\n", 2, "payload", "octets alone" },
		{ "message\nstart stub\n", 2, "start", "before the first message" },
		{ "start now\n", 1, "start", "one of nothing" },
		{ "message\npayload SYN\nindex 1\n", 3, "index", "SPI@ADDRESS" },
		{ "message\npayload N\nspi 010203\n", 3, "spi", "4 or 8 octets" },
		{ "message\npayload V\nrandom 65536\n", 3, "random", "up to 65535" },
		{ "message\npayload V\nrandom 65535\n", 3, "random", "longer than 65507" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		struct form_fault fault = { 0 };
		struct form *f = form_parse(span_text(wrong[i].text), ROUND_TRIP_SYN, &fault);

		if (f || fault.line != wrong[i].line || strcmp(fault.field, wrong[i].field) != 0 ||
		    !strstr(fault.rule, wrong[i].rule))
			fail_msg("%s: %u: %s: %s", wrong[i].text, fault.line, fault.field,
				 fault.rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knobs_of_the_header), cmocka_unit_test(knobs_of_payloads),
		cmocka_unit_test(knobs_of_a_proposal), cmocka_unit_test(octets_say_the_same),
		cmocka_unit_test(templates_are_forms), cmocka_unit_test(complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
