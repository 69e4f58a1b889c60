/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same few messages in everything that carries IKE besides a plain UDP datagram. */
#include "make_captures.h"
#include "make_ike.h"

#include <string.h>

#define SKF 53
/* N(IKESYNC_BIND) with 32 octets, N(IKESYNC_INDEX); each as one payload with its header */
#define BIND_INDEX                                                                          \
	"2900 0028 00 00 c15d 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 " \
	"0202 0202 0202 0202  0000 0014 00 00 c15c 5a5b 5c5d 5e5f 6061 c000 0202"
#define BIND                                                                                \
	"0000 0028 00 00 c15d 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 " \
	"0101 0101 0101 0101"

/* RFC 9329 section 3: the length counts itself, the non-ESP marker and the message. */
static void framed(struct octets *o, const struct octets *message)
{
	octets_uint(o, 2, 2 + 4 + message->n);
	octets_hex(o, "0000 0000");
	octets_add(o, message);
}

static void part(struct octets *o, const struct octets *from, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		octets_uint(o, 1, from->at[i]);
}

static const struct octets *confirmation(unsigned number)
{
	const struct payload list[] = { { SK, BIND " 00", 0, 0, N }, { END, "", 0, 0, 0 } };

	return ike(spii(number), SPI_R, 37, 0x08, 1, list);
}

static const struct octets *confirmed(unsigned number)
{
	const struct payload list[] = { { SK, BIND_INDEX " 00", 0, 0, N }, { END, "", 0, 0, 0 } };

	return ike(spii(number), SPI_R, 37, 0x20, 1, list);
}

#define TO_GATEWAY CLIENT, port, GATEWAY, gateway_port
#define TO_CLIENT GATEWAY, gateway_port, CLIENT, port

