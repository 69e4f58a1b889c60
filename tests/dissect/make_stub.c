/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stub message captures: every message and payload, and each thing that can be wrong with them. */
#include "make_captures.h"
#include "octets.h"

#include <stdlib.h>
#include <string.h>

#define GATEWAY "192.0.2.2"
#define BANK "203.0.113.5"

#define INDEX_A "0123 4567 89ab cdef c000 0201"                               /* @192.0.2.1 */
#define INDEX_B "5a5b 5c5d 5e5f 6061 c000 0202"                               /* @192.0.2.2 */
#define INDEX_A2 "0123 4567 89ab cd00 c000 0201"                              /* after a rekey */
#define INDEX_6 "0123 4567 89ab cdef 2001 0db8 0001 0000 0000 0000 0000 0001" /* 2001:db8:1::1 */
#define ALL_OF_A "0000 0000 0000 0000 c000 0201"
/* AES-CBC-128, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128, x25519 */
#define SA_BODY                                                                        \
	"0000 002c 01 01 00 04  0300 000c 01 00 000c 800e 0080  0300 0008 02 00 0005 " \
	"0300 0008 03 00 000c  0000 0008 04 00 001f"
#define IDI_BODY "02 000000 636c 6965 6e74 2e65 7861 6d70 6c65" /* FQDN client.example */
#define IDR_BODY "01 000000 c000 0201"                          /* IPv4 192.0.2.1 */
#define SPIS "d1d2 d3d4 d5d6 d7d8 0123 4567 89ab cdef"
#define SK_D "5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151 5151"
/* version 1, key 7, salt 20..3f, expiry 2026-11-22 00:00:00 UTC, 24 octets, tag ee */
#define SEALED_CLEAR                                                                     \
	"01 0000 0007 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 3637 3839 " \
	"3a3b 3c3d 3e3f 0000 0000 6b02 3080"
#define SEALED_REST                                                                        \
	"9090 9090 9090 9090 9090 9090 9090 9090 9090 9090 9090 9090 eeee eeee eeee eeee " \
	"eeee eeee eeee eeee"
#define SEALED SEALED_CLEAR SEALED_REST
#define HOUR "0000 0e10"

enum {
	SA = 33,
	IDI = 35,
	IDR = 36,
	INDEX = 200,
	STUB,
	PAIR,
	SKD,
	SECRET,
	LIFETIME,
	STATUS,
	TX,
	BOX,
	ATTR,
	END = -1
};
enum { INIT = 1, UPDATE, GET, DOWNLOAD, DELETE };

#define OK_(item) P(STATUS, "00 00 " item)

static struct octets *message(int type, const struct payload *list)
{
	struct octets *o = octets_new("00");

	octets_uint(o, 1, (uint64_t)type);
	octets_uint(o, 2, 0);
	o->at[0] = octets_chain(o, list);
	octets_patch(o, 2, 2, o->n);
	return o;
}

/* Body of payload 201. */
static const char *container(const struct payload *list)
{
	struct octets *o = octets_new("00 000000");

	o->at[0] = octets_chain(o, list);
	return octets_as_hex(o);
}

static const char *sealed(const char *index)
{
	return container(LIST(P(INDEX, index), P(LIFETIME, HOUR), P(BOX, SEALED)));
}

static const char *clear(const char *index, const char *spis)
{
	return container(LIST(P(INDEX, index), P(LIFETIME, HOUR), P(SA, SA_BODY), P(IDI, IDI_BODY),
			      P(IDR, IDR_BODY), P(PAIR, spis), P(SKD, SK_D)));
}

/* All attributes, the shared secret, and an attribute that nobody knows. */
static const char *rich(void)
{
	return container(LIST(
	    P(INDEX, INDEX_6), P(LIFETIME, HOUR), P(SA, SA_BODY), P(IDI, IDI_BODY),
	    P(IDR, IDR_BODY), P(PAIR, SPIS), P(SKD, SK_D), P(SECRET, "0102 0304 0506 0708"),
	    P(ATTR, "0001 02"), P(ATTR, "0002 02 0e"),
	    P(ATTR, "0003 6a6f 6540 6578 616d 706c 65"), /* joe@example */
	    P(ATTR, "0004 0a63 0005"), P(ATTR, "0005 2001 0db8 0099 0000 0000 0000 0000 0005 40"),
	    P(ATTR, "0006 0000 0000 6b03 8200"), P(ATTR, "0007 0000 0000 6b02 3080"),
	    P(ATTR, "0008 0000 0000 6b0a 1980"),
	    P(ATTR, "0009 0000 0000 6b00 de9c 0000 0000 6b00 def6 0000 0003"), P(ATTR, "000a 0002"),
	    P(ATTR, "000b 6261 6e6b 2e65 7861 6d70 6c65 3a34 3935 3030"), /* bank.example:49500 */
	    P(ATTR, "000c 0003"), P(ATTR, "4242 cafe")));
}

