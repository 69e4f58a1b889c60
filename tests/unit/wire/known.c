/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of known octets. */
#include "known.h"

#include <stdio.h>
#include <stdlib.h>

/* A container for the index above with a sealed stub: lifetime 3600; version 1, key ID 7, expiry
 * 2^31. */
#define HEX_SEALED_BODY                          \
	"01 00000007" HEX_32 "00000000 80000000" \
	"c1c2c3c4c5c6c7c8 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
/* 4 head + 16 index + 8 lifetime + 73 sealed = 101 = 0x65 */
#define HEX_SEALED_CONTAINER                          \
	"c8 000000"                                   \
	"cd 00 0010" HEX_INDEX4 "d0 00 0008 00000e10" \
	"00 00 0049" HEX_SEALED_BODY
/* The stub's chain: SA 48, IDi 18, IDr 18, SPI pair 20, SK_d 36, attributes. */
#define HEX_STUB_CHAIN                                                     \
	"23 00 0030" HEX_SA_IKE "24 00 0012 02000000 636c2e6578616d706c65" \
	"ca 00 0012 02000000 67772e6578616d706c65"                         \
	"cb 00 0014" HEX_SPI_OLD "1112131415161718"                        \
	"cc 00 0024" HEX_32 "d1 00 0008 deadbeef"                          \
	"d1 00 0007 0001 02"                                               \
	"d1 00 0008 0002 0202"                                             \
	"d1 00 0009 0003 616263"                                           \
	"d1 00 000a 0004 0a630001"                                         \
	"d1 00 0017 0005 20010db8000000000000000000000002 40"              \
	"d1 00 000e 0006 0000000080000001"                                 \
	"d1 00 000e 0007 0000000080000002"                                 \
	"d1 00 000e 0008 0000000080000003"                                 \
	"d1 00 001a 0009 0000000070000000 0000000070000001 00000003"       \
	"d1 00 0008 000a 0004"                                             \
	"d1 00 0010 000b 62616e6b2e783a343935"                             \
	"d1 00 0008 000c 0003"                                             \
	"00 00 0009 4242 abcdef"
#define HEX_CLEAR_CONTAINER "c8 000000 cd 00 0010" HEX_INDEX4 "21 00 0008 00000e10" HEX_STUB_CHAIN
#define HEX_PLAINTEXT "21 000000" HEX_STUB_CHAIN

const struct known_payload known_payloads[] = {
	/* RFC 7296 3.3 */
	{ "SA, IKE", 33, 44, true, HEX_SA_IKE },
	{ "SA, two ESP proposals", 33, 72, true,
	  "02 00 0020 01 03 04 02 c0ffee01 03 00 000c 01 00 0014 800e 0100 00 00 0008 05 00 0000"
	  "00 00 0028 02 03 04 03 c0ffee01 03 00 000c 01 00 000c 800e 0080 03 00 0008 03 00 000c"
	  "00 00 0008 05 00 0000" },
	{ "SA, IKE rekey", 33, 36, true,
	  "00 00 0024 01 01 08 02" HEX_SPI_OLD "03 00 000c 01 00 0014 800e 0100 00 00 0008 02 00 "
	  "0005" },
	/* 3.4 */
	{ "KE", 34, 4, false, "001f 0000" HEX_32 },
	/* 3.5 */
	{ "IDi, FQDN", 35, 4, false, "02 000000 67772e6578616d706c65" },
	{ "IDr, IPv4", 36, 8, true, "01 000000 c0000201" },
	{ "IDi, IPv6", 35, 20, true, "05 000000 20010db8000000000000000000000001" },
	/* 3.6, 3.7 */
	{ "CERT", 37, 1, false, "04 30820101" },
	{ "CERTREQ", 38, 1, false, "04 000102030405060708090a0b0c0d0e0f10111213" },
	/* 3.8 */
	{ "AUTH", 39, 4, false, "02 000000" HEX_32 },
	/* 3.9 */
	{ "Nonce of 16", 40, 16, true, "000102030405060708090a0b0c0d0e0f" },
	{ "Nonce of 32", 40, 16, false, HEX_32 },
	/* 3.10 */
	{ "N(NAT_DETECTION_SOURCE_IP)", 41, 4, false,
	  "00 00 4004 000102030405060708090a0b0c0d0e0f10111213" },
	{ "N(REKEY_SA)", 41, 8, true, "03 04 4009 c0ffee01" },
	{ "N(IKESYNC_INDEX)", 41, 4, false, "00 00 c15c" HEX_INDEX4 },
	/* RFC 5685 section 8.2 */
	{ "N(REDIRECT)", 41, 4, false, "00 00 4017 03 04 672e6c62" },
	/* 3.11 */
	{ "D, IKE", 42, 4, true, "01 00 0000" },
	{ "D, ESP", 42, 12, true, "03 04 0002 c0ffee01 c0ffee02" },
	/* 3.12 */
	{ "V, profile 1", 43, 0, false, HEX_PROFILE_1 },
	/* 3.13 */
	{ "TSi, any IPv4", 44, 20, true, "01 000000 07 00 0010 0000 ffff 00000000 ffffffff" },
	{ "TSr, IPv4 and IPv6", 45, 60, true,
	  "02 000000 07 11 0010 0035 0035 c0000200 c00002ff"
	  "08 00 0028 0000 ffff 20010db8000000000000000000000000 "
	  "20010db8ffffffffffffffffffffffff" },
	{ "TSi, OPAQUE ports", 44, 20, true, "01 000000 07 32 0010 ffff 0000 c0000201 c0000201" },
	/* 3.15 */
	{ "CP, request", 47, 4, false, "01 000000 0001 0000 0003 0000" },
	{ "CP, reply", 47, 4, false,
	  "02 000000 0001 0004 0a630001 0002 0004 ffffff00 0008 0011 "
	  "20010db8000000000000000000000002 40" },
	/* 3.16 */
	{ "EAP, identity response", 48, 10, true, "02 2a 000a 01 68656c6c6f" },
	{ "EAP, success", 48, 4, true, "03 2a 0004" },
	/* RFC 7383 2.5 */
	{ "SKF", 53, 4, false, "0001 0003 000102030405060708090a0b0c0d0e0f" },
	/* draft 3.7, rule 4 */
	{ "SYN, IPv4", 200, 12, true, HEX_INDEX4 },
};
const size_t known_payloads_n = sizeof(known_payloads) / sizeof(known_payloads[0]);

