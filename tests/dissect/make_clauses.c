/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clauses of the wire profile that somebody outside sees broken, one capture a topic, beside what
 * is right and looks alike. Frames are counted in the comments.
 */
#include "make_captures.h"
#include "make_ike.h"

enum { INFORMATIONAL = 37 };

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

/* Rule 12: neither side has announced profile 1, and neither sends BIND (3, 4). */
static void unbound(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-unbound");

	ike_request(c, 0,
		    ike(spii(1), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, NI), P(SYN, SYN4))));
	ike_response(c, 3, ike(spii(1), SPI_R, 34, 0x20, 0, LIST(P(NONCE, NR))));
	ike_request(c, 4, readable(INFORMATIONAL, 0x08, 1, LIST(P(N, "00 00 4000"))));
	ike_response(c, 9, readable(INFORMATIONAL, 0x20, 1, LIST(P(N, "00 00 4000"))));
	capture_close(c);
}

/* 32 octets that no other nonce here has. */
static const char *nonce(unsigned number)
{
	struct octets *o = octets_new("");

	for (unsigned i = 0; i < 32; i++)
		octets_uint(o, 1, number);
	return octets_as_hex(o);
}

static const char *spir(unsigned number)
{
	struct octets *o = octets_new("5a5b 5c5d 5e5f 60");

	octets_uint(o, 1, 0x80 + number);
	return octets_as_hex(o);
}

static struct octets *syn_of(const char *spi, unsigned number, uint32_t mid)
{
	return ike(spi, NO_SPI, 34, 0x08, mid,
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(number)), P(SYN, SYN4),
			P(V, VENDOR)));
}

static struct octets *syn(unsigned number)
{
	return syn_of(spii(number), number, 0);
}

static struct octets *with_cookie(unsigned number, const char *cookie)
{
	return ike(spii(number), NO_SPI, 34, 0x08, 0,
		   LIST(P(N, cookie), P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(number)),
			P(SYN, SYN4), P(V, VENDOR)));
}

static struct octets *accepted(unsigned number, const char *spi)
{
	return ike(spii(number), spi, 34, 0x20, 0,
		   LIST(P(NONCE, nonce(0x80 + number)), P(V, VENDOR)));
}

static struct octets *answer(unsigned number, const char *spi, const struct payload *list)
{
	return ike(spii(number), spi, 34, 0x20, 0, list);
}

#define CERTREQ 38
#define INVALID_SYNTAX P(N, "00 00 0007")

/* Rules 2, 4, 7, 9, 15, 41 and 59, without any key. */
static void exchange(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-exchange");
	struct octets *filler = octets_new("00 00 4004"), *short_syn;

	/* 1-2: Nr is Ni */
	ike_request(c, 0, syn(1));
	ike_response(c, 1, answer(1, spir(1), LIST(P(NONCE, nonce(1)), P(V, VENDOR))));
	/* 3-6: a cookie is demanded, and another one returned; 7: now the right one */
	ike_request(c, 10, syn(2));
	ike_response(c, 11, answer(2, NO_SPI, LIST(P(N, COOKIE))));
	ike_request(c, 12, with_cookie(2, "00 00 4006 9999 9999 9999 9999"));
	ike_response(c, 13, answer(2, NO_SPI, LIST(P(N, COOKIE))));
	ike_request(c, 14, with_cookie(2, COOKIE));
	/* 8-9: the demand has company and an SPI */
	ike_request(c, 20, syn(3));
	ike_response(c, 21, answer(3, spir(3), LIST(P(N, COOKIE), P(V, VENDOR))));
	/* 10-11: a hit with more than Nr, notifies and Vendor IDs */
	ike_request(c, 30, syn(4));
	ike_response(
	    c, 31, answer(4, spir(4), LIST(P(NONCE, nonce(0x84)), P(CERTREQ, "04"), P(V, VENDOR))));
	/* 12-13: with the SPI of another SA */
	ike_request(c, 40, syn(5));
	ike_response(c, 41, accepted(5, spir(4)));
	/* 14-15: larger than what asked for it */
	for (unsigned i = 0; i < 200; i++)
		octets_uint(filler, 1, 0);
	ike_request(c, 50, syn(6));
	ike_response(
	    c, 51,
	    answer(6, spir(6),
		   LIST(P(NONCE, nonce(0x86)), P(V, VENDOR), P(N, octets_as_hex(filler)))));
	/* 16-17: Message ID 1, and served */
	ike_request(c, 60, syn_of(spii(7), 7, 1));
	ike_response(c, 61, accepted(7, spir(7)));
	/* 18-19: a malformed SYN is an error to the gateway; 20-21: one that breaks the chain may be */
	ike_request(c, 70,
		    ike(spii(8), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(8)),
			     { SYN, SYN4, 0x80, 0, 0 }, P(V, VENDOR))));
	ike_response(c, 71, answer(8, spir(8), LIST(INVALID_SYNTAX)));
	short_syn = ike(spii(9), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(9)), P(V, VENDOR),
			     { SYN, SYN4, 0, 400, 0 }));
	ike_request(c, 72, short_syn);
	ike_response(c, 73, answer(9, spir(9), LIST(INVALID_SYNTAX)));
	/* 22: SPIi is zero */
	ike_request(c, 80, syn_of(NO_SPI, 10, 0));
	/* 23-25: a full handshake, and a SYN with the same SPIi */
	ike_request(c, 90,
		    ike(spii(11), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(11)), P(V, VENDOR))));
	ike_response(
	    c, 91,
	    answer(11, spir(11),
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(0x8b)), P(V, VENDOR))));
	ike_request(c, 5000, syn_of(spii(11), 12, 0));
	capture_close(c);
}