static unsigned clock_ms, client_port, bank_port;

static void request(struct capture *c, const struct octets *o)
{
	capture_tcp(c, clock_ms += 10, GATEWAY, client_port, BANK, bank_port, o);
}

static void reply(struct capture *c, const struct octets *o)
{
	capture_tcp(c, clock_ms += 3, BANK, bank_port, GATEWAY, client_port, o);
}

static struct capture *start(const char *directory, const char *name, unsigned port)
{
	clock_ms = 0;
	client_port = 50001;
	bank_port = port;
	return capture_open(directory, name);
}

/* Everything as it should be. */
static void good(const char *directory)
{
	struct capture *c = start(directory, "stub-messages", 49500);

	request(c, message(INIT, LIST(P(TX, "0000 0001"), P(STUB, sealed(INDEX_A)))));
	reply(c, message(INIT, LIST(P(TX, "0000 0001"), OK_("0000"))));
	request(c, message(INIT,
			   LIST(P(TX, "0000 0002"),
				P(STUB, clear(INDEX_B, "d1d2 d3d4 d5d6 d701 5a5b 5c5d 5e5f 6061")),
				P(STUB, rich()))));
	reply(c, message(INIT, LIST(P(TX, "0000 0002"), OK_("0000"),
				    P(STATUS, "03 00 0001 616c 7265 6164 79")))); /* "already" */
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A), P(STUB, sealed(INDEX_A2)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 0003"), OK_("0000"))));
	/* a move and one that comes too late */
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0004"), P(INDEX, INDEX_A2), P(STUB, sealed(INDEX_B)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 0004"), OK_("0000"))));
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0005"), P(INDEX, INDEX_A2), P(STUB, sealed(INDEX_B)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 0005"), P(STATUS, "04 00 0000"))));
	/* get: a hit, a miss, and an answer in two messages */
	request(c, message(GET, LIST(P(TX, "0000 0006"), P(INDEX, INDEX_A))));
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0006"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	request(c, message(GET, LIST(P(TX, "0000 0007"), P(INDEX, INDEX_6))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0007"), P(STATUS, "01 00 0000"))));
	request(c, message(GET, LIST(P(TX, "0000 0008"), P(INDEX, INDEX_A), P(INDEX, INDEX_B))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0008"), P(STATUS, "00 80 0000"),
					P(STUB, sealed(INDEX_A)))));
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0008"), OK_("0001"), P(STUB, sealed(INDEX_B)))));
	/* prefetch, and again from a cursor */
	request(c, message(GET, LIST(P(TX, "0000 0009"), P(INDEX, ALL_OF_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0009"), P(STATUS, "00 80 ffff"),
					P(STUB, sealed(INDEX_A2)), P(STUB, sealed(INDEX_A)))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0009"), P(STATUS, "00 00 ffff"))));
	request(c, message(GET, LIST(P(TX, "0000 000a"), P(INDEX, ALL_OF_A), P(INDEX, INDEX_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 000a"), P(STATUS, "00 00 ffff"))));
	request(c,
		message(DELETE, LIST(P(TX, "0000 000b"), P(INDEX, INDEX_A2), P(INDEX, INDEX_6))));
	reply(c, message(DELETE, LIST(P(TX, "0000 000b"), OK_("0000"), P(STATUS, "01 00 0001"))));
	/* pushes: a download, and the notice that an SA has moved */
	reply(c, message(DOWNLOAD, LIST(P(TX, "8000 0001"), P(STUB, sealed(INDEX_A)))));
	request(c, message(DOWNLOAD, LIST(P(TX, "8000 0001"), OK_("0000"))));
	reply(c, message(DELETE, LIST(P(TX, "8000 0002"), P(INDEX, INDEX_A))));
	request(c, message(DELETE, LIST(P(TX, "8000 0002"), OK_("0000"))));
	/* a type that nobody knows */
	request(c, message(9, LIST(P(TX, "0000 000c"), P(INDEX, INDEX_A))));
	reply(c, message(9, LIST(P(TX, "0000 000c"), P(STATUS, "07 00 ffff"))));
	capture_close(c);
}

static void part(struct octets *out, const struct octets *from, size_t start_at, size_t n)
{
	out->n = 0;
	for (size_t i = 0; i < n; i++)
		octets_uint(out, 1, from->at[start_at + i]);
}

/* Segments that know nothing of messages; replies that overtake one another. */
static void stream(const char *directory)
{
	struct capture *c = start(directory, "stub-segments", 49500);
	struct octets *a = message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A)));
	struct octets *b = message(GET, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_B)));
	struct octets *d = message(INIT, LIST(P(TX, "0000 0003"), P(STUB, sealed(INDEX_A))));
	struct octets *piece = octets_new("");
	struct octets *two = octets_new("");

	/* two whole ones in a segment */
	octets_add(two, a);
	octets_add(two, b);
	request(c, two);
	/* one in three segments, the first ending inside the header */
	part(piece, d, 0, 3);
	request(c, piece);
	part(piece, d, 3, 50);
	request(c, piece);
	part(piece, d, 53, d->n - 53);
	request(c, piece);
	/* answers: the second first */
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0002"), P(STATUS, "01 00 0000"))));
	two->n = 0;
	octets_add(two, message(INIT, LIST(P(TX, "0000 0003"), OK_("0000"))));
	octets_add(two, message(DOWNLOAD, LIST(P(TX, "0000 0001"), P(STATUS, "02 00 0000"))));
	reply(c, two);
	capture_close(c);
}

static void other_port(const char *directory)
{
	struct capture *c = start(directory, "stub-other-port", 40004);

	request(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0001"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	capture_close(c);
}

static struct octets *with_length(struct octets *o, unsigned length)
{
	octets_patch(o, 2, 2, length);
	return o;
}

/* Structural faults; each ends its connection, so each has one of its own. */
static void structure(const char *directory)
{
	struct capture *c = start(directory, "stub-structure", 49500);
	struct octets *cases[] = {
		/* 1: length 3 */
		with_length(message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))), 3),
		/* 2: length 4, nothing there though a payload is named */
		octets_new("cf 03 0004"),
		/* 3: no transaction */
		message(GET, LIST(P(INDEX, INDEX_A))),
		/* 4: transaction second */
		message(GET, LIST(P(INDEX, INDEX_A), P(TX, "0000 0001"))),
		/* 5: two transactions */
		message(GET, LIST(P(TX, "0000 0001"), P(TX, "0000 0002"), P(INDEX, INDEX_A))),
		/* 6: transaction of 3 octets */
		message(GET, LIST(P(TX, "0000 01"), P(INDEX, INDEX_A))),
		/* 7: payload length 3 */
		message(GET, LIST(P(TX, "0000 0001"), { INDEX, INDEX_A, 0, 3, 0 })),
		/* 8: payload runs over the message */
		message(GET, LIST(P(TX, "0000 0001"), { INDEX, INDEX_A, 0, 17, 0 })),
		/* 9: chain ends before the message */
		message(GET, LIST({ TX, "0000 0001", 0, 0, -1 }, P(INDEX, INDEX_A))),
		/* 10: chain names one more */
		message(GET, LIST(P(TX, "0000 0001"), { INDEX, INDEX_A, 0, 0, INDEX })),
		/* 11: RESERVED set: harmless */
		message(GET, LIST({ TX, "0000 0001", 0xff, 0, 0 }, P(INDEX, INDEX_A))),
		/* 12: type 0 */
		message(0, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))),
		/* 13: unknown payload */
		message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A), P(99, "0102"))),
		/* 14: nothing but the transaction */
		message(GET, LIST(P(TX, "0000 0001"))),
		/* 15: update without its new stub */
		message(UPDATE, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))),
		/* 16: init with an index */
		message(INIT, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))),
		/* 17: a request of type download */
		message(DOWNLOAD, LIST(P(TX, "0000 0001"), P(STUB, sealed(INDEX_A)))),
		/* 18: get with a pushed transaction */
		message(GET, LIST(P(TX, "8000 0001"), P(INDEX, INDEX_A))),
		/* 19: update in the wrong order */
		message(UPDATE,
			LIST(P(TX, "0000 0001"), P(STUB, sealed(INDEX_B)), P(INDEX, INDEX_A))),
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_port = 51001 + i;
		/* What nobody would take for a stub message does not start a connection. */
		request(c, message(GET, LIST(P(TX, "0000 00ff"), P(INDEX, INDEX_A))));
		request(c, cases[i]);
	}
	capture_close(c);
}