const struct known_message known_ike[] = {
	/* 28 header + SA 48 + KE 40 + Ni 36 + SYN 16 + V 21 = 189 */
	{ "syn-request", "a1a2a3a4a5a6a7a8 0000000000000000 21 20 22 08 00000000 000000bd"
			 "22 00 0030" HEX_SA_IKE "28 00 0028 001f 0000" HEX_32 "c8 00 0024" HEX_32
			 "2b 00 0010" HEX_INDEX4 "00 00 0015" HEX_PROFILE_1 },
	/* 28 + Nr 36 + V 21 + two NAT detections of 28 = 141 */
	{ "hit", "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 28 20 22 20 00000000 0000008d"
		 "2b 00 0024" HEX_32 "29 00 0015" HEX_PROFILE_1
		 "29 00 001c 00 00 4004 000102030405060708090a0b0c0d0e0f10111213"
		 "00 00 001c 00 00 4005 000102030405060708090a0b0c0d0e0f10111213" },
	/* SK ends the chain; its Next Payload names IDi inside: 28 + 36 = 64 */
	{ "ike-auth",
	  "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 2e 20 23 08 00000001 00000040 23 00 0024" HEX_32 },
	/* 28 + 12 + 24 = 64 */
	{ "skf",
	  "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 29 20 23 08 00000001 00000040"
	  "35 00 000c 00 00 4000 01020304 23 00 0018 0001 0002 000102030405060708090a0b0c0d0e0f" },
	/* what is inside an SK, laid bare: IDi 18, CERT 9, CERTREQ 25, AUTH 36+4, CP 16, EAP 14 =
	   28+122 */
	{ "inner-auth", "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 23 20 23 08 00000001 00000096"
			"25 00 0012 02 000000 67772e6578616d706c65 26 00 0009 04 30820101"
			"27 00 0019 04 000102030405060708090a0b0c0d0e0f10111213"
			"2f 00 0028 02 000000" HEX_32 "30 00 0010 01 000000 0001 0000 0003 0000"
			"00 00 000e 02 2a 000a 01 68656c6c6f" },
	/* SA 76, TSi 24, TSr 64, D 16, COOKIE 12, SYN IPv6 28 = 28 + 220 = 248 */
	{ "inner-child",
	  "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 21 20 24 00 00000002 000000f8"
	  "2c 00 004c 02 00 0020 01 03 04 02 c0ffee01 03 00 000c 01 00 0014 800e 0100 00 00 0008 "
	  "05 00 0000 00 00 0028 02 03 04 03 c0ffee01 03 00 000c 01 00 000c 800e 0080 03 00 0008 "
	  "03 00 000c 00 00 0008 05 00 0000"
	  "2d 00 0018 01 000000 07 00 0010 0000 ffff 00000000 ffffffff"
	  "2a 00 0040 02 000000 07 11 0010 0035 0035 c0000200 c00002ff 08 00 0028 0000 ffff "
	  "20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff"
	  "29 00 0010 03 04 0002 c0ffee01 c0ffee02"
	  "c8 00 000c 00 00 4006 01020304 00 00 001c" HEX_INDEX6 },
};
const size_t known_ike_n = sizeof(known_ike) / sizeof(known_ike[0]);

