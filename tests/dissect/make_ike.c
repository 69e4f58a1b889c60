/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE captures: resumption as it should be, and each thing that can be wrong with it. */
#include "make_captures.h"
#include "make_ike.h"

#include <stdlib.h>
#include <string.h>

struct octets *ike(const char *spii, const char *spir, uint8_t exchange, uint8_t flags,
		   uint32_t mid, const struct payload *list)
{
	struct octets *o = octets_new(spii);

	octets_hex(o, spir);
	octets_hex(o, "00 20");
	octets_uint(o, 1, exchange);
	octets_uint(o, 1, flags);
	octets_uint(o, 4, mid);
	octets_uint(o, 4, 0);
	o->at[16] = octets_chain(o, list);
	octets_patch(o, 24, 4, o->n);
	return o;
}

const char *spii(unsigned number)
{
	static char text[32];

	memcpy(text, "d1d2 d3d4 d5d6 d700", 20);
	text[17] = "0123456789abcdef"[number >> 4 & 15];
	text[18] = "0123456789abcdef"[number & 15];
	return text;
}

const struct payload good_syn[] = {
	{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
	{ SYN, SYN4, 0, 0, 0 },   { V, VENDOR, 0, 0, 0 },   { END, "", 0, 0, 0 },
};
const struct payload hit[] = {
	{ NONCE, NR, 0, 0, 0 },
	{ V, VENDOR, 0, 0, 0 },
	{ END, "", 0, 0, 0 },
};
static const struct payload full[] = {
	{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NR, 0, 0, 0 },
	{ V, VENDOR, 0, 0, 0 },   { END, "", 0, 0, 0 },
};
/* ENCR_NULL without integrity: one pad length octet after the payloads. */
static const struct payload sk_bind[] = {
	{ SK,
	  "2900 0024 00 00 c15d 0101 0202 0303 0404 0505 0606 0707 0808 0909 1010 1111 1212 1313 "
	  "1414 "
	  "00",
	  0, 0, 41 },
	{ END, "", 0, 0, 0 },
};

void ike_request(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_udp(c, ms, CLIENT, 500, GATEWAY, 500, o);
}

void ike_response(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_udp(c, ms, GATEWAY, 500, CLIENT, 500, o);
}

/*
 * The whole resumption: SYN, HDR+Nr, confirmation, its answer; the latter two readable with NULL.
 */
static void resumed(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-resumed");
	/* N(IKESYNC_BIND) with 32 octets */
	struct payload confirm[] = {
		{ SK,
		  "0000 0028 00 00 c15d 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 "
		  "0101 "
		  "0101 0101 0101 0101 00",
		  0, 0, N },
		{ END, "", 0, 0, 0 },
	};
	/* N(IKESYNC_BIND), N(IKESYNC_INDEX) */
	struct payload confirmed[] = {
		{ SK,
		  "2900 0028 00 00 c15d 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 "
		  "0202 "
		  "0202 0202 0202 0202  0000 0014 00 00 c15c 5a5b 5c5d 5e5f 6061 c000 0202 00",
		  0, 0, N },
		{ END, "", 0, 0, 0 },
	};

	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 3, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	ike_request(c, 4, ike(spii(1), SPI_R, 37, 0x08, 1, confirm));
	ike_response(c, 9, ike(spii(1), SPI_R, 37, 0x20, 1, confirmed));
	capture_close(c);
}

static void ipv6(const char *directory)
{
	static const struct payload syn[] = {
		{ SYN, SYN6, 0, 0, 0 }, { SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 },
		{ NONCE, NI, 0, 0, 0 }, { END, "", 0, 0, 0 },
	};
	struct capture *c = capture_open(directory, "syn-ipv6");

	capture_udp(c, 0, CLIENT6, 500, GATEWAY6, 500, ike(spii(1), NO_SPI, 34, 0x08, 0, syn));
	capture_udp(c, 7, GATEWAY6, 500, CLIENT6, 500, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_close(c);
}

static void nat(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-4500");
	struct octets *o = octets_new("0000 0000");

	octets_add(o, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_udp(c, 0, CLIENT, 40500, GATEWAY, 4500, o);
	o = octets_new("0000 0000");
	octets_add(o, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_udp(c, 2, GATEWAY, 4500, CLIENT, 40500, o);
	capture_udp(c, 20, CLIENT, 40500, GATEWAY, 4500, octets_new("ff")); /* keepalive */
	capture_close(c);
}

static void cookie(const char *directory)
{
	static const struct payload demand[] = { { N, COOKIE, 0, 0, 0 }, { END, "", 0, 0, 0 } };
	static const struct payload again[] = {
		{ N, COOKIE, 0, 0, 0 }, { SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 },
		{ NONCE, NI, 0, 0, 0 }, { SYN, SYN4, 0, 0, 0 },   { END, "", 0, 0, 0 },
	};
	struct capture *c = capture_open(directory, "syn-cookie");

	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 1, ike(spii(1), NO_SPI, 34, 0x20, 0, demand));
	ike_request(c, 2, ike(spii(1), NO_SPI, 34, 0x08, 0, again));
	ike_request(c, 502, ike(spii(1), NO_SPI, 34, 0x08, 0, again)); /* retransmission */
	ike_response(c, 505, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	ike_response(c, 506, ike(spii(1), SPI_R, 34, 0x20, 0, hit)); /* retransmission */
	capture_close(c);
}

static void fallback(const char *directory)
{
	static const struct payload group[] = { { N, "00 00 0011 000e", 0, 0, 0 },
						{ END, "", 0, 0, 0 } };
	static const struct payload refusal[] = { { N, "00 00 000e", 0, 0, 0 },
						  { END, "", 0, 0, 0 } };
	/* REDIRECT to 192.0.2.3 */
	static const struct payload redirect[] = { { N, "00 00 4017 01 04 c000 0203", 0, 0, 0 },
						   { END, "", 0, 0, 0 } };
	struct capture *c = capture_open(directory, "syn-fallback");

	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 5, ike(spii(1), SPI_R, 34, 0x20, 0, full));
	ike_request(c, 100, ike(spii(2), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 105, ike(spii(2), NO_SPI, 34, 0x20, 0, group));
	ike_request(c, 200, ike(spii(3), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 205, ike(spii(3), NO_SPI, 34, 0x20, 0, refusal));
	ike_request(c, 300, ike(spii(4), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 305, ike(spii(4), NO_SPI, 34, 0x20, 0, redirect));
	/* IKE_AUTH after the fallback is as it should be: nothing of ours */
	ike_request(c, 400, ike(spii(1), SPI_R, 35, 0x08, 1, sk_bind));
	capture_close(c);
}

/* Each request has one fault; the frame's number is the line's. */
static void malformed(const char *directory)
{
	static const struct {
		const char *spir;
		uint8_t exchange, flags;
		uint32_t mid;
		struct payload syn;
		struct payload second;
	} cases[] = {
#define BAD(body, flags, length)                                      \
	{                                                             \
		NO_SPI, 34, 0x08, 0, { SYN, body, flags, length, 0 }, \
		{                                                     \
			END, "", 0, 0, 0                              \
		}                                                     \
	}
		/* 1 */ BAD("", 0, 0),
		/* 2: length 15 */ BAD("0123 4567 89ab cdef c000 02", 0, 0),
		/* 3: length 17 */ BAD("0123 4567 89ab cdef c000 0201 00", 0, 0),
		/* 4: IPv6 octets, IPv4 length: the rest looks like a payload */
		BAD("0123 4567 89ab cdef 2001 0db8 0001 0000 0000 0000 0000 0001", 0, 16),
		/* 5 */ BAD(SYN4, 0, 3),
		/* 6: runs over the message */ BAD(SYN4, 0, 65535),
		/* 7: C=1 */ BAD(SYN4, 0x80, 0),
		/* 8: RESERVED, harmless */ BAD(SYN4, 0x2a, 0),
		/* 9: zero SPI */ BAD("0000 0000 0000 0000 c000 0201", 0, 0),
		/* 10: 0.0.0.0 */ BAD("0123 4567 89ab cdef 0000 0000", 0, 0),
		/* 11: 224.0.0.1 */ BAD("0123 4567 89ab cdef e000 0001", 0, 0),
		/* 12: 255.255.255.255 */ BAD("0123 4567 89ab cdef ffff ffff", 0, 0),
		/* 13: :: */
		BAD("0123 4567 89ab cdef 0000 0000 0000 0000 0000 0000 0000 0000", 0, 0),
		/* 14: ::ffff:192.0.2.1 */
		BAD("0123 4567 89ab cdef 0000 0000 0000 0000 0000 ffff c000 0201", 0, 0),
		/* 15: ff02::1 */
		BAD("0123 4567 89ab cdef ff02 0000 0000 0000 0000 0000 0000 0001", 0, 0),
		/* 16: two */
		{ NO_SPI, 34, 0x08, 0, { SYN, SYN4, 0, 0, 0 }, { SYN, SYN6, 0, 0, 0 } },
		/* 17: responder SPI */
		{ SPI_R, 34, 0x08, 0, { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } },
		/* 18: Message ID */
		{ NO_SPI, 34, 0x08, 1, { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } },
		/* 19: not the initiator */
		{ NO_SPI, 34, 0x00, 0, { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } },
		/* 20: INFORMATIONAL */
		{ SPI_R, 37, 0x08, 2, { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } },
		/* 21: in a response */
		{ SPI_R, 34, 0x20, 0, { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } },
		/* 22: right length, but the message ends in it */ BAD("0123 4567 89ab", 0, 16),
#undef BAD
	};
	struct capture *c = capture_open(directory, "syn-malformed");

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct payload list[] = {
			{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 },
			{ NONCE, NI, 0, 0, 0 },   cases[i].syn,
			cases[i].second,          { END, "", 0, 0, 0 },
		};

		ike_request(c, i * 10,
			    ike(spii(i + 1), cases[i].spir, cases[i].exchange, cases[i].flags,
				cases[i].mid, list));
	}
	capture_close(c);
}

/* A good SYN, and behind it a chain that breaks; then datagrams that are not as long as Length
 * says. */
static void broken(const char *directory)
{
	static const struct {
		struct payload syn, last;
	} cases[] = {
		/* 1: a notify is named that is not there */
		{ { SYN, SYN4, 0, 0, 0 }, { V, VENDOR, 0, 0, N } },
		/* 3: length 3 */ { { SYN, SYN4, 0, 0, 0 }, { V, VENDOR, 0, 3, 0 } },
		/* 4: runs over the message */ { { SYN, SYN4, 0, 0, 0 }, { V, VENDOR, 0, 22, 0 } },
		/* 5: octets left over */ { { SYN, SYN4, 0, 0, -1 }, { V, VENDOR, 0, 0, 0 } },
	};
	struct capture *c = capture_open(directory, "syn-broken");
	struct octets *o;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct payload list[] = {
			{ SA, SA_BODY, 0, 0, 0 },
			{ KE, KE_BODY, 0, 0, 0 },
			{ NONCE, NI, 0, 0, 0 },
			cases[i].syn,
			cases[i].last,
			{ END, "", 0, 0, 0 },
		};

		ike_request(c, i * 10, ike(spii(i + 1), NO_SPI, 34, 0x08, 0, list));
		if (i == 0) /* 2: the gateway went on without the SYN */
			ike_response(c, 5, ike(spii(1), SPI_R, 34, 0x20, 0, full));
	}
	/* 6: four octets more than Length says */
	o = ike(spii(5), NO_SPI, 34, 0x08, 0, good_syn);
	octets_hex(o, "dead beef");
	ike_request(c, 50, o);
	/* 7: and four fewer, though all payloads are there */
	o = ike(spii(6), NO_SPI, 34, 0x08, 0, good_syn);
	octets_patch(o, 24, 4, o->n + 4);
	ike_request(c, 60, o);
	/* 8: as 6, behind the non-ESP marker */
	o = octets_new("0000 0000");
	octets_add(o, ike(spii(7), NO_SPI, 34, 0x08, 0, good_syn));
	octets_hex(o, "dead beef");
	capture_udp(c, 70, CLIENT, 40500, GATEWAY, 4500, o);
	capture_close(c);
}

/* Requests without what must be there, and nonces of wrong size. */
static void incomplete(const char *directory)
{
	static const struct payload alone[] = { { SYN, SYN4, 0, 0, 0 }, { END, "", 0, 0, 0 } };
	static const struct payload no_ke[] = { { SA, SA_BODY, 0, 0, 0 },
						{ NONCE, NI, 0, 0, 0 },
						{ SYN, SYN4, 0, 0, 0 },
						{ END, "", 0, 0, 0 } };
	static const struct payload short_ni[] = {
		{ SA, SA_BODY, 0, 0, 0 },
		{ KE, KE_BODY, 0, 0, 0 },
		{ NONCE, "a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad ae", 0, 0, 0 }, /* 15 */
		{ SYN, SYN4, 0, 0, 0 },
		{ END, "", 0, 0, 0 },
	};
	struct capture *c = capture_open(directory, "syn-incomplete");
	char long_ni[2 * 257 + 1], big[2 * 1100 + 1];
	struct payload nonce257[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, long_ni, 0, 0, 0 },
		{ SYN, SYN4, 0, 0, 0 },   { END, "", 0, 0, 0 },
	};
	struct payload too_big[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ SYN, SYN4, 0, 0, 0 },   { V, big, 0, 0, 0 },      { END, "", 0, 0, 0 },
	};

	memset(long_ni, 'b', sizeof(long_ni) - 1);
	long_ni[sizeof(long_ni) - 1] = 0;
	memset(big, '7', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, alone));
	ike_request(c, 10, ike(spii(2), NO_SPI, 34, 0x08, 0, no_ke));
	ike_request(c, 20, ike(spii(3), NO_SPI, 34, 0x08, 0, short_ni));
	ike_request(c, 30, ike(spii(4), NO_SPI, 34, 0x08, 0, nonce257));
	ike_request(c, 40, ike(spii(5), NO_SPI, 34, 0x08, 0, too_big));
	capture_close(c);
}

/* Each good request has a bad answer. */
static void answers(const char *directory)
{
	static const struct payload both[] = { { SA, SA_BODY, 0, 0, 0 },
					       { NONCE, NR, 0, 0, 0 },
					       { END, "", 0, 0, 0 } };
	static const struct payload neither[] = { { V, VENDOR, 0, 0, 0 }, { END, "", 0, 0, 0 } };
	static const struct payload short_nr[] = { { NONCE, "c0c1 c2c3 c4c5 c6c7", 0, 0, 0 },
						   { END, "", 0, 0, 0 } };
	static const struct payload clear[] = {
		{ NONCE, NR, 0, 0, 0 },
		{ N, "00 00 c15c 5a5b 5c5d 5e5f 6061 c000 0202", 0, 0, 0 }, /* INDEX */
		{ N, "00 00 c15d 0102 0304", 0, 0, 0 },                     /* BIND, 4 octets */
		{ END, "", 0, 0, 0 },
	};
	static const struct payload not_committed[] = { { N, "01 00 30d4 00", 0, 0, 0 },
							{ END, "", 0, 0, 0 } };
	struct capture *c = capture_open(directory, "syn-answers");

	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 5, ike(spii(1), SPI_R, 34, 0x20, 0, both));
	ike_request(c, 10, ike(spii(2), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 15, ike(spii(2), SPI_R, 34, 0x20, 0, neither));
	ike_request(c, 20, ike(spii(3), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 25, ike(spii(3), SPI_R, 34, 0x20, 0, short_nr));
	ike_request(c, 30, ike(spii(4), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 35, ike(spii(4), NO_SPI, 34, 0x20, 0, hit)); /* SPIr zero */
	ike_request(c, 40, ike(spii(5), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 45,
		     ike(spii(5), "0123 4567 89ab cdef", 34, 0x20, 0, hit)); /* the old SPI */
	ike_request(c, 50, ike(spii(6), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 55, ike(spii(6), SPI_R, 34, 0x20, 0, clear));
	ike_request(c, 60, ike(spii(7), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 65, ike(spii(7), SPI_R, 34, 0x20, 0, not_committed));
	ike_response(c, 70,
		     ike(spii(8), SPI_R, 34, 0x20, 0, hit)); /* its request was not captured */
	/* IKE_AUTH on a resumed SA */
	ike_request(c, 80, ike(spii(6), SPI_R, 35, 0x08, 1, sk_bind));
	capture_close(c);
}

/* Not ours: IKEv1 with a payload 200, and an ordinary IKE_SA_INIT. */
static void others(const char *directory)
{
	static const struct payload v1[] = { { 1, "0000 0001 0000 0001", 0, 0, 0 },
					     { SYN, SYN4, 0, 0, 0 },
					     { END, "", 0, 0, 0 } };
	static const struct payload plain[] = { { SA, SA_BODY, 0, 0, 0 },
						{ KE, KE_BODY, 0, 0, 0 },
						{ NONCE, NI, 0, 0, 0 },
						{ END, "", 0, 0, 0 } };
	static const struct payload plain_answer[] = { { SA, SA_BODY, 0, 0, 0 },
						       { KE, KE_BODY, 0, 0, 0 },
						       { NONCE, NR, 0, 0, 0 },
						       { END, "", 0, 0, 0 } };
	struct capture *c = capture_open(directory, "syn-none");
	struct octets *o = ike(spii(1), NO_SPI, 2, 0x00, 0, v1);

	o->at[17] = 0x10;
	ike_request(c, 0, o);
	ike_request(c, 10, ike(spii(2), NO_SPI, 34, 0x08, 0, plain));
	ike_response(c, 15, ike(spii(2), SPI_R, 34, 0x20, 0, plain_answer));
	capture_close(c);
}

static void tcp(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-tcp500");

	capture_tcp(c, 0, CLIENT, 50500, GATEWAY, 500, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 4, GATEWAY, 500, CLIENT, 50500, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_close(c);
}

/* A port that isakmp does not listen on. */
static void other_port(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-port5500");

	capture_udp(c, 0, CLIENT, 5500, GATEWAY, 5500, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_udp(c, 6, GATEWAY, 5500, CLIENT, 5500, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_close(c);
}

static void other_type(const char *directory)
{
	static const struct payload syn[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ 222, SYN4, 0, 0, 0 },   { END, "", 0, 0, 0 },
	};
	struct capture *c = capture_open(directory, "syn-type222");

	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, syn));
	capture_close(c);
}

/* A good SYN (its payload is octets 194 to 209 of the frame) captured to ever fewer octets. */
static void cut(const char *directory)
{
	static const size_t seen[] = {
		231, 220, 210, 209, 206, 205, 202, 198, 196, 150, 70, 69, 43
	};
	struct capture *c = capture_open(directory, "syn-cut");
	struct payload list[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ SYN, SYN4, 0, 0, 0 },   { V, VENDOR, 0, 0, 0 },   { END, "", 0, 0, 0 },
	};

	for (unsigned i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		capture_snap(c, seen[i]);
		ike_request(c, i, ike(spii(i + 1), NO_SPI, 34, 0x08, 0, list));
	}
	capture_close(c);
}

/* Inside SK, readable with NULL: a SYN where none belongs, and the two other notifies. */
static void protected_notifies(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-protected");
	struct payload syn[] = { { SK, "0000 0010 0123 4567 89ab cdef c000 0201 00", 0, 0, SYN },
				 { END, "", 0, 0, 0 } };
	/* N(NOT_COMMITTED), N(BIND) with 32 octets */
	struct payload refused[] = {
		{ SK,
		  "2900 0008 00 00 30d4 0000 0028 00 00 c15d 0303 0303 0303 0303 0303 0303 0303 "
		  "0303 "
		  "0303 0303 0303 0303 0303 0303 0303 0303 00",
		  0, 0, N },
		{ END, "", 0, 0, 0 },
	};
	/* N(IKESYNC_STUB) with 6 octets, N(IKESYNC_INDEX) of 11 octets */
	struct payload stub[] = {
		{ SK,
		  "2900 000e 00 00 c15e 0102 0304 0506 0000 0013 00 00 c15c 5a5b 5c5d 5e5f 6061 "
		  "c000 02 00",
		  0, 0, N },
		{ END, "", 0, 0, 0 },
	};

	ike_request(c, 0, ike(spii(1), SPI_R, 37, 0x08, 5, syn));
	ike_response(c, 5, ike(spii(1), SPI_R, 37, 0x20, 5, refused));
	ike_response(c, 10, ike(spii(1), SPI_R, 37, 0x00, 0, stub));
	capture_close(c);
}

/* Rules that take more than one message to see; the frame's number is in front. */
static void rules(const char *directory)
{
	static const char other_ni[] = "a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad aeaf";
	const struct payload no_vendor[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ SYN, SYN4, 0, 0, 0 },   { END, "", 0, 0, 0 },
	};
	const struct payload no_vendor_hit[] = { { NONCE, NR, 0, 0, 0 }, { END, "", 0, 0, 0 } };
	const struct payload other_hit[] = { { NONCE, other_ni, 0, 0, 0 },
					     { V, VENDOR, 0, 0, 0 },
					     { END, "", 0, 0, 0 } };
	/* cookies of no octet and of 65 */
	const struct payload no_cookie[] = { { N, "00 00 4006", 0, 0, 0 }, { END, "", 0, 0, 0 } };
	char cookie65[8 + 2 * 65 + 1] = "00004006";
	const struct payload long_cookie[] = { { N, cookie65, 0, 0, 0 }, { END, "", 0, 0, 0 } };
	/* the cookie last, and another Ni */
	const struct payload changed[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { KE, KE_BODY, 0, 0, 0 }, { NONCE, other_ni, 0, 0, 0 },
		{ SYN, SYN4, 0, 0, 0 },   { V, VENDOR, 0, 0, 0 },   { N, COOKIE, 0, 0, 0 },
		{ END, "", 0, 0, 0 },
	};
	char big[2 * 1300 + 1];
	const struct payload big_hit[] = { { NONCE, NR, 0, 0, 0 },
					   { V, big, 0, 0, 0 },
					   { V, VENDOR, 0, 0, 0 },
					   { END, "", 0, 0, 0 } };
	const struct payload stub[] = { { NONCE, NR, 0, 0, 0 },
					{ V, VENDOR, 0, 0, 0 },
					{ N, "00 00 c15e 0102 0304", 0, 0, 0 },
					{ END, "", 0, 0, 0 } };
	struct capture *c = capture_open(directory, "syn-rules");

	memset(cookie65 + 8, 'c', 2 * 65);
	memset(big, '7', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	/* 1, 2: rule 6 */
	ike_request(c, 0, ike(spii(1), NO_SPI, 34, 0x08, 0, no_vendor));
	ike_response(c, 1, ike(spii(1), SPI_R, 34, 0x20, 0, no_vendor_hit));
	/* 3: another responder's answer, rules 7 and 14; 4: the first one again, which is none */
	ike_response(c, 2, ike(spii(1), "5a5b 5c5d 5e5f 6062", 34, 0x20, 0, other_hit));
	ike_response(c, 3, ike(spii(1), SPI_R, 34, 0x20, 0, no_vendor_hit));
	/* 5 to 8: rules 9 (Ni of frame 1), 15 (both cookies), 10 and 15 */
	ike_request(c, 10, ike(spii(2), NO_SPI, 34, 0x08, 0, good_syn));
	ike_response(c, 11, ike(spii(2), NO_SPI, 34, 0x20, 0, no_cookie));
	ike_response(c, 12, ike(spii(2), NO_SPI, 34, 0x20, 0, long_cookie));
	ike_request(c, 13, ike(spii(2), NO_SPI, 34, 0x08, 0, changed));
	/* 9, 10: rules 16, 23 and 9 */
	ike_response(c, 14, ike(spii(2), SPI_R, 34, 0x20, 1, hit));
	ike_request(c, 20, ike(spii(3), NO_SPI, 34, 0x08, 0, good_syn));
	/* 11, 12: rule 23; rule 37 */
	ike_response(c, 21, ike(spii(3), SPI_R, 34, 0x20, 0, big_hit));
	ike_response(c, 22, ike(spii(3), "5a5b 5c5d 5e5f 6063", 34, 0x20, 0, stub));
	/* 13: rule 16; 14: 31 s after frame 11, rule 11 */
	ike_request(c, 30, ike(spii(3), SPI_R, 37, 0x08, 0, sk_bind));
	ike_request(c, 31030, ike(spii(3), SPI_R, 37, 0x08, 1, sk_bind));
	capture_close(c);
}

void make_ike_captures(const char *directory)
{
	protected_notifies(directory);
	rules(directory);
	resumed(directory);
	ipv6(directory);
	nat(directory);
	cookie(directory);
	fallback(directory);
	malformed(directory);
	broken(directory);
	incomplete(directory);
	answers(directory);
	others(directory);
	tcp(directory);
	other_port(directory);
	other_type(directory);
	cut(directory);
}
