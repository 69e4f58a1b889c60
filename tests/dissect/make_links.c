/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures in which it is hard to tell what belongs together, and what a resumed SA must not say.
 * "1:" and so on are frames. What is readable inside SK has NULL encryption (TESTLIST: NULL_KEYS).
 */
#include "make_captures.h"
#include "make_ike.h"

#include <stdlib.h>

#define BANK "203.0.113.5"
#define DEAD_GATEWAY "192.0.2.9"
#define INSIDE "10.0.0.7" /* the client, before its NAT */
#define SPI_OTHER "5a5b 5c5d 5e5f 6062"
#define OTHER_NI "a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad aeaf"
#define THIRD_NI "b0b1 b2b3 b4b5 b6b7 b8b9 babb bcbd bebf"
#define OTHER_NR "c0c1 c2c3 c4c5 c6c7 c8c9 cacb cccd cecf"
#define INDEX_NEW SPI_R " c000 0202"

enum { INDEX = 200, STUB, LIFETIME = 205, STATUS, TX, BOX };
enum { CREATE_CHILD = 36, INFORMATIONAL };

static struct octets *syn_flags(unsigned number, uint8_t flags, const char *ni)
{
	return ike(spii(number), NO_SPI, 34, 0x08 | flags, 0,
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, ni), P(SYN, SYN4), P(V, VENDOR)));
}

static struct octets *syn(unsigned number, const char *ni)
{
	return syn_flags(number, 0, ni);
}

/* The C bit is set. */
static struct octets *bad_syn(unsigned number, const char *ni)
{
	return ike(spii(number), NO_SPI, 34, 0x08, 0,
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, ni), { SYN, SYN4, 0x80, 0, 0 },
			P(V, VENDOR)));
}

static struct octets *accepted(unsigned number, const char *spir, const char *nr)
{
	return ike(spii(number), spir, 34, 0x20, 0, LIST(P(NONCE, nr), P(V, VENDOR)));
}

/* What nobody can read; `mark` makes the octets others. */
static struct octets *opaque(unsigned number, const char *spir, uint8_t flags, uint32_t mid,
			     unsigned mark)
{
	struct octets *body = octets_new("");

	for (unsigned i = 0; i < 48; i++)
		octets_uint(body, 1, mark + i);
	return ike(spii(number), spir, INFORMATIONAL, flags, mid,
		   LIST({ SK, octets_as_hex(body), 0, 0, N }));
}

/* Readable with NULL_KEYS, of SA 1. */
static struct octets *readable(uint8_t exchange, uint8_t flags, uint32_t mid,
			       const struct payload *list)
{
	struct octets *plain = octets_new("");
	uint8_t first = octets_chain(plain, list);

	octets_hex(plain, "00"); /* Pad Length */
	return ike(spii(1), SPI_R, exchange, flags, mid,
		   LIST({ SK, octets_as_hex(plain), 0, 0, first }));
}

#define BIND_I                                                                              \
	P(N, "00 00 c15d 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 0101 " \
	     "0101 0101 0101")
#define BIND_R                                                                              \
	P(N, "00 00 c15d 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 0202 " \
	     "0202 0202 0202")
#define TELL_INDEX P(N, "00 00 c15c" INDEX_NEW)
#define NOT_COMMITTED P(N, "00 00 30d4")
#define HELD_STUB P(N, "00 00 c15e 0102 0304 0506")

/* --- stub messages --- */

static struct octets *stub_message(int type, const struct payload *list)
{
	struct octets *o = octets_new("00");

	octets_uint(o, 1, (uint64_t)type);
	octets_uint(o, 2, 0);
	o->at[0] = octets_chain(o, list);
	octets_patch(o, 2, 2, o->n);
	return o;
}

/* Sealed with a key that nobody has. */
static const char *sealed(const char *index)
{
	struct octets *o = octets_new("00 000000");

	o->at[0] = octets_chain(
	    o, LIST(P(INDEX, index), P(LIFETIME, "0000 0e10"),
		    P(BOX, "01 0000 0007 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 "
			   "3637 3839 3a3b 3c3d 3e3f 0000 0000 6b02 3080 9090 9090 9090 9090 9090 "
			   "9090 9090 9090 9090 9090 9090 9090 eeee eeee eeee eeee eeee eeee eeee "
			   "eeee")));
	return octets_as_hex(o);
}