/* Transactions are numbered by what is faulty (k) and which of it (nn): 00000knn. */
static const char *numbered(char tx[static 9], unsigned kind, unsigned i)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(tx, "00000000", 9);
	tx[5] = digits[kind];
	tx[6] = digits[i >> 4];
	tx[7] = digits[i & 15];
	return tx;
}

static void content_indexes(struct capture *c)
{
	static const char *const indexes[] = {
		/* 0 */ "0123 4567 89ab cdef c000 02",
		/* 1 */ "0123 4567 89ab cdef c000 0201 00",
		/* 2 */ "",
		/* 3 */ "0123 4567 89ab cdef 0000 0000",
		/* 4 */ "0123 4567 89ab cdef ff02 0000 0000 0000 0000 0000 0000 0001",
		/* 5 */ "0000 0000 0000 0000 c000 0201",
	};
	char tx[9];

	for (unsigned i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
		request(c, message(DELETE, LIST(P(TX, numbered(tx, 1, i)), P(INDEX, indexes[i]))));
}

static void content_stubs(struct capture *c)
{
	const char *stubs[] = {
		/* 0: shorter than its header */ "c8 0000",
		/* 1: empty chain */ "00 000000",
		/* 2: RESERVED */
		"c8 00002a cd 00 0010" INDEX_A "d0 00 0008" HOUR "00 00 0059" SEALED,
		/* 3: lifetime before index */
		container(LIST(P(LIFETIME, HOUR), P(INDEX, INDEX_A), P(BOX, SEALED))),
		/* 4: no lifetime */ container(LIST(P(INDEX, INDEX_A), P(BOX, SEALED))),
		/* 5: no content */ container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR))),
		/* 6: sealed and clear */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(BOX, SEALED), P(SKD, SK_D))),
		/* 7: two sealed */
		container(
		    LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(BOX, SEALED), P(BOX, SEALED))),
		/* 8: lifetime 0 */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, "0000 0000"), P(BOX, SEALED))),
		/* 9: lifetime 86401 */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, "0001 5181"), P(BOX, SEALED))),
		/* 10: lifetime of 2 octets */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, "0e10"), P(BOX, SEALED))),
		/* 11: sealed version 2 */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(BOX, "02" SEALED))),
		/* 12: sealed stub of 61 octets: seals nothing */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
			       P(BOX, SEALED_CLEAR "eeee eeee eeee eeee eeee eeee eeee eeee"))),
		/* 13: sealed stub that expired on 2026-11-20 */
		container(
		    LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
			 P(BOX, "01 0000 0007 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 "
				"3435 3637 3839 3a3b 3c3d 3e3f 0000 0000 6aff 8d80" SEALED_REST))),
		/* 14: no SK_d */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, SA_BODY),
			       P(IDI, IDI_BODY), P(IDR, IDR_BODY), P(PAIR, SPIS))),
		/* 15: SK_d of 20 octets for HMAC-SHA2-256 */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, SA_BODY),
			       P(IDI, IDI_BODY), P(IDR, IDR_BODY), P(PAIR, SPIS),
			       P(SKD, "5151 5151 5151 5151 5151 5151 5151 5151 5151 5151"))),
		/* 16: SPI pair of 8 */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, SA_BODY),
			       P(IDI, IDI_BODY), P(IDR, IDR_BODY), P(PAIR, "d1d2 d3d4 d5d6 d7d8"),
			       P(SKD, SK_D))),
		/* another SPI pair than the index */
		clear(INDEX_A, "d1d2 d3d4 d5d6 d7d8 5a5b 5c5d 5e5f 6061"),
		/* 17: IDr of type IPv4 with 3 octets, IDi without data */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, SA_BODY),
			       P(IDI, "02 000000"), P(IDR, "01 000000 c000 02"), P(PAIR, SPIS),
			       P(SKD, SK_D))),
		/* 18: unknown payload in a stub, a status in a stub, an index running over */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(BOX, SEALED), P(99, "0102"),
			       P(STATUS, "00 00 0000"), { INDEX, INDEX_A, 0, 99, 0 })),
	};
	char tx[9];

	for (unsigned i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++)
		request(c, message(INIT, LIST(P(TX, numbered(tx, 2, i)), P(STUB, stubs[i]))));
}