/* Answers come before their questions: nothing more is wrong than in order. */
static void swapped(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-swapped");

	ike_response(c, 0, accepted(1, spir(1)));
	ike_request(c, 1, syn(1));
	/* 3-4: Nr is Ni all the same */
	ike_response(c, 10, answer(2, spir(2), LIST(P(NONCE, nonce(2)), P(V, VENDOR))));
	ike_request(c, 11, syn(2));
	/* 5-7: a fallback, before its request, and the request again */
	ike_response(
	    c, 20,
	    answer(3, spir(3),
		   LIST(P(SA, SA_BODY), P(KE, KE_BODY), P(NONCE, nonce(0x83)), P(V, VENDOR))));
	ike_request(c, 21, syn(3));
	ike_request(c, 22, syn(3));
	/* 8-10: message ID 1 is not there */
	ike_request(c, 30, syn(4));
	ike_response(c, 31, accepted(4, spir(4)));
	ike_request(c, 32,
		    ike(spii(4), spir(4), INFORMATIONAL, 0x08, 2,
			LIST({ SK, "0101 0202 0303 0404 0505 0606 0707 0808", 0, 0, N })));
	capture_close(c);
}

/* --- stub messages --- */

#define BANK "203.0.113.5"
#define OTHER_BANK "203.0.113.6"
#define INDEX_A "0123 4567 89ab cd01 c000 0202" /* 192.0.2.2 */
#define INDEX_B "0123 4567 89ab cd02 c000 0202"
#define INDEX_C "0123 4567 89ab cd03 c000 0202"
#define INDEX_ELSEWHERE "0123 4567 89ab cd04 c000 0209"
#define INDEX_MOVED "0123 4567 89ab cd05 c000 0203"
#define PREFETCH "0000 0000 0000 0000 c000 0202"

