/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Octets written by hand from the figures of RFC 7296, RFC 7383, the draft and the wire profile;
 * nothing here was produced by the code under test. Unit tests and fuzz seeds both come from this
 * table.
 */
#ifndef IKESYNC_TESTS_KNOWN_H
#define IKESYNC_TESTS_KNOWN_H

#include "wire/span.h"

/* Heap memory of exactly the octets' size, so that ASan sees a read beyond them. */
struct octets {
	uint8_t *p;
	size_t n;
};

/* Blanks are skipped; anything but hex digits aborts. */
struct octets octets_hex(const char *hex);
struct octets octets_copy(struct span s);
void octets_free(struct octets *o);
static inline struct span octets_span(const struct octets *o)
{
	return span_of(o->p, o->n);
}

struct known_payload {
	const char *name;
	uint8_t type;
	size_t fixed;    /* no shorter body is good */
	bool strict;     /* no prefix of the body is good */
	const char *hex; /* the body, without the generic header */
};

extern const struct known_payload known_payloads[];
extern const size_t known_payloads_n;

/* Whole messages. */
struct known_message {
	const char *name;
	const char *hex;
};

extern const struct known_message known_ike[];
extern const size_t known_ike_n;
extern const struct known_message known_stub_messages[];
extern const size_t known_stub_messages_n;
/* Container bodies (201) and plaintexts of sealed stubs. */
extern const struct known_message known_stubs[];
extern const size_t known_stubs_n;
extern const char *const known_texts[];
extern const size_t known_texts_n;

#define KNOWN_SYN_REQUEST 0 /* places in known_ike */
#define KNOWN_HIT 1
#define KNOWN_INIT 0 /* places in known_stub_messages */
#define KNOWN_UPDATE 1
#define KNOWN_GET 2
#define KNOWN_DOWNLOAD 3
#define KNOWN_PREFETCH 4
#define KNOWN_DELETE_REPLY 5
#define KNOWN_SEALED 0 /* places in known_stubs */
#define KNOWN_CLEAR 1
#define KNOWN_PLAINTEXT 2

/* The pieces the messages are made of. */
#define HEX_SPI_OLD "0102030405060708"
#define HEX_INDEX4 HEX_SPI_OLD " c0000201"
#define HEX_INDEX6 HEX_SPI_OLD " 20010db8 00000000 00000000 00000001"
/* RFC 7296 3.3: one IKE proposal, AES-CBC-128, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128, x25519 */
#define HEX_SA_IKE                        \
	"00 00 002c 01 01 00 04"          \
	"03 00 000c 01 00 000c 800e 0080" \
	"03 00 0008 02 00 0005"           \
	"03 00 0008 03 00 000c"           \
	"00 00 0008 04 00 001f"
#define HEX_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_PROFILE_1 "696b6573796e632070726f66696c652031"

#endif