static void content_sas(struct capture *c)
{
	static const char *const sas[] = {
		/* 0: no proposal */ "",
		/* 1: two proposals */ "0200 0008 01 01 00 00 0000 0008 02 01 00 00",
		/* 2: ESP with SPI */ "0000 000c 01 03 04 00 0102 0304",
		/* 3: transform too long */ "0000 0010 01 01 00 01 0000 0009 02 00 0005",
		/* 4: unknown PRF, a transform more than counted */
		"0000 0018 01 01 00 01 0300 0008 02 00 0063 0000 0008 03 00 000c",
		/* 5: attribute running over */
		"0000 0014 01 01 00 01 0000 000c 01 00 000c 000e 0080",
	};
	char tx[9];

	for (unsigned i = 0; i < sizeof(sas) / sizeof(sas[0]); i++)
		request(
		    c, message(INIT, LIST(P(TX, numbered(tx, 3, i)),
					  P(STUB, container(LIST(P(INDEX, INDEX_A),
								 P(LIFETIME, HOUR), P(SA, sas[i]),
								 P(IDI, IDI_BODY), P(IDR, IDR_BODY),
								 P(PAIR, SPIS), P(SKD, SK_D)))))));
}

static void content_attributes(struct capture *c)
{
	static const char *const attributes[] = {
		"00",                                              /* 0 */
		"0001 03",                                         /* 1: role 3 */
		"0001",                                            /* 2 */
		"0002 02",                                         /* 3 */
		"0003",                                            /* 4 */
		"0004 0a63 00",                                    /* 5 */
		"0005 2001 0db8 0099 0000 0000 0000 0000 0005 81", /* 6: /129 */
		"0007 0000 0000 6aff 8d80",                        /* 7: expired */
		"0009 0000",                                       /* 8 */
		"000a 01",                                         /* 9 */
		"000b",                                            /* 10 */
		"000c 00",                                         /* 11 */
		"00ff",                                            /* 12: unknown and empty */
	};
	char tx[9];

	for (unsigned i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		request(c, message(INIT,
				   LIST(P(TX, numbered(tx, 4, i)),
					P(STUB,
					  container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
							 P(SA, SA_BODY), P(IDI, IDI_BODY),
							 P(IDR, IDR_BODY), P(PAIR, SPIS),
							 P(SKD, SK_D), P(ATTR, attributes[i])))))));
}