static void to_bank(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_tcp(c, ms, GATEWAY, CLIENT_PORT, BANK, 49500, o);
}

static void from_bank(struct capture *c, unsigned ms, const struct octets *o)
{
	capture_tcp(c, ms, BANK, 49500, GATEWAY, CLIENT_PORT, o);
}

static void ask(struct capture *c, unsigned ms)
{
	to_bank(c, ms, stub_message(3, LIST(P(TX, "0000 0001"), P(INDEX, SYN4))));
}

static void bring(struct capture *c, unsigned ms)
{
	from_bank(c, ms,
		  stub_message(
		      4, LIST(P(TX, "0000 0001"), P(STATUS, "00 00 0000"), P(STUB, sealed(SYN4)))));
}

static void move(struct capture *c, unsigned ms)
{
	to_bank(
	    c, ms,
	    stub_message(2, LIST(P(TX, "0000 0002"), P(INDEX, SYN4), P(STUB, sealed(INDEX_NEW)))));
}

static void moved(struct capture *c, unsigned ms)
{
	from_bank(c, ms, stub_message(2, LIST(P(TX, "0000 0002"), P(STATUS, "00 00 0000"))));
}

/* --- where a message is --- */

/*
 * RESERVED bits and that of a higher version are sent as zero and ignored (RFC 7296 section 3.1).
 */
static void reserved_flags(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-reserved-flags");
	struct octets *o;

	ike_request(c, 0, syn_flags(1, 0xd7, NI));
	ike_response(c, 2, ike(spii(1), SPI_R, 34, 0x20 | 0xd7, 0, hit));
	o = octets_new("0000 0000");
	octets_add(o, syn_flags(2, 0x01, OTHER_NI));
	capture_udp(c, 10, CLIENT, 40500, GATEWAY, 4500, o);
	capture_tcp(c, 20, CLIENT, 50500, GATEWAY, 500, syn_flags(3, 0x40, THIRD_NI));
	capture_close(c);
}

/* Lengths that the datagram has no room for: in the SYN, in the answer, and behind the marker. */
static void impossible_length(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-length");
	struct octets *o, *marked;

	o = syn(1, NI);
	octets_patch(o, 24, 4, 0xffffffff);
	ike_request(c, 0, o);
	o = accepted(1, SPI_R, NR);
	octets_patch(o, 24, 4, 70000);
	ike_response(c, 2, o);
	o = syn(2, OTHER_NI);
	octets_patch(o, 24, 4, o->n + 1000);
	marked = octets_new("0000 0000");
	octets_add(marked, o);
	capture_udp(c, 10, CLIENT, 40500, GATEWAY, 4500, marked);
	capture_close(c);
}

/* --- what is not traffic --- */

static uint16_t checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* An IPv4 packet without options; `addresses` are source and destination. */
static struct octets *ip4(uint8_t protocol, const char *addresses, const struct octets *data)
{
	struct octets *o = octets_new("4500");

	octets_uint(o, 2, 20 + data->n);
	octets_hex(o, "0000 4000 40");
	octets_uint(o, 1, protocol);
	octets_hex(o, "0000");
	octets_hex(o, addresses);
	octets_patch(o, 10, 2, checksum(o->at, 20));
	octets_add(o, data);
	return o;
}

/* "Port unreachable", quoting the whole of what the client sent to DEAD_GATEWAY. */
static void unreachable(struct capture *c, unsigned ms, const struct octets *sent)
{
	struct octets *udp = octets_new("01f4 01f4"), *icmp = octets_new("0303 0000 0000 0000"),
		      *frame = octets_new("0200 0000 0002 0200 0000 0001 0800");

	octets_uint(udp, 2, 8 + sent->n);
	octets_hex(udp, "0000"); /* no checksum */
	octets_add(udp, sent);
	octets_add(icmp, ip4(17, "c633 6407 c000 0209", udp));
	octets_patch(icmp, 2, 2, checksum(icmp->at, icmp->n));
	octets_add(frame, ip4(1, "c000 0209 c633 6407", icmp));
	capture_raw(c, ms, frame);
}