/* Clauses 59.1 and 59.2: requests that are refused, and were served. */
static void served(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-served");
	const struct payload sa = P(SA, SA_BODY), ke = P(KE, KE_BODY), vendor = P(V, VENDOR),
			     syn4 = P(SYN, SYN4), odd = { 60, "0102 0304", 0x80, 0, 0 },
			     skipped = { 61, "0102 0304", 0, 0, 0 };

	/* 1, 2: a critical payload that nobody knows; 3, 4: the same, refused as it should be */
	ike_request(
	    c, 0,
	    ike(spii(1), NO_SPI, 34, 0x08, 0, LIST(sa, ke, P(NONCE, nonce(1)), syn4, vendor, odd)));
	ike_response(c, 1, accepted(1, spir(1)));
	ike_request(
	    c, 10,
	    ike(spii(2), NO_SPI, 34, 0x08, 0, LIST(sa, ke, P(NONCE, nonce(2)), syn4, vendor, odd)));
	ike_response(c, 11, answer(2, NO_SPI, LIST(P(N, "00 00 0001 3c"))));
	/* 5, 6: one that is skipped */
	ike_request(c, 20,
		    ike(spii(3), NO_SPI, 34, 0x08, 0,
			LIST(sa, ke, P(NONCE, nonce(3)), syn4, vendor, skipped)));
	ike_response(c, 21, accepted(3, spir(3)));
	/* 7, 8: no nonce; 9, 10: one of 15 octets, and a fallback */
	ike_request(c, 30, ike(spii(4), NO_SPI, 34, 0x08, 0, LIST(sa, ke, syn4, vendor)));
	ike_response(c, 31, accepted(4, spir(4)));
	ike_request(
	    c, 40,
	    ike(spii(5), NO_SPI, 34, 0x08, 0,
		LIST(sa, ke, P(NONCE, "0102 0304 0506 0708 090a 0b0c 0d0e 0f"), syn4, vendor)));
	ike_response(c, 41, answer(5, spir(5), LIST(sa, ke, P(NONCE, nonce(0x85)), vendor)));
	capture_close(c);
}

enum { INIT = 1, UPDATE, GET, DOWNLOAD, DELETE };
enum { INDEX = 200, STUB, LIFETIME = 205, STATUS, TX, BOX };

static struct octets *stub_message(int type, const struct payload *list)
{
	struct octets *o = octets_new("00");

	octets_uint(o, 1, (uint64_t)type);
	octets_uint(o, 2, 0);
	o->at[0] = octets_chain(o, list);
	octets_patch(o, 2, 2, o->n);
	return o;
}

/* `salt` is every octet of it; the expiry is of the year 2026 and `expiry` seconds. */
static const char *sealed(const char *index, unsigned lifetime, unsigned salt, unsigned expiry,
			  unsigned body)
{
	struct octets *box = octets_new("01 0000 0007"), *left = octets_new(""),
		      *o = octets_new("00 000000");

	for (unsigned i = 0; i < 32; i++)
		octets_uint(box, 1, salt);
	octets_uint(box, 8, 0x6b023080u + expiry);
	for (unsigned i = 0; i < 48; i++)
		octets_uint(box, 1, body);
	octets_uint(left, 4, lifetime);
	o->at[0] = octets_chain(
	    o, LIST(P(INDEX, index), P(LIFETIME, octets_as_hex(left)), P(BOX, octets_as_hex(box))));
	return octets_as_hex(o);
}

static unsigned transaction;

static const char *tx(void)
{
	struct octets *o = octets_new("");

	octets_uint(o, 4, transaction);
	return octets_as_hex(o);
}

static const char *bank = BANK;

static void ask(struct capture *c, unsigned ms, int type, const struct payload *list)
{
	capture_tcp(c, ms, GATEWAY, CLIENT_PORT, bank, 49500, stub_message(type, list));
}

static void reply(struct capture *c, unsigned ms, int type, const struct payload *list)
{
	capture_tcp(c, ms, bank, 49500, GATEWAY, CLIENT_PORT, stub_message(type, list));
}

#define NEXT P(TX, (transaction++, tx()))
#define SAME P(TX, tx())
#define OK(item) P(STATUS, "00 00 00 0" #item)
#define OK_MORE(item) P(STATUS, "00 80 00 0" #item)
#define NOT_FOUND(item) P(STATUS, "01 00 00 0" #item)
#define ALL_OK P(STATUS, "00 00 ffff")
#define ALL_OK_MORE P(STATUS, "00 80 ffff")