/* Content faults of one index or stub; the connection lives on. */
static void content(const char *directory)
{
	struct capture *c = start(directory, "stub-content", 49500);

	content_indexes(c);
	content_stubs(c);
	content_sas(c);
	content_attributes(c);
	capture_close(c);
}

/* A clear stub with another SA, SPI pair and SK_d, and with more behind them. */
static const char *clear_with(const char *sa, const char *spis, const char *sk_d,
			      const struct payload *more)
{
	struct payload list[48] = { P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, sa),
				    P(IDI, IDI_BODY),  P(IDR, IDR_BODY),  P(PAIR, spis),
				    P(SKD, sk_d) };
	unsigned n = 7;

	while (more->type != END && n < 47)
		list[n++] = *more++;
	list[n] = (struct payload)DONE;
	return container(list);
}

static const struct payload nothing_more[] = { DONE };

static void values_of_sas(struct capture *c)
{
#define ENCR "0300 000c 01 00 000c 800e 0080 "
#define PRF "0000 0008 02 00 0005"
	static const char *const sas[] = {
		/* 0: ESN */ "0000 0024 01 01 00 03" ENCR
			     "0300 0008 02 00 0005 0000 0008 05 00 0000",
		/* 1: type 6 */
		"0000 0024 01 01 00 03" ENCR "0300 0008 02 00 0005 0000 0008 06 00 0001",
		/* 2: attribute 15 */
		"0000 0020 01 01 00 02 0300 0010 01 00 000c 800e 0080 800f 0001" PRF,
		/* 3: Key Length 0 */ "0000 001c 01 01 00 02 0300 000c 01 00 000c 800e 0000" PRF,
		/* 4: Key Length twice */
		"0000 0020 01 01 00 02 0300 0010 01 00 000c 800e 0080 800e 0100" PRF,
		/* 5: Key Length of a PRF */
		"0000 0020 01 01 00 02" ENCR "0000 000c 02 00 0005 800e 0080",
		/* 6: proposal number 0 */ "0000 001c 00 01 00 02" ENCR PRF,
		/* 7: number 2, as may be accepted */ "0000 001c 02 01 00 02" ENCR PRF,
		/* 8: ENCR twice */ "0000 0028 01 01 00 03" ENCR ENCR PRF,
		/* 9: no PRF */ "0000 0014 01 01 00 01 0000 000c 01 00 000c 800e 0080",
		/* 10: no transforms */ "0000 0008 01 01 00 00",
	};
	char tx[9];

	for (unsigned i = 0; i < sizeof(sas) / sizeof(sas[0]); i++)
		request(c,
			message(INIT, LIST(P(TX, numbered(tx, 1, i)),
					   P(STUB, clear_with(sas[i], SPIS, SK_D, nothing_more)))));
#undef ENCR
#undef PRF
}