/* A dead gateway, then a living one; the second error comes while the bank is asked. */
static void dead_gateway(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-unreachable");

	/* 1, 2 */
	capture_udp(c, 0, CLIENT, 500, DEAD_GATEWAY, 500, syn(1, NI));
	unreachable(c, 1, syn(1, NI));
	/* 3, 4 to 6 (TCP), 7 */
	ike_request(c, 10, syn(2, OTHER_NI));
	unreachable(c, 11, syn(1, NI));
	ask(c, 12);
	/* 9 */
	bring(c, 14);
	ike_response(c, 15, accepted(2, SPI_R, NR));
	capture_close(c);
}

/* --- which request, which answer --- */

#define COOKIE_1 "00 00 4006 1122 3344 5566 7788"
#define COOKIE_2 "00 00 4006 99aa bbcc ddee ff00"

static struct octets *with_cookie(unsigned number, const char *ni)
{
	return ike(spii(number), NO_SPI, 34, 0x08, 0,
		   LIST(P(N, COOKIE_1), P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, ni), P(SYN, SYN4),
			P(V, VENDOR)));
}

static struct octets *demand(unsigned number, const char *cookie)
{
	return ike(spii(number), NO_SPI, 34, 0x20, 0, LIST(P(N, cookie)));
}

/* The network keeps the first request for a while; the gateway demands another cookie for it. */
static void late_duplicate(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-late-duplicate");

	ike_request(c, 0, syn(1, NI));
	ike_response(c, 1, demand(1, COOKIE_1));
	ike_request(c, 2, with_cookie(1, NI));
	ike_request(c, 50, syn(1, NI));           /* 4: frame 1 again */
	ike_response(c, 51, demand(1, COOKIE_2)); /* 5: answers that, not frame 3 */
	ike_response(c, 60, accepted(1, SPI_R, NR));
	capture_close(c);
}

/* Two candidates, each confirmed and answered, and one confirmation sent again. */
static void two_candidates(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-two-candidates");

	ike_request(c, 0, syn(1, NI));
	ike_response(c, 5, accepted(1, SPI_R, NR));
	ike_response(c, 6, accepted(1, SPI_OTHER, OTHER_NR));
	ike_request(c, 7, opaque(1, SPI_R, 0x08, 1, 0x10));
	ike_request(c, 8, opaque(1, SPI_OTHER, 0x08, 1, 0x20));
	ike_request(c, 20, opaque(1, SPI_OTHER, 0x08, 1, 0x20));
	ike_response(c, 21, opaque(1, SPI_OTHER, 0x20, 1, 0x30));
	ike_response(c, 22, opaque(1, SPI_R, 0x20, 1, 0x40));
	capture_close(c);
}

/* An address of three octets. */
static struct octets *cut_syn(unsigned number, const char *ni)
{
	return ike(spii(number), NO_SPI, 34, 0x08, 0,
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, ni),
			P(SYN, "0123 4567 89ab cdef c000 02"), P(V, VENDOR)));
}

/* A malformed SYN counts as absent (rule 4): who accepts it all the same is wrong, and no story
 * begins. */
static void to_malformed(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-to-malformed");

	ike_request(c, 0, bad_syn(1, NI));
	ike_response(c, 5, accepted(1, SPI_R, NR));
	/* 3 to 5: the client notices, and asks again as it should have */
	ike_request(c, 10, cut_syn(2, OTHER_NI));
	ike_request(c, 12, syn(2, OTHER_NI));
	ike_response(c, 15, accepted(2, SPI_OTHER, OTHER_NR));
	capture_close(c);
}

/* Two machines with different clocks, merged: the answer stands first. */
static void early_answer(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-early-answer");

	ike_response(c, 10, accepted(1, SPI_R, NR));
	ike_request(c, 12, syn(1, NI));
	ike_request(c, 14, opaque(1, SPI_R, 0x08, 1, 0x10));
	ike_response(c, 18, opaque(1, SPI_R, 0x20, 1, 0x20));
	capture_close(c);
}