/* Items: order, number, the right stub. Frames with data begin at 4. */
static void items(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-items");
	const char *a = sealed(INDEX_A, 3600, 0x11, 3600, 1),
		   *b = sealed(INDEX_B, 3600, 0x12, 3600, 2);

	/* two gets: the stubs exchanged */
	ask(c, 0, GET, LIST(NEXT, P(INDEX, INDEX_A), P(INDEX, INDEX_B)));
	reply(c, 1, DOWNLOAD, LIST(SAME, OK(0), P(STUB, b), OK(1), P(STUB, a)));
	/* one item twice and one never; and not in order */
	ask(c, 10, GET, LIST(NEXT, P(INDEX, INDEX_A), P(INDEX, INDEX_B)));
	reply(c, 11, DOWNLOAD, LIST(SAME, NOT_FOUND(0), NOT_FOUND(0)));
	ask(c, 20, GET, LIST(NEXT, P(INDEX, INDEX_A), P(INDEX, INDEX_B)));
	reply(c, 21, DOWNLOAD, LIST(SAME, NOT_FOUND(1), NOT_FOUND(0)));
	/* in two messages, as it should be; a third one */
	ask(c, 30, GET, LIST(NEXT, P(INDEX, INDEX_A), P(INDEX, INDEX_B)));
	reply(c, 31, DOWNLOAD, LIST(SAME, OK_MORE(0), P(STUB, a)));
	reply(c, 32, DOWNLOAD, LIST(SAME, OK(1), P(STUB, b)));
	reply(c, 33, DOWNLOAD, LIST(SAME, OK(1), P(STUB, b)));
	/* MORE in one status of a message */
	ask(c, 40, GET, LIST(NEXT, P(INDEX, INDEX_A), P(INDEX, INDEX_B), P(INDEX, INDEX_C)));
	reply(c, 41, DOWNLOAD, LIST(SAME, OK_MORE(0), P(STUB, a), OK(1), P(STUB, b)));
	reply(c, 42, DOWNLOAD, LIST(SAME, NOT_FOUND(2)));
	/* a get that could not be read, answered by its own type */
	ask(c, 50, GET, LIST(NEXT, P(INDEX, INDEX_A)));
	reply(c, 51, GET, LIST(SAME, P(STATUS, "06 00 ffff")));
	capture_close(c);
}

static void prefetches(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-prefetch");
	const char *a = sealed(INDEX_A, 3600, 0x11, 3600, 1),
		   *b = sealed(INDEX_B, 3600, 0x12, 3600, 2),
		   *d = sealed(INDEX_C, 3600, 0x13, 3600, 3),
		   *e = sealed(INDEX_ELSEWHERE, 3600, 0x14, 3600, 4);

	/* as it should be, in two messages, then with a cursor */
	ask(c, 0, GET, LIST(NEXT, P(INDEX, PREFETCH)));
	reply(c, 1, DOWNLOAD, LIST(SAME, ALL_OK_MORE, P(STUB, a), P(STUB, b)));
	reply(c, 2, DOWNLOAD, LIST(SAME, ALL_OK, P(STUB, d)));
	ask(c, 3, GET, LIST(NEXT, P(INDEX, PREFETCH), P(INDEX, INDEX_B)));
	reply(c, 4, DOWNLOAD, LIST(SAME, ALL_OK, P(STUB, d)));
	/* one twice, out of order; not behind the cursor; of another address */
	ask(c, 10, GET, LIST(NEXT, P(INDEX, PREFETCH)));
	reply(c, 11, DOWNLOAD, LIST(SAME, ALL_OK_MORE, P(STUB, b), P(STUB, a)));
	reply(c, 12, DOWNLOAD, LIST(SAME, ALL_OK, P(STUB, a)));
	ask(c, 20, GET, LIST(NEXT, P(INDEX, PREFETCH), P(INDEX, INDEX_B)));
	reply(c, 21, DOWNLOAD, LIST(SAME, ALL_OK, P(STUB, b), P(STUB, e)));
	/* a cursor of another address, two cursors */
	ask(c, 30, GET, LIST(NEXT, P(INDEX, PREFETCH), P(INDEX, INDEX_ELSEWHERE)));
	ask(c, 31, GET, LIST(NEXT, P(INDEX, PREFETCH), P(INDEX, INDEX_A), P(INDEX, INDEX_B)));
	capture_close(c);
}