const struct known_message known_stub_messages[] = {
	/* 4 header + 8 transaction + stub 4 + 101 = 117 = 0x75 */
	{ "init", "cf 01 0075 c9 00 0008 00000001 00 00 0069" HEX_SEALED_CONTAINER },
	/* index 16 between: 133 = 0x85 */
	{ "update", "cf 02 0085 c8 00 0008 00000002 c9 00 0010" HEX_INDEX4
		    "00 00 0069" HEX_SEALED_CONTAINER },
	/* two indexes, IPv4 16 and IPv6 28: 12 + 44 = 56 = 0x38 */
	{ "get", "cf 03 0038 c8 00 0008 00000003 c8 00 0010" HEX_INDEX4 "00 00 001c" HEX_INDEX6 },
	/* status ok item 0 (8), stub 105, status not-found item 1 with text "gone" (12): 12+125 =
	   137 */
	{ "download",
	  "cf 04 0089 ce 00 0008 00000003 c9 00 0008 00 00 0000 ce 00 0069" HEX_SEALED_CONTAINER
	  "00 00 000c 01 00 0001 676f6e65" },
	/* status for all, MORE (8), two stubs of 105 each: 12 + 218 = 230 = 0xe6 */
	{ "prefetch",
	  "cf 04 00e6 ce 00 0008 00000004 c9 00 0008 00 80 ffff c9 00 0069" HEX_SEALED_CONTAINER
	  "00 00 0069" HEX_SEALED_CONTAINER },
	/* 12 + 8 = 20 */
	{ "delete-reply", "cf 05 0014 ce 00 0008 00000005 00 00 0008 00 00 0000" },
	/* a push: stub in clear, 4 + 8 + 4 + container 342 = 358 */
	{ "push-clear", "cf 04 0166 c9 00 0008 80000001 00 00 015a" HEX_CLEAR_CONTAINER },
};
const size_t known_stub_messages_n = sizeof(known_stub_messages) / sizeof(known_stub_messages[0]);

const struct known_message known_stubs[] = {
	{ "container-sealed", HEX_SEALED_CONTAINER },
	{ "container-clear", HEX_CLEAR_CONTAINER },
	{ "plaintext", HEX_PLAINTEXT },
};
const size_t known_stubs_n = sizeof(known_stubs) / sizeof(known_stubs[0]);

const char *const known_texts[] = {
	"192.0.2.1",       "2001:db8::1",       "::ffff:192.0.2.1",
	"fqdn:gw.example", "email:a@b.example", "ip:192.0.2.1",
	"ip:2001:db8::1",  "keyid:00ff10",      "dn:3000",
};
const size_t known_texts_n = sizeof(known_texts) / sizeof(known_texts[0]);

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	if (!at || c == '\0') {
		fprintf(stderr, "not a hex digit: %c\n", c);
		abort();
	}
	return (int)(at - digits);
}

struct octets octets_copy(struct span s)
{
	struct octets o = { malloc(s.n), s.n };

	if (s.n && !o.p)
		abort();
	if (s.n)
		memcpy(o.p, s.p, s.n);
	return o;
}

struct octets octets_hex(const char *hex)
{
	uint8_t *buf = malloc(strlen(hex) / 2 + 1);
	struct octets o;
	size_t n = 0;
	int high = -1;

	if (!buf)
		abort();
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		if (high < 0) {
			high = nibble(*hex);
			continue;
		}
		buf[n++] = (uint8_t)(high << 4 | nibble(*hex));
		high = -1;
	}
	if (high >= 0)
		abort();
	o = octets_copy(span_of(buf, n));
	free(buf);
	return o;
}

void octets_free(struct octets *o)
{
	free(o->p);
	o->p = NULL;
	o->n = 0;
}