/*
 * Captured on both sides of the client's NAT: one resumption, though each message is there twice.
 */
static void both_sides(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-both-sides");
	struct octets *confirm = octets_new("0000 0000"), *answer = octets_new("0000 0000");

	/* 1, 2 */
	capture_udp(c, 0, INSIDE, 500, GATEWAY, 500, syn(1, NI));
	capture_udp(c, 1, CLIENT, 1024, GATEWAY, 500, syn(1, NI));
	ask(c, 2);
	bring(c, 4);
	capture_udp(c, 5, GATEWAY, 500, CLIENT, 1024, accepted(1, SPI_R, NR));
	capture_udp(c, 6, GATEWAY, 500, INSIDE, 500, accepted(1, SPI_R, NR));
	octets_add(confirm, opaque(1, SPI_R, 0x08, 1, 0x10));
	capture_udp(c, 7, INSIDE, 4500, GATEWAY, 4500, confirm);
	capture_udp(c, 8, CLIENT, 1025, GATEWAY, 4500, confirm);
	octets_add(answer, opaque(1, SPI_R, 0x20, 1, 0x20));
	capture_udp(c, 9, GATEWAY, 4500, CLIENT, 1025, answer);
	capture_udp(c, 10, GATEWAY, 4500, INSIDE, 4500, answer);
	capture_close(c);
}

/* --- what is said --- */

/* 49500 and 12500 are private use: another vendor's SA may mean anything by them. */
static void foreign_numbers(const char *directory)
{
	const struct payload foreign = P(N, "00 00 c15c 0102"), error = P(N, "00 00 30d4 01");
	struct capture *c = capture_open(directory, "syn-foreign-numbers");

	ike_request(c, 0,
		    ike(spii(1), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, NI), foreign)));
	ike_response(c, 2, ike(spii(1), NO_SPI, 34, 0x20, 0, LIST(error)));
	/* 3, 4: with our Vendor ID they are ours, and wrong */
	ike_request(
	    c, 10,
	    ike(spii(2), NO_SPI, 34, 0x08, 0,
		LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, OTHER_NI), P(V, VENDOR), foreign)));
	ike_response(c, 12, ike(spii(2), NO_SPI, 34, 0x20, 0, LIST(error)));
	capture_close(c);
}

/* Each notify where it does not belong, and once where it does. */
static void wrong_places(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-places");

	ike_request(c, 0, syn(1, NI));
	ike_response(c, 3, accepted(1, SPI_R, NR));
	/* 3: the client tells an index; 4: the gateway tells none */
	ike_request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(BIND_I, TELL_INDEX)));
	ike_response(c, 9, readable(INFORMATIONAL, 0x20, 1, LIST(BIND_R)));
	/* 5: not its first own ID; that stub is in its place */
	ike_response(c, 20, readable(INFORMATIONAL, 0x00, 3, LIST(HELD_STUB)));
	/* 6: too late to refuse; 7: nor does the client */
	ike_response(c, 30, readable(INFORMATIONAL, 0x20, 2, LIST(NOT_COMMITTED, BIND_R)));
	ike_request(c, 40, readable(INFORMATIONAL, 0x08, 3, LIST(NOT_COMMITTED)));
	/* 8: from the client; 9: in another exchange; 10: the gateway's second request */
	ike_request(c, 50, readable(INFORMATIONAL, 0x08, 4, LIST(HELD_STUB)));
	ike_response(c, 60, readable(CREATE_CHILD, 0x20, 5, LIST(HELD_STUB)));
	ike_response(c, 70, readable(INFORMATIONAL, 0x00, 7, LIST(HELD_STUB)));
	/* 11: ID 1, but of the gateway's own; 12: the client's answer to it */
	ike_response(c, 80, readable(INFORMATIONAL, 0x00, 1, LIST(NOT_COMMITTED)));
	ike_request(c, 81, readable(INFORMATIONAL, 0x28, 1, LIST(NOT_COMMITTED)));
	capture_close(c);
}

