/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What IKE captures are made of; make_ike.c has the bodies. */
#ifndef IKESYNC_TESTS_DISSECT_MAKE_IKE_H
#define IKESYNC_TESTS_DISSECT_MAKE_IKE_H

#include "octets.h"

#define CLIENT "198.51.100.7"
#define GATEWAY "192.0.2.2"
#define CLIENT_PORT 33000 /* of TCP; Wireshark 4.4.19 has a protocol of its own for 40000 */
#define CLIENT6 "2001:db8:7::1"
#define GATEWAY6 "2001:db8:2::2"

/* AES-CBC-128, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128, x25519 */
#define SA_BODY                                                                        \
	"0000 002c 01 01 00 04  0300 000c 01 00 000c 800e 0080  0300 0008 02 00 0005 " \
	"0300 0008 03 00 000c  0000 0008 04 00 001f"
#define KE_BODY                                                                       \
	"001f 0000 e0e1 e2e3 e4e5 e6e7 e8e9 eaeb eced eeef f0f1 f2f3 f4f5 f6f7 f8f9 " \
	"fafb fcfd feff"
#define NI "a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad aeaf b0b1 b2b3 b4b5 b6b7 b8b9 babb bcbd bebf"
#define NR "c0c1 c2c3 c4c5 c6c7 c8c9 cacb cccd cecf d0d1 d2d3 d4d5 d6d7 d8d9 dadb dcdd dedf"
#define SYN4 "0123 4567 89ab cdef c000 0201"                               /* 192.0.2.1 */
#define SYN6 "0123 4567 89ab cdef 2001 0db8 0001 0000 0000 0000 0000 0001" /* 2001:db8:1::1 */
#define VENDOR "696b 6573 796e 6320 7072 6f66 696c 6520 31"                /* ikesync profile 1 */
#define COOKIE "00 00 4006 1122 3344 5566 7788"

#define SPI_R "5a5b 5c5d 5e5f 6061"
#define NO_SPI "0000 0000 0000 0000"

enum { SA = 33, KE = 34, NONCE = 40, N = 41, V = 43, SK = 46, SYN = 200, END = -1 };

/* Request flags 08, response flags 20; the Length is patched in. */
struct octets *ike(const char *spii, const char *spir, uint8_t exchange, uint8_t flags,
		   uint32_t mid, const struct payload *list);

/* Initiator SPI, so that attempts in one file can be told apart: the number is in its end. */
const char *spii(unsigned number);

/* A datagram between CLIENT and GATEWAY, port 500. */
void ike_request(struct capture *c, unsigned ms, const struct octets *o);
void ike_response(struct capture *c, unsigned ms, const struct octets *o);

extern const struct payload good_syn[], hit[];

#endif