/* Segments that end where messages do, in messages, and behind several. */
static void tcp_session(struct capture *c, unsigned port, unsigned gateway_port)
{
	/* ESP: SPI, sequence number, 16 octets of what looks like ciphertext */
	const char *esp = "001a c0de 0001 0000 0001 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f";
	struct octets *o = octets_new(""), *whole = octets_new("");

	octets_text(o, "IKETCP");
	framed(o, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 0, TO_GATEWAY, o);
	o = octets_new("");
	framed(o, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_tcp(c, 3, TO_CLIENT, o);
	framed(whole, confirmation(1));
	o = octets_new("");
	part(o, whole, 0, 40);
	capture_tcp(c, 4, TO_GATEWAY, o);
	o = octets_new("");
	part(o, whole, 40, whole->n);
	octets_hex(o, esp);
	/* a second attempt in the same connection, and what ends in a third segment */
	framed(o, ike(spii(2), NO_SPI, 34, 0x08, 0, good_syn));
	octets_hex(o, "001a c0de");
	capture_tcp(c, 5, TO_GATEWAY, o);
	o = octets_new("0001 0000 0002 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f");
	capture_tcp(c, 6, TO_GATEWAY, o);
	o = octets_new("");
	framed(o, confirmed(1));
	octets_hex(o, "0003 ff");
	framed(o, ike(spii(2), "5a5b 5c5d 5e5f 6062", 34, 0x20, 0, hit));
	capture_tcp(c, 9, TO_CLIENT, o);
}

static void iketcp(const char *directory)
{
	struct capture *c = capture_open(directory, "iketcp-4500");

	tcp_session(c, 50500, 4500);
	capture_close(c);
	c = capture_open(directory, "iketcp-other-port");
	tcp_session(c, 50500, 14500);
	capture_close(c);
}

/* Connections of which the capture has the middle only, and such as are wrong or not IKE. */
static void iketcp_odd(const char *directory)
{
	struct capture *c = capture_open(directory, "iketcp-odd");
	unsigned port = 50501, gateway_port = 4500;
	struct octets *o = octets_new("");

	framed(o, ike(spii(3), NO_SPI, 34, 0x08, 0, good_syn)); /* no prefix */
	capture_tcp(c, 0, TO_GATEWAY, o);
	port++; /* ESP only */
	capture_tcp(c, 10, TO_GATEWAY,
		    octets_new("0022 c0de 0001 0000 0001 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f "
			       "2021 2223 2425 2627"));
	port++; /* length 1 */
	o = octets_new("");
	octets_text(o, "IKETCP");
	octets_hex(o, "0001 0000 0000");
	capture_tcp(c, 20, TO_GATEWAY, o);
	port++; /* length 0 and nothing else */
	o = octets_new("");
	octets_text(o, "IKETCP");
	octets_hex(o, "0000");
	capture_tcp(c, 30, TO_GATEWAY, o);
	port++; /* no room for a marker, then SPI 7, then nothing at all */
	o = octets_new("");
	octets_text(o, "IKETCP");
	octets_hex(o, "0005 0000 00  000e 0000 0007 0000 0001 aabb ccdd  0002");
	capture_tcp(c, 40, TO_GATEWAY, o);
	port++; /* not ours */
	o = octets_new("");
	octets_text(o, "GET /IKETCP HTTP/1.1\r\nHost: gateway.example\r\n\r\n");
	capture_tcp(c, 50, TO_GATEWAY, o);
	port++; /* the prefix alone in its segment, and again, where it is a length and an SPI */
	o = octets_new("");
	octets_text(o, "IKETCP");
	capture_tcp(c, 60, TO_GATEWAY, o);
	o = octets_new("");
	framed(o, ike(spii(4), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 61, TO_GATEWAY, o);
	o = octets_new("");
	octets_text(o, "IKETCP");
	capture_tcp(c, 62, TO_GATEWAY, o);
	port++; /* the prefix in two segments, and the second goes on */
	capture_tcp(c, 70, TO_GATEWAY, octets_new("49 4b"));
	o = octets_new("");
	octets_text(o, "ETCP");
	framed(o, ike(spii(5), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 71, TO_GATEWAY, o);
	port++; /* what starts like the prefix, and is a message of 18,763 octets without one: not
		   ours */
	capture_tcp(c, 80, TO_GATEWAY, octets_new("49 4b"));
	capture_tcp(c, 81, TO_GATEWAY, octets_new("c0de 0001 0000 0001"));
	capture_close(c);
}

/* 40 messages of 7 payloads in one segment: isakmp's count of depth must not add up. */
static void iketcp_many(const char *directory)
{
	struct capture *c = capture_open(directory, "iketcp-many");
	unsigned port = 50500, gateway_port = 4500;
	struct octets *o = octets_new("");

	octets_text(o, "IKETCP");
	for (unsigned i = 0; i < 40; i++)
		framed(o, ike(spii(i), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 0, TO_GATEWAY, o);
	capture_close(c);
}

/* Fragment `number` of `total`; one octet of padding length (ENCR_NULL, no ICV). */
static struct octets *fragment(uint8_t flags, unsigned number, unsigned total,
			       const struct octets *plain, size_t start, size_t end)
{
	struct octets *body = octets_new("");
	struct payload list[] = { { SKF, NULL, 0, 0, number == 1 ? N : -1 }, { END, "", 0, 0, 0 } };

	octets_uint(body, 2, number);
	octets_uint(body, 2, total);
	part(body, plain, start, end);
	octets_hex(body, "00");
	list[0].body = octets_as_hex(body);
	return ike(spii(1), SPI_R, 37, flags, 1, list);
}

/* RFC 7383. The first fragment alone knows the first type, and ends in the middle of BIND. */
static void fragments(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-fragments");
	struct octets *answer = octets_new(BIND_INDEX), *ask = octets_new(BIND);
	unsigned port = 500, gateway_port = 500;

	capture_udp(c, 0, TO_GATEWAY, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_udp(c, 3, TO_CLIENT, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_udp(c, 4, TO_GATEWAY, fragment(0x08, 1, 1, ask, 0, ask->n));
	capture_udp(c, 8, TO_CLIENT, fragment(0x20, 1, 3, answer, 0, 18));
	capture_udp(c, 9, TO_CLIENT, fragment(0x20, 2, 3, answer, 18, 42));
	capture_udp(c, 10, TO_CLIENT, fragment(0x20, 3, 3, answer, 42, answer->n));
	capture_close(c);
}

/* What "File, Export PDUs" leaves of a message: tags instead of headers. */
static struct octets *exported(bool from_client, const struct octets *message)
{
	struct octets *o = octets_new("000c 0008");

	octets_text(o, "isakmp");
	octets_hex(o, "0000"); /* padded to four octets */
	octets_hex(o, "0014 0004");
	octets_hex(o, from_client ? "c633 6407" : "c000 0202");
	octets_hex(o, "0015 0004");
	octets_hex(o, from_client ? "c000 0202" : "c633 6407");
	octets_hex(o, "0018 0004 0000 0003  0019 0004 0000 01f4  001a 0004 0000 01f4  0000 0000");
	octets_add(o, message);
	return o;
}

static void exported_pdus(const char *directory)
{
	struct capture *c = capture_open_as(directory, "syn-exported", ".pdu", 252);

	capture_raw(c, 0, exported(true, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn)));
	capture_raw(c, 3, exported(false, ike(spii(1), SPI_R, 34, 0x20, 0, hit)));
	capture_raw(c, 4, exported(true, confirmation(1)));
	capture_raw(c, 9, exported(false, confirmed(1)));
	capture_close(c);
}

/* isakmp gives up behind the SYN, with an exception; the SYN is there all the same. */
static void broken_later(const char *directory)
{
	const struct payload over[] = {
		{ SA, SA_BODY, 0, 0, 0 },    { SYN, SYN4, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ KE, KE_BODY, 0, 3000, 0 }, { END, "", 0, 0, 0 },
	};
	const struct payload below_header[] = {
		{ SA, SA_BODY, 0, 0, 0 }, { SYN, SYN4, 0, 0, 0 }, { NONCE, NI, 0, 0, 0 },
		{ KE, KE_BODY, 0, 2, 0 }, { END, "", 0, 0, 0 },
	};
	/* the notify's SPI is longer than the notify */
	const struct payload inside[] = {
		{ SYN, SYN4, 0, 0, 0 }, { SA, SA_BODY, 0, 0, 0 },        { KE, KE_BODY, 0, 0, 0 },
		{ NONCE, NI, 0, 0, 0 }, { N, "03 ff 4006 01", 0, 0, 0 }, { END, "", 0, 0, 0 },
	};
	const struct payload *all[] = { over, below_header, inside };
	struct capture *c = capture_open(directory, "syn-broken-later");
	unsigned port = 500, gateway_port = 500;

	for (unsigned i = 0; i < 3; i++)
		capture_udp(c, 10 * i, TO_GATEWAY, ike(spii(i + 1), NO_SPI, 34, 0x08, 0, all[i]));
	capture_close(c);
}

/* TCP on a port that nobody knows, the bare message as on TCP 500. */
static void other_tcp_port(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-tcp5500");
	unsigned port = 50500, gateway_port = 5500;

	capture_tcp(c, 0, TO_GATEWAY, ike(spii(1), NO_SPI, 34, 0x08, 0, good_syn));
	capture_tcp(c, 4, TO_CLIENT, ike(spii(1), SPI_R, 34, 0x20, 0, hit));
	capture_close(c);
}

void make_carrier_captures(const char *directory)
{
	iketcp(directory);
	iketcp_odd(directory);
	iketcp_many(directory);
	fragments(directory);
	exported_pdus(directory);
	broken_later(directory);
	other_tcp_port(directory);
}