static void values_of_stubs(struct capture *c)
{
#define ONE(type, body) LIST(P(type, body))
	static char authority[4 + 2 * 256 + 1] = "000b", longer[2 * 129 + 1];
	struct payload unknown[] = {
#define FOUR P(ATTR, "4242"), P(ATTR, "4242 01"), P(ATTR, "0000"), P(ATTR, "000e")
		FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, P(ATTR, "ffff"), DONE
#undef FOUR
	};
	char tx[9];

	memset(authority + 4, '6', sizeof(authority) - 5);
	memset(longer, '5', sizeof(longer) - 1);

	const char *stubs[] = {
		/* 0: a role twice */
		clear_with(SA_BODY, SPIS, SK_D, LIST(P(ATTR, "0001 02"), P(ATTR, "0001 02"))),
		/* 1: authorities that differ */
		clear_with(
		    SA_BODY, SPIS, SK_D,
		    LIST(P(ATTR, "000b 613a 31"), P(ATTR, "000c 0001"), P(ATTR, "000b 623a 31"))),
		/* 2: an unknown attribute twice: nobody can say */
		clear_with(SA_BODY, SPIS, SK_D, LIST(P(ATTR, "4242 01"), P(ATTR, "4242 01"))),
		/* 3: authority "a\n:1" */
		clear_with(SA_BODY, SPIS, SK_D, ONE(ATTR, "000b 610a 3a31")),
		/* 4: authority with DEL */
		clear_with(SA_BODY, SPIS, SK_D, ONE(ATTR, "000b 617f 3a31")),
		/* 5: of 256 octets */ clear_with(SA_BODY, SPIS, SK_D, ONE(ATTR, authority)),
		/* 6: none, and no EAP identity either: allowed */
		clear_with(SA_BODY, SPIS, SK_D, LIST(P(ATTR, "000b"), P(ATTR, "0003"))),
		/* 7: expiry 0 */
		clear_with(SA_BODY, SPIS, SK_D, ONE(ATTR, "0007 0000 0000 0000 0000")),
		/* 8: 33 unknown attributes */ clear_with(SA_BODY, SPIS, SK_D, unknown),
		/* 9: SPIi zero */
		clear_with(SA_BODY, "0000 0000 0000 0000 0123 4567 89ab cdef", SK_D, nothing_more),
		/* 10: SPIr zero */
		clear_with(SA_BODY, "0123 4567 89ab cdef 0000 0000 0000 0000", SK_D, nothing_more),
		/* 11: SK_d of 129 octets */ clear_with(SA_BODY, SPIS, longer, nothing_more),
		/* 12: empty shared secret */ clear_with(SA_BODY, SPIS, SK_D, ONE(SECRET, "")),
		/* 13: sealed stub whose ciphertext is shorter than the plaintext's head */
		container(
		    LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
			 P(BOX, SEALED_CLEAR "909090 eeee eeee eeee eeee eeee eeee eeee eeee"))),
		/* 14: and as long as it */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
			       P(BOX, SEALED_CLEAR "9090 9090 eeee eeee eeee eeee eeee eeee eeee "
						   "eeee"))),
		/* 15: identities without octets: allowed */
		container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR), P(SA, SA_BODY),
			       P(IDI, "02 000000"), P(IDR, "0b 000000"), P(PAIR, SPIS),
			       P(SKD, SK_D))),
	};

	for (unsigned i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++)
		request(c, message(INIT, LIST(P(TX, numbered(tx, 2, i)), P(STUB, stubs[i]))));
#undef ONE
}

/* Values that a clear stub cannot have, though every length fits. */
static void values(const char *directory)
{
	struct capture *c = start(directory, "stub-values", 49500);

	values_of_sas(c);
	values_of_stubs(c);
	capture_close(c);
}