/* What a bank has said yes to. */
static void granted(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-granted");
	const char *a = sealed(INDEX_A, 3600, 0x11, 3600, 1),
		   *again = sealed(INDEX_A, 3500, 0x11, 3600, 1);

	ask(c, 0, INIT, LIST(NEXT, P(STUB, a)));
	reply(c, 1, INIT, LIST(SAME, OK(0)));
	/* the same octets but for the lifetime; others; others with the old salt */
	ask(c, 10, INIT, LIST(NEXT, P(STUB, again)));
	reply(c, 11, INIT, LIST(SAME, OK(0)));
	ask(c, 20, INIT, LIST(NEXT, P(STUB, sealed(INDEX_A, 3600, 0x21, 3600, 9))));
	reply(c, 21, INIT, LIST(SAME, OK(0)));
	ask(c, 30, INIT, LIST(NEXT, P(STUB, sealed(INDEX_B, 3600, 0x11, 3600, 2))));
	reply(c, 31, INIT, LIST(SAME, OK(0)));
	/* a lifetime that is over */
	ask(c, 40, INIT, LIST(NEXT, P(STUB, sealed(INDEX_C, 0, 0x13, 3600, 3))));
	reply(c, 41, INIT, LIST(SAME, OK(0)));
	/* deleted and served */
	ask(c, 50, DELETE, LIST(NEXT, P(INDEX, INDEX_A)));
	reply(c, 51, DELETE, LIST(SAME, OK(0)));
	ask(c, 52, GET, LIST(NEXT, P(INDEX, INDEX_A)));
	reply(c, 53, DOWNLOAD, LIST(SAME, OK(0), P(STUB, a)));
	/* a move with a later expiry; one with the same */
	ask(c, 70, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_B), P(STUB, sealed(INDEX_MOVED, 3600, 0x15, 7200, 5))));
	ask(c, 80, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_B), P(STUB, sealed(INDEX_MOVED, 3600, 0x16, 3600, 6))));
	/* served by another bank, which need not know; last, for sequence numbers go on from one to the other */
	bank = OTHER_BANK;
	ask(c, 90, GET, LIST(NEXT, P(INDEX, INDEX_A)));
	reply(c, 91, DOWNLOAD, LIST(SAME, OK(0), P(STUB, a)));
	bank = BANK;
	capture_close(c);
}

/* Clause 30.7: what lies under an index is not replaced by an update of another one. */
static void replaced(const char *directory)
{
	struct capture *c = capture_open(directory, "clause-replaced");

	ask(c, 0, INIT,
	    LIST(NEXT, P(STUB, sealed(INDEX_A, 3600, 0x31, 3600, 1)),
		 P(STUB, sealed(INDEX_B, 3600, 0x32, 3600, 2)),
		 P(STUB, sealed(INDEX_C, 3600, 0x33, 3600, 3))));
	reply(c, 1, INIT, LIST(SAME, OK(0), OK(1), OK(2)));
	/* 6, 7: A's own update, at its index; 8, 9: B's to that one; 10, 11: the right answer to C's */
	ask(c, 10, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_A), P(STUB, sealed(INDEX_A, 3600, 0x34, 3600, 4))));
	reply(c, 11, UPDATE, LIST(SAME, OK(0)));
	ask(c, 20, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_B), P(STUB, sealed(INDEX_A, 3600, 0x35, 3600, 5))));
	reply(c, 21, UPDATE, LIST(SAME, OK(0)));
	ask(c, 30, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_C), P(STUB, sealed(INDEX_A, 3600, 0x36, 3600, 6))));
	reply(c, 31, UPDATE, LIST(SAME, P(STATUS, "03 00 00 00")));
	/* 12 to 15: C's move, and again in other octets, as who did not hear the ok might: no error */
	ask(c, 40, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_C), P(STUB, sealed(INDEX_MOVED, 3600, 0x37, 3600, 7))));
	reply(c, 41, UPDATE, LIST(SAME, OK(0)));
	ask(c, 50, UPDATE,
	    LIST(NEXT, P(INDEX, INDEX_C), P(STUB, sealed(INDEX_MOVED, 3600, 0x38, 3600, 8))));
	reply(c, 51, UPDATE, LIST(SAME, OK(0)));
	capture_close(c);
}

void make_clause_captures(const char *directory)
{
	unbound(directory);
	exchange(directory);
	swapped(directory);
	items(directory);
	prefetches(directory);
	granted(directory);
	replaced(directory);
	served(directory);
}