#define REKEY(spi) P(SA, "0000 0018 01 01 08 01 " spi " 0000 0008 02 00 0005")
#define INDEX_OF(spi) P(N, "00 00 c15c " spi " c000 0202")
#define NEXT_1 "a1a2 a3a4 a5a6 a7a8"
#define NEXT_2 "b1b2 b3b4 b5b6 b7b8"

/* Clauses 5.3 and 5.7: who tells the index of the SA that a rekey makes, and where. */
static void rekeys(const char *directory)
{
	const struct payload ni = P(NONCE, OTHER_NI), ke = P(KE, KE_BODY);
	struct capture *c = capture_open(directory, "syn-rekeys");

	ike_request(c, 0, syn(1, NI));
	ike_response(c, 3, accepted(1, SPI_R, NR));
	ike_request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(BIND_I)));
	ike_response(c, 9, readable(INFORMATIONAL, 0x20, 1, LIST(BIND_R, TELL_INDEX)));
	/* 5, 6: the gateway's, as it should be; 7: its index is another SPI's; 8: it tells none */
	ike_response(
	    c, 20, readable(CREATE_CHILD, 0x00, 0, LIST(REKEY(NEXT_1), ni, ke, INDEX_OF(NEXT_1))));
	ike_request(c, 21, readable(CREATE_CHILD, 0x28, 0, LIST(REKEY(NEXT_2), ni, ke)));
	ike_response(
	    c, 30, readable(CREATE_CHILD, 0x00, 1, LIST(REKEY(NEXT_1), ni, ke, INDEX_OF(NEXT_2))));
	ike_response(c, 40, readable(CREATE_CHILD, 0x00, 2, LIST(REKEY(NEXT_1), ni, ke)));
	/* 9: a client tells none; 10: the gateway should; 11, 12: as it should be */
	ike_request(c, 50,
		    readable(CREATE_CHILD, 0x08, 2, LIST(REKEY(NEXT_2), ni, ke, INDEX_OF(NEXT_2))));
	ike_response(c, 51, readable(CREATE_CHILD, 0x20, 2, LIST(REKEY(NEXT_1), ni, ke)));
	ike_request(c, 60, readable(CREATE_CHILD, 0x08, 3, LIST(REKEY(NEXT_2), ni, ke)));
	ike_response(
	    c, 61, readable(CREATE_CHILD, 0x20, 3, LIST(REKEY(NEXT_1), ni, ke, INDEX_OF(NEXT_1))));
	capture_close(c);
}

/* Rule 13: first the bank's ok, then the answer. */
static void hasty(const char *directory)
{
	struct capture *c = capture_open(directory, "syn-before-commit");

	ike_request(c, 0, syn(1, NI));
	ask(c, 1);
	bring(c, 2);
	ike_response(c, 3, accepted(1, SPI_R, NR));
	ike_request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(BIND_I)));
	move(c, 5);
	ike_response(c, 6, readable(INFORMATIONAL, 0x20, 1, LIST(BIND_R, TELL_INDEX)));
	moved(c, 7);
	capture_close(c);
	c = capture_open(directory, "syn-after-commit");
	ike_request(c, 0, syn(1, NI));
	ask(c, 1);
	bring(c, 2);
	ike_response(c, 3, accepted(1, SPI_R, NR));
	ike_request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(BIND_I)));
	move(c, 5);
	moved(c, 6);
	ike_response(c, 7, readable(INFORMATIONAL, 0x20, 1, LIST(BIND_R, TELL_INDEX)));
	/* the gateway's first own request, and a stub for the client to hold */
	ike_response(c, 8, readable(INFORMATIONAL, 0x00, 0, LIST(HELD_STUB)));
	capture_close(c);
}

void make_link_captures(const char *directory)
{
	reserved_flags(directory);
	impossible_length(directory);
	dead_gateway(directory);
	late_duplicate(directory);
	two_candidates(directory);
	to_malformed(directory);
	early_answer(directory);
	both_sides(directory);
	foreign_numbers(directory);
	wrong_places(directory);
	rekeys(directory);
	hasty(directory);
}