/* Items, and payloads between them that nobody knows. */
static void items(const char *directory)
{
	struct capture *c = start(directory, "stub-items", 49500);
	const struct payload unknown = P(99, "0102"), old = P(INDEX, INDEX_A),
			     all = P(INDEX, ALL_OF_A), new = P(STUB, sealed(INDEX_B));
	struct octets *cases[] = {
		/* 1: between the halves of a pair: as if it were not there */
		message(UPDATE, LIST(P(TX, "0000 0001"), old, unknown, new)),
		/* 2: in place of the stub */
		message(UPDATE, LIST(P(TX, "0000 0002"), old, unknown)),
		/* 3: before a pair */ message(UPDATE, LIST(P(TX, "0000 0003"), unknown, old, new)),
		/* 4: and the second pair is half a one */
		message(UPDATE, LIST(P(TX, "0000 0004"), old, new, unknown, old)),
		/* 5: two indexes and a stub */
		message(UPDATE, LIST(P(TX, "0000 0005"), old, old, new)),
		/* 6: SPI 0 in the first item of a get */
		message(GET, LIST(P(TX, "0000 0006"), unknown, all)),
		/* 7: in its second */ message(GET, LIST(P(TX, "0000 0007"), old, all)),
		/* 8: a cursor behind an unknown payload */
		message(GET, LIST(P(TX, "0000 0008"), all, unknown, old)),
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		request(c, cases[i]);
	capture_close(c);
}

/* Replies that do not fit their request. */
static void replies(const char *directory)
{
	struct capture *c = start(directory, "stub-replies", 49500);

	/* get answered by get */
	request(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	reply(c, message(GET, LIST(P(TX, "0000 0001"), P(STATUS, "01 00 0000"))));
	/* an item that was not asked for */
	request(c, message(GET, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0002"), P(STATUS, "01 00 0001"))));
	/* one status for two */
	request(c, message(DELETE, LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A), P(INDEX, INDEX_B))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0003"), OK_("0000"))));
	/* a reply to nothing */
	reply(c, message(DELETE, LIST(P(TX, "0000 0099"), OK_("0000"))));
	/* an ID used again before its answer */
	request(c, message(GET, LIST(P(TX, "0000 0004"), P(INDEX, INDEX_A))));
	request(c, message(GET, LIST(P(TX, "0000 0004"), P(INDEX, INDEX_B))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0004"), P(STATUS, "01 00 0000"))));
	/* statuses: unknown code, too short, text that is not UTF-8 */
	request(c, message(DELETE, LIST(P(TX, "0000 0005"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0005"), P(STATUS, "0a 00 0000"))));
	request(c, message(DELETE, LIST(P(TX, "0000 0006"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0006"), P(STATUS, "00 00 00"))));
	request(c, message(DELETE, LIST(P(TX, "0000 0007"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0007"), P(STATUS, "06 00 0000 ff fe"))));
	/* a stub where only statuses belong */
	request(c, message(DELETE, LIST(P(TX, "0000 0008"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0008"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	/* a whole message refused: by its own type, whatever the request's */
	request(c, message(GET, LIST(P(TX, "0000 0009"), { INDEX, INDEX_A, 0, 17, 0 })));
	reply(c, message(GET, LIST(P(TX, "0000 0009"), P(STATUS, "06 00 ffff 6c65 6e67 7468"))));
	capture_close(c);
}

static void cut(const char *directory)
{
	static const size_t seen[] = { 58, 57, 62, 66, 70, 80, 100, 150 };
	struct capture *c = start(directory, "stub-cut", 49500);

	for (unsigned i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		client_port = 51001 + i;
		capture_snap(c, seen[i]);
		request(c, message(INIT, LIST(P(TX, "0000 0001"), P(STUB, sealed(INDEX_A)))));
	}
	capture_close(c);
}

/* What follows the statuses of a get's reply, and when it comes. */
static void gets(const char *directory)
{
	struct capture *c = start(directory, "stub-get", 49500);

	/* ok and no stub, at the end and before another status */
	request(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0001"), OK_("0000"))));
	request(c, message(GET, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A), P(INDEX, INDEX_B))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0002"), OK_("0000"), P(STATUS, "01 00 0001"))));
	/* a stub behind not-found, and one too many */
	request(c, message(GET, LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0003"), P(STATUS, "01 00 0000"),
					P(STUB, sealed(INDEX_A)))));
	request(c, message(GET, LIST(P(TX, "0000 0004"), P(INDEX, INDEX_A))));
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0004"), OK_("0000"), P(STUB, sealed(INDEX_A)),
					P(STUB, sealed(INDEX_A)))));
	/* as it should be, but late */
	request(c, message(GET, LIST(P(TX, "0000 0005"), P(INDEX, INDEX_A))));
	clock_ms += 1100;
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0005"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	capture_close(c);
}

/* Others that use our port, and streams of which the capture has the middle. */
static void foreign(const char *directory)
{
	struct capture *c = start(directory, "stub-foreign", 49500);
	struct octets *get = message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A)));
	struct octets *piece = octets_new(""), *whole = octets_new("");

	/* another protocol, and its answer that starts like a message */
	octets_text(piece, "GET / HTTP/1.0\r\n\r\n");
	request(c, piece);
	reply(c, octets_new("cf 01 0003 68 65 6c 6c 6f"));
	reply(c, octets_new("cf 01 ffff 68 65 6c 6c 6f 20 77 6f 72 6c 64"));
	/* in the middle of a message, then whole ones */
	client_port++;
	part(piece, get, 10, get->n - 10);
	request(c, piece);
	request(c, get);
	reply(c, message(DOWNLOAD, LIST(P(TX, "0000 0001"), P(STATUS, "01 00 0000"))));
	/* in the middle of a TLS record that looks like a header, then a record */
	client_port++;
	request(c, octets_new(
		       "cf 01 0014 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141 4141"));
	request(c, octets_new("17 0303 0010 4242 4242 4242 4242 4242 4242 4242 4242"));
	request(c, octets_new(
		       "cf 01 0014 4343 4343 4343 4343 4343 4343 4343 4343 4343 4343 4343 4343"));
	/* octet by octet from the start */
	client_port++;
	octets_add(whole, get);
	part(piece, whole, 0, 1);
	request(c, piece);
	part(piece, whole, 1, 6);
	request(c, piece);
	part(piece, whole, 7, whole->n - 7);
	request(c, piece);
	capture_close(c);
}

/* More than one winner, and changes of what is gone; two gateways, each with its connection. */
static void winners(const char *directory)
{
	struct capture *c = start(directory, "stub-winners", 49500);
	const char *index_c = "7172 7374 7576 7778 c000 0203"; /* .0.2.3 */
	const char *index_d = "8182 8384 8586 8788 c000 0204";

	request(c, message(INIT, LIST(P(TX, "0000 0001"), P(STUB, sealed(INDEX_A)))));
	reply(c, message(INIT, LIST(P(TX, "0000 0001"), OK_("0000"))));
	/* both have asked before either is answered */
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A), P(STUB, sealed(INDEX_B)))));
	client_port++;
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A), P(STUB, sealed(index_c)))));
	client_port--;
	reply(c, message(UPDATE, LIST(P(TX, "0000 0002"), OK_("0000"))));
	client_port++;
	reply(c, message(UPDATE, LIST(P(TX, "0000 0002"), OK_("0000"))));
	/* the winner again, with the same octets: a retry */
	client_port--;
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A), P(STUB, sealed(INDEX_B)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 0003"), OK_("0000"))));
	/* replaced in place, twice; then deleted, twice; then updated, and initiated again */
	for (unsigned i = 4; i < 6; i++) {
		const char *tx = i == 4 ? "0000 0004" : "0000 0005";

		request(c, message(UPDATE,
				   LIST(P(TX, tx), P(INDEX, INDEX_B), P(STUB, sealed(INDEX_B)))));
		reply(c, message(UPDATE, LIST(P(TX, tx), OK_("0000"))));
	}
	for (unsigned i = 6; i < 8; i++) {
		const char *tx = i == 6 ? "0000 0006" : "0000 0007";

		request(c, message(DELETE, LIST(P(TX, tx), P(INDEX, INDEX_6), P(INDEX, INDEX_B))));
		reply(c, message(DELETE, LIST(P(TX, tx), P(STATUS, "01 00 0000"), OK_("0001"))));
	}
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 0008"), P(INDEX, INDEX_B), P(STUB, sealed(index_d)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 0008"), OK_("0000"))));
	request(c, message(INIT, LIST(P(TX, "0000 0009"), P(STUB, sealed(INDEX_6)),
				      P(STUB, sealed(INDEX_B)), P(STUB, sealed(INDEX_A)))));
	reply(c, message(INIT, LIST(P(TX, "0000 0009"), OK_("0000"), OK_("0001"),
				    P(STATUS, "04 00 0002"))));
	/* refused, as it should be */
	client_port++;
	request(c, message(UPDATE,
			   LIST(P(TX, "0000 000a"), P(INDEX, INDEX_A), P(STUB, sealed(index_d)))));
	reply(c, message(UPDATE, LIST(P(TX, "0000 000a"), P(STATUS, "04 00 0000"))));
	capture_close(c);
}

/* IDs of the other side; who opened the connection is the client. */
static void sides(const char *directory)
{
	struct capture *c = start(directory, "stub-sides", 49500);

	request(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	request(c, message(DELETE, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A))));
	request(c, message(DELETE, LIST(P(TX, "8000 0002"), P(INDEX, INDEX_A)))); /* wrong */
	request(c,
		message(DOWNLOAD, LIST(P(TX, "8000 0003"), P(STUB, sealed(INDEX_A))))); /* wrong */
	reply(c, message(DELETE, LIST(P(TX, "8000 0001"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A)))); /* wrong */
	reply(c, message(GET, LIST(P(TX, "0000 0004"), P(INDEX, INDEX_A))));    /* wrong */
	/* a bank that asks another bank */
	client_port++;
	reply(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	reply(c, message(DELETE, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A))));
	request(c, message(DELETE, LIST(P(TX, "8000 0001"), P(INDEX, INDEX_A))));
	request(c, message(DELETE, LIST(P(TX, "0000 0003"), P(INDEX, INDEX_A)))); /* wrong */
	capture_close(c);
}

/* Exactly at the bounds of time and behind: 30 s of skew (the file starts at 0x6b00df00), 1 s for a
 * get. */
static void times(const char *directory)
{
	struct capture *c = start(directory, "stub-times", 49500);

	for (unsigned i = 0; i < 2; i++) {
		const char *box =
		    i == 0 ? "01 0000 0007 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 "
			     "3637 3839 3a3b 3c3d 3e3f 0000 0000 6b00 dee2" SEALED_REST
			   : "01 0000 0007 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 "
			     "3637 3839 3a3b 3c3d 3e3f 0000 0000 6b00 dee1" SEALED_REST;

		request(c, message(INIT,
				   LIST(P(TX, i == 0 ? "0000 0011" : "0000 0012"),
					P(STUB, container(LIST(P(INDEX, INDEX_A), P(LIFETIME, HOUR),
							       P(BOX, box)))))));
		clock_ms = 0;
	}
	request(c, message(GET, LIST(P(TX, "0000 0001"), P(INDEX, INDEX_A))));
	clock_ms += 997;
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0001"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	request(c, message(GET, LIST(P(TX, "0000 0002"), P(INDEX, INDEX_A))));
	clock_ms += 998;
	reply(c,
	      message(DOWNLOAD, LIST(P(TX, "0000 0002"), OK_("0000"), P(STUB, sealed(INDEX_A)))));
	capture_close(c);
}

void make_stub_captures(const char *directory)
{
	good(directory);
	stream(directory);
	other_port(directory);
	structure(directory);
	content(directory);
	values(directory);
	items(directory);
	replies(directory);
	gets(directory);
	cut(directory);
	foreign(directory);
	winners(directory);
	sides(directory);
	times(directory);
}
