/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seeds themselves, octet by octet. */
#include "fuzz_seeds_made.h"

#include "fuzz_epan.h"
#include "octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SA = 33, IDI = 35, IDR = 36, NONCE = 40, N = 41, V = 43, SK = 46, SKF = 53, SYN = 200 };
enum { STUB = 201, PAIR, SKD, SECRET, LIFETIME, STATUS, TX, BOX, ATTR, END = -1 };
enum { INIT = 1, UPDATE, GET, DOWNLOAD, DELETE };
#define STUB_RECORD 0x20
#define NAT_RECORD 0x10

/* fuzz_secure.h: octets in hex of "spiFUZZ", and the mark behind them. */
#define MARK "73 70 69 46 55 5a 5a "
#define SPII(session) MARK "4" #session
#define SPIR(session) MARK "6" #session
#define OLD(number) MARK "3" #number
#define OLD_OF_STUB MARK "73"
#define OTHER MARK "6f"
#define AT " c000 0201"
#define AT6 " 2001 0db8 0001 0000 0000 0000 0000 0001"
#define SA_BODY                                                                        \
	"0000 002c 01 01 00 04  0300 000c 01 00 000c 800e 0080  0300 0008 02 00 0005 " \
	"0300 0008 03 00 000c  0000 0008 04 00 001f"
#define SA_GCM                                                                          \
	"0000 0024 01 01 00 03  0300 000c 01 00 0014 800e 0100  0300 0008 02 00 0005  " \
	"0000 0008 04 00 001f"
#define NI "a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad aeaf"
#define NR "c0c1 c2c3 c4c5 c6c7 c8c9 cacb cccd cecf"
#define SK_D "9091 9293 9495 9697 9899 9a9b 9c9d 9e9f a0a1 a2a3 a4a5 a6a7 a8a9 aaab acad aeaf"
#define B8 "b1b1 b1b1 b1b1 b1b1"
#define SALT "2021 2223 2425 2627 2829 2a2b 2c2d 2e2f 3031 3233 3435 3637 3839 3a3b 3c3d 3e3f"
#define EXPIRY "0000 0000 6b02 3080"
#define HOUR "0000 0e10"

static struct octets *start(uint8_t options)
{
	struct octets *o = octets_new("");

	octets_uint(o, 1, options);
	return o;
}

static const char *repeated(const char *octet, unsigned times)
{
	struct octets *o = octets_new("");

	while (times-- > 0)
		octets_hex(o, octet);
	return octets_as_hex(o);
}

static void record(struct octets *seed, uint8_t flags, const struct octets *message)
{
	octets_uint(seed, 1, flags);
	octets_uint(seed, 2, message->n);
	octets_add(seed, message);
}

static void finish(const char *directory, const struct octets *seed)
{
	seed_write(directory, seed->at, seed->n);
}

static struct octets *ike(unsigned parameters, const char *spii, const char *spir,
			  unsigned exchange, unsigned flags, uint32_t mid,
			  const struct payload *list)
{
	struct octets *o = octets_new("");

	octets_uint(o, 2, parameters);
	octets_hex(o, spii);
	octets_hex(o, spir);
	octets_hex(o, "00 20");
	octets_uint(o, 1, exchange);
	octets_uint(o, 1, flags);
	octets_uint(o, 4, mid);
	octets_uint(o, 4, 0);
	o->at[18] = octets_chain(o, list);
	octets_patch(o, 26, 4, o->n - 2);
	return o;
}

static const char *chain(const struct payload *list, uint8_t *first)
{
	struct octets *o = octets_new("");

	*first = octets_chain(o, list);
	return octets_as_hex(o);
}

/* SK (or with `fragment`, number and total, SKF) around the plaintext of `list`. */
static struct octets *protected_as(unsigned exchange, unsigned parameters, const char *spii,
				   const char *spir, unsigned flags, uint32_t mid,
				   const char *fragment, const struct payload *list)
{
	uint8_t first;
	const char *plain = chain(list, &first);
	char *body = calloc(1, strlen(plain) + 16);
	struct payload sk[] = { { fragment ? SKF : SK, body, 0, 0, first }, DONE };

	if (!body)
		exit(1);
	sprintf(body, "%s%s", fragment ? fragment : "", plain);
	return ike(parameters, spii, spir, exchange, flags, mid, sk);
}

static struct octets *protected(unsigned parameters, const char *spii, const char *spir,
				unsigned flags, uint32_t mid, const char *fragment,
				const struct payload *list)
{
	return protected_as(37, parameters, spii, spir, flags, mid, fragment, list);
}

static void handshake(struct octets *seed, uint8_t carrier, const char *spii, const char *spir,
		      const char *index, int syn)
{
	record(
	    seed, FUZZ_LENGTH | carrier,
	    ike(0, spii, "0000 0000 0000 0000", 34, 0x08, 0,
		LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1 e2e3"), P(NONCE, NI), P(syn, index))));
	record(seed, FUZZ_LENGTH | FUZZ_BACK | carrier,
	       ike(0, spii, spir, 34, 0x20, 0, LIST(P(NONCE, NR))));
}

static const char *const olds[] = { OLD(0) AT, OLD(1) AT, OLD(2) AT, OLD(3) AT, OLD(4) AT,
				    OLD(5) AT, OLD(6) AT, OLD(7) AT, OLD(8) AT };
/* The prf's length for BIND, by suite. */
static const char *const binds[] = {
	"00 00 c15d" B8 B8 B8 B8,
	"00 00 c15d" B8 B8 B8 B8 B8 B8,
	"00 00 c15d" B8 B8 B8 B8 B8 B8 B8 B8,
	"00 00 c15d" B8 B8 "b1b1 b1b1",
	"00 00 c15d" B8 B8 B8 B8,
	"00 00 c15d" B8 B8 B8 B8,
	"00 00 c15d" B8 B8 B8 B8,
	"00 00 c15d" B8 B8 B8 B8,
	"00 00 c15d" B8 B8,
};

/* Every suite: confirmation and answer, with BIND and the new index. */
static void suites(const char *directory)
{
	for (unsigned i = 0; i < sizeof(olds) / sizeof(olds[0]); i++) {
		struct octets *s = start((uint8_t)(i * 13));

		handshake(s, i & 1 ? NAT_RECORD : 0, SPII(1), SPIR(1), olds[i],
			  i * 13 & FUZZ_OTHER_TYPE ? 222 : SYN);
		record(s, FUZZ_LENGTH | (i & 1 ? NAT_RECORD : 0),
		       protected(0, SPII(1), SPIR(1), 0x08, 1, NULL, LIST(P(N, binds[i]))));
		record(s, FUZZ_LENGTH | FUZZ_BACK | (i & 1 ? NAT_RECORD : 0),
		       protected(0, SPII(1), SPIR(1), 0x20, 1, NULL,
				 LIST(P(N, binds[i]), P(N, "00 00 c15c" SPIR(1) AT),
				      P(N, "00 00 c15e"))));
		finish(directory, s);
	}
}

/* Each wrong derivation, and some pairs; a broken ICV, padding of the input's own. */
static void derivations(const char *directory)
{
	for (unsigned i = 1; i < 24 + 12; i++) {
		struct octets *s = start(FUZZ_FIRST_PASS_TREE);
		unsigned wrong = i < 24 ? i << 8 : (i - 23) << 8 | (i & 1 ? 14 : 20);

		handshake(s, 0, SPII(1), SPIR(1), olds[i % 8], SYN);
		record(s, FUZZ_LENGTH,
		       protected(wrong, SPII(1), SPIR(1), 0x08, 1, NULL, LIST(P(N, binds[0]))));
		finish(directory, s);
	}
	for (unsigned i = 0; i < 9; i++) {
		struct octets *s = start(FUZZ_FIRST_PASS_TREE);

		handshake(s, 0, SPII(1), SPIR(1), olds[i], SYN);
		record(s, FUZZ_LENGTH,
		       protected(0x80, SPII(1), SPIR(1), 0x08, 1, NULL,
				 LIST(P(N, "00 00 4000"), P(V, "0000 0000 0000 0003"))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       protected(0x40, SPII(1), SPIR(1), 0x20, 1, NULL, LIST(P(N, "00 00 4000"))));
		finish(directory, s);
	}
}

/* A to B to C, with another address family, and NOT_COMMITTED at the end. */
static void sessions_in_a_row(const char *directory)
{
	struct octets *s = start(FUZZ_TAPS | FUZZ_FILTER);

	handshake(s, 0, SPII(1), SPIR(1), olds[0], SYN);
	record(s, FUZZ_LENGTH, protected(0, SPII(1), SPIR(1), 0x08, 1, NULL, LIST(P(N, binds[0]))));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       protected(0, SPII(1), SPIR(1), 0x20, 1, NULL,
			 LIST(P(N, binds[0]), P(N, "00 00 c15c" SPIR(1) AT6))));
	handshake(s, 0, SPII(2), SPIR(2), SPIR(1) AT6, SYN);
	record(s, FUZZ_LENGTH, protected(0, SPII(2), SPIR(2), 0x08, 1, NULL, LIST(P(N, binds[0]))));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       protected(0, SPII(2), SPIR(2), 0x20, 1, NULL,
			 LIST(P(N, "00 00 c15c" SPIR(2) AT), P(N, binds[0]))));
	handshake(s, NAT_RECORD, SPII(3), SPIR(3), SPIR(2) AT, SYN);
	record(s, FUZZ_LENGTH | NAT_RECORD,
	       protected(0, SPII(3), SPIR(3), 0x08, 1, NULL, LIST(P(N, "00 00 c15d" B8))));
	record(s, FUZZ_LENGTH | FUZZ_BACK | NAT_RECORD,
	       protected(0, SPII(3), SPIR(3), 0x20, 1, NULL, LIST(P(N, "01 00 30d4 00"))));
	finish(directory, s);
}

/* One half of a CREATE_CHILD_SA, and a pair of child SAs: HMAC, an AEAD, a key exchange. */
#define CHILD(flags, mid, ...) \
	protected_as(36, 0, SPII(1), SPIR(1), flags, mid, NULL, LIST(__VA_ARGS__))
#define ESP_HMAC(spi)                                                                   \
	P(SA, "0000 0028 01 03 04 03 " spi " 0300 000c 01 00 000c 800e 0080 0300 0008 " \
	      "03 00 000c 0000 0008 05 00 0000")
#define ESP_GCM(spi)                                                                    \
	P(SA, "0000 0020 02 03 04 02 " spi " 0300 000c 01 00 0014 800e 0080 0000 0008 " \
	      "05 00 0001")
#define CHILD_KE P(34, "001f 0000 e0e1")

static void children(const char *directory)
{
	struct octets *s = start(FUZZ_TAPS);

	handshake(s, 0, SPII(1), SPIR(1), olds[0], SYN);
	record(s, FUZZ_LENGTH, CHILD(0x08, 1, ESP_HMAC("0102 0304"), P(NONCE, NI), P(N, binds[0])));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       CHILD(0x20, 1, P(N, binds[0]), ESP_HMAC("0506 0708"), P(NONCE, NR)));
	record(s, FUZZ_LENGTH | FUZZ_BACK, CHILD(0x00, 0, ESP_GCM("0a0b 0c0d"), P(NONCE, NR)));
	record(s, FUZZ_LENGTH, CHILD(0x28, 0, ESP_GCM("0e0f 1011"), P(NONCE, NI)));
	record(s, FUZZ_LENGTH, CHILD(0x08, 2, ESP_HMAC("1213 1415"), P(NONCE, NI), CHILD_KE));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       CHILD(0x20, 2, ESP_HMAC("1617 1819"), P(NONCE, NR), CHILD_KE));
	finish(directory, s);
}

static void fragments(const char *directory)
{
	for (unsigned order = 0; order < 3; order++) {
		struct octets *s = start(order == 1 ? FUZZ_FIRST_PASS_TREE : FUZZ_TAPS);
		static const char *const numbers[] = { "0001 0003", "0002 0003", "0003 0003" };
		uint8_t first;
		const char *whole =
		    chain(LIST(P(N, binds[0]), P(N, "00 00 c15c" SPIR(1) AT)), &first);
		size_t octets = strlen(whole) / 2, part = octets / 3;

		handshake(s, 0, SPII(1), SPIR(1), order == 2 ? olds[4] : olds[0], SYN);
		for (unsigned i = 0; i < 3; i++) {
			unsigned number = (i + order) % 3;
			size_t from = number * part, n = number == 2 ? octets - from : part;
			char body[4096];
			struct payload skf[] = {
				{ SKF, body, 0, 0, number ? -1 : first },
				DONE,
			};

			snprintf(body, sizeof(body), "%s%.*s", numbers[number], (int)(2 * n),
				 whole + 2 * from);
			record(s, FUZZ_LENGTH, ike(0, SPII(1), SPIR(1), 37, 0x08, 1, skf));
		}
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       protected(0, SPII(1), SPIR(1), 0x20, 1, "0001 0001", LIST(P(N, binds[0]))));
		finish(directory, s);
	}
}

/* --- stub messages --- */

static const char *container(const struct payload *list)
{
	struct octets *o = octets_new("00 000000");

	o->at[0] = octets_chain(o, list);
	return octets_as_hex(o);
}

static struct octets *message(unsigned type, const struct payload *list)
{
	struct octets *o = octets_new("00");

	octets_uint(o, 1, type);
	octets_uint(o, 2, 0);
	o->at[0] = octets_chain(o, list);
	octets_patch(o, 2, 2, o->n);
	return o;
}

#define INNER(pair, sk_d)                                                                  \
	P(SA, SA_BODY), P(IDI, "02 000000 636c 6965 6e74"), P(IDR, "01 000000 c000 0201"), \
	    P(PAIR, pair), P(SKD, sk_d)
#define ATTRIBUTES                                                                   \
	P(SECRET, "0102 0304 0506 0708"), P(ATTR, "0001 02"), P(ATTR, "0002 02 0e"), \
	    P(ATTR, "0003 6a6f 6540"), P(ATTR, "0004 0a63 0005"),                    \
	    P(ATTR, "0005 2001 0db8 0099 0000 0000 0000 0000 0005 40"),              \
	    P(ATTR, "0006 0000 0000 6b03 8200"), P(ATTR, "0007 " EXPIRY),            \
	    P(ATTR, "0008 0000 0000 6b0a 1980"),                                     \
	    P(ATTR, "0009 0000 0000 6b00 de9c 0000 0000 6b00 def6 0000 0003"),       \
	    P(ATTR, "000a 0002"), P(ATTR, "000b 6a6f 6540"), P(ATTR, "000c 0003"),   \
	    P(ATTR, "00ff 01")

/* Payload 201 with payload 208: key ID, plaintext. */
static const char *sealed(const char *index, const char *key_id, const char *plain)
{
	char *body = calloc(1, strlen(plain) + 256);

	if (!body)
		exit(1);
	sprintf(body, "01 %s " SALT " " EXPIRY " %s", key_id, plain);
	return container(LIST(P(SYN, index), P(LIFETIME, HOUR), P(BOX, body)));
}

/* Init, get, download, the resumption with SK_d of the stub, the move, and a later get. */
static void story(const char *directory, uint8_t options, const char *stub, const char *moved)
{
	struct octets *s = start(options);
	const uint8_t out = FUZZ_LENGTH | STUB_RECORD, back = out | FUZZ_BACK;

	record(s, out, message(INIT, LIST(P(TX, "0000 0001"), P(STUB, stub))));
	record(s, back, message(INIT, LIST(P(TX, "0000 0001"), P(STATUS, "00 00 0000"))));
	record(s, FUZZ_LENGTH,
	       ike(0, SPII(1), "0000 0000 0000 0000", 34, 0x08, 0,
		   LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1"), P(NONCE, NI),
			P(SYN, OLD_OF_STUB AT))));
	record(s, out, message(GET, LIST(P(TX, "0000 0002"), P(SYN, OLD_OF_STUB AT))));
	record(s, back,
	       message(DOWNLOAD, LIST(P(TX, "0000 0002"), P(STATUS, "00 00 0000"), P(STUB, stub))));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       ike(0, SPII(1), SPIR(1), 34, 0x20, 0, LIST(P(NONCE, NR))));
	record(s, FUZZ_LENGTH, protected(0, SPII(1), SPIR(1), 0x08, 1, NULL, LIST(P(N, binds[0]))));
	record(s, out,
	       message(UPDATE, LIST(P(TX, "0000 0003"), P(SYN, OLD_OF_STUB AT), P(STUB, moved))));
	record(s, back, message(UPDATE, LIST(P(TX, "0000 0003"), P(STATUS, "00 00 0000"))));
	record(s, FUZZ_LENGTH | FUZZ_BACK,
	       protected(0, SPII(1), SPIR(1), 0x20, 1, NULL,
			 LIST(P(N, binds[0]), P(N, "00 00 c15c" SPIR(1) AT))));
	record(s, out, message(DELETE, LIST(P(TX, "8000 0004"), P(SYN, SPIR(1) AT))));
	finish(directory, s);
}

static void stubs(const char *directory)
{
	const char *clear = container(
	    LIST(P(SYN, OLD_OF_STUB AT), P(LIFETIME, HOUR), INNER(OTHER OLD_OF_STUB, SK_D)));
	const char *plain = container(LIST(INNER(OTHER OLD_OF_STUB, SK_D)));
	const char *rich = container(LIST(INNER(OTHER OLD_OF_STUB, SK_D), ATTRIBUTES));
	const char *gcm = container(LIST(P(SA, SA_GCM), P(PAIR, SPII(1) SPIR(1)), P(SKD, SK_D),
					 P(ATTR, "0007 0000 0000 0000 0001")));
	const char *odd = container(LIST(P(SYN, OLD_OF_STUB AT), P(LIFETIME, HOUR), P(BOX, "01"),
					 P(SKD, "00"), P(PAIR, "00")));
	const char *moved = sealed(SPIR(1) AT, "0000 0001", gcm);

	story(directory, FUZZ_TAPS | FUZZ_SHOW_SECRETS, clear, moved);
	story(directory, FUZZ_TAPS | FUZZ_FIRST_PASS_TREE,
	      sealed(OLD_OF_STUB AT, "0000 0001", plain), moved);
	story(directory, FUZZ_FILTER, sealed(OLD_OF_STUB AT, "0000 0002", rich), moved);
	story(directory, FUZZ_SECRETS_LATER | FUZZ_TAPS, sealed(OLD_OF_STUB AT, "0000 0003", rich),
	      clear);
	story(directory, 0, sealed(OLD_OF_STUB AT6, "0000 0001", odd),
	      sealed(OLD_OF_STUB AT6, "0000 0001", "00"));
	story(directory, FUZZ_TREE_HIDDEN | FUZZ_FIRST_PASS_TREE,
	      sealed(OLD_OF_STUB AT, "0000 0002", "21 000000"), rich);
}

/*
 * Fragment numbers, lengths of SK_d and of what is sealed, Encrypted payloads that are too short.
 */
static void bounds(const char *directory)
{
	static const char *const numbers[] = { "0000 0001", "0002 0001", "0041 0002", "ffff ffff",
					       "0001 0000", "0041 0041", "0040 0040", "0001 0041" };
	static const unsigned sk_d[] = { 0, 1, 31, 33, 63, 64, 65, 600 };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct octets *s = start(FUZZ_FIRST_PASS_TREE);

		handshake(s, 0, SPII(1), SPIR(1), olds[0], SYN);
		record(s, FUZZ_LENGTH,
		       protected(0, SPII(1), SPIR(1), 0x08, 1, "0001 0001", LIST(P(N, binds[0]))));
		record(s, FUZZ_LENGTH,
		       protected(0, SPII(1), SPIR(1), 0x08, 2, numbers[i], LIST(P(V, "00"))));
		record(s, FUZZ_LENGTH,
		       protected(0, SPII(1), SPIR(1), 0x08, 2, "0002 0002", LIST(P(V, "00"))));
		/* Inside an SK the same number as outside: isakmp may try again. */
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       protected(0x80, SPII(1), SPIR(1), 0x20, 1, NULL,
				 LIST(P(SK, "0000 0000 ff"), P(SKF, numbers[i]))));
		record(s, FUZZ_LENGTH,
		       protected(0x20, SPII(1), SPIR(1), 0x08, 3, NULL, LIST(P(V, ""))));
		finish(directory, s);
	}
	for (unsigned i = 0; i < sizeof(sk_d) / sizeof(sk_d[0]); i++) {
		char *text = calloc(2, sk_d[i] + 1);

		if (!text)
			exit(1);
		memset(text, '9', 2 * sk_d[i]);
		story(directory, FUZZ_TAPS,
		      container(LIST(P(SYN, OLD_OF_STUB AT), P(LIFETIME, HOUR),
				     INNER(OTHER OTHER, text))),
		      sealed(SPIR(1) AT, "0000 0001",
			     container(LIST(P(SA, SA_BODY), P(SKD, text), P(SECRET, text)))));
		story(directory, FUZZ_FILTER,
		      sealed(OLD_OF_STUB AT, "0000 0002", i < 4 ? repeated("21", i) : text),
		      "00 000000");
	}
}

/*
 * The SK_d of the SA before, and SPIs of the old SA's own handshake, which the stub does not tell.
 */
static void diagnosed(const char *directory)
{
	const char *bare = container(
	    LIST(P(SYN, OLD_OF_STUB AT), P(LIFETIME, HOUR), P(SA, SA_BODY), P(SKD, SK_D)));
	static const unsigned wrong[] = { 16, 24, 14, 5 };

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct octets *s = start(FUZZ_FIRST_PASS_TREE);

		record(s, FUZZ_LENGTH,
		       ike(0, OTHER, "0000 0000 0000 0000", 34, 0x08, 0,
			   LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1"), P(NONCE, NI))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       ike(0, OTHER, OLD_OF_STUB, 34, 0x20, 0,
			   LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1"), P(NONCE, NR))));
		record(s, FUZZ_LENGTH, ike(0, OTHER, OLD_OF_STUB, 35, 0x08, 1, LIST(P(SK, "00"))));
		record(s, FUZZ_LENGTH | STUB_RECORD,
		       message(UPDATE, LIST(P(TX, "0000 0003"), P(SYN, OLD(0) AT), P(STUB, bare))));
		record(
		    s, FUZZ_LENGTH | STUB_RECORD,
		    message(INIT,
			    LIST(P(TX, "0000 0004"),
				 P(STUB, container(LIST(P(SYN, OLD_OF_STUB AT), P(LIFETIME, HOUR),
							INNER(OTHER OLD_OF_STUB, SK_D)))))));
		handshake(s, 0, SPII(1), SPIR(1), OLD_OF_STUB AT, SYN);
		record(s, FUZZ_LENGTH,
		       protected(wrong[i] << 8, SPII(1), SPIR(1), 0x08, 1, NULL,
				 LIST(P(N, binds[0]))));
		finish(directory, s);
	}
}

/*
 * A stub that the client holds: brought in a protected message, and beside SYN in the next request.
 */
static void client_held(const char *directory)
{
	const char *inner =
	    container(LIST(INNER(OTHER OLD_OF_STUB, SK_D), P(ATTR, "0007 " EXPIRY)));
	char *held = calloc(1, strlen(inner) + 512);

	if (!held)
		exit(1);
	for (unsigned i = 0; i < 4; i++) {
		struct octets *s = start(i & 1 ? FUZZ_SHOW_SECRETS : FUZZ_FIRST_PASS_TREE);

		/* Key IDs: known, of two keys, not known; and nothing sealed at all. */
		sprintf(held, "00 00 c15e 01 0000 000%u " SALT " " EXPIRY " %s", i + 1,
			i == 3 ? "00" : inner);
		record(s, FUZZ_LENGTH,
		       ike(0, SPII(2), "0000 0000 0000 0000", 34, 0x08, 0,
			   LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1"), P(NONCE, NI),
				P(SYN, OLD_OF_STUB AT), P(N, held))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       ike(0, SPII(2), SPIR(2), 34, 0x20, 0, LIST(P(NONCE, NR))));
		record(s, FUZZ_LENGTH,
		       protected(0, SPII(2), SPIR(2), 0x08, 1, NULL, LIST(P(N, binds[0]))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       protected(0, SPII(2), SPIR(2), 0x20, 1, NULL,
				 LIST(P(N, binds[0]), P(N, "00 00 c15c" SPIR(2) AT), P(N, held))));
		handshake(s, 0, SPII(1), SPIR(1), olds[0], SYN);
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       protected(0, SPII(1), SPIR(1), 0x00, 0, NULL, LIST(P(N, held))));
		finish(directory, s);
	}
}

void seeds_resume(const char *directory)
{
	suites(directory);
	derivations(directory);
	sessions_in_a_row(directory);
	children(directory);
	fragments(directory);
	stubs(directory);
	bounds(directory);
	diagnosed(directory);
	client_held(directory);
}

/* --- texts --- */

static void text(const char *directory, unsigned kind, const char *words)
{
	struct octets *o = start((uint8_t)kind);

	octets_text(o, words);
	finish(directory, o);
}

#define SK_D_TEXT "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define SUITE_TEXT "\"PRF_HMAC_SHA2_256\" \"AES-CBC-128\" \"HMAC_SHA2_256_128\" "
#define KEY_TEXT "5151515151515151515151515151515151515151515151515151515151515151"
#define K_TEXT "0123456789abcdea"
#define ROW_SUITE                                                                        \
	"\"PRF_HMAC_SHA2_256 [RFC4868]\",\"AES-CBC-128 [RFC3602]\",\"HMAC_SHA2_256_128 " \
	"[RFC4868]\""

void seeds_secrets(const char *directory)
{
	static const char *const files[] = {
		"IKESYNC_SA " K_TEXT "@* " SUITE_TEXT SK_D_TEXT "\n",
		"# a comment\n\nIKESYNC_SEAL 0x1 " KEY_TEXT "\r\n00000002 " KEY_TEXT
		"\nIKESYNC_SA " K_TEXT
		"@192.0.2.1 \"PRF_HMAC_SHA2_256 [RFC4868]\" 'AES-CBC-128 [RFC3602]' "
		"HMAC_SHA2_256_128 " SK_D_TEXT " spii=f0f1f2f3f4f5f6f7 spir=" K_TEXT
		" g_ir=0102030405060708\n",
		"IKESYNC_SA " K_TEXT
		"@2001:db8::1 PRF_HMAC_SHA2_512 \"AES-GCM-256 with 16 octet ICV\" "
		"NONE " SK_D_TEXT SK_D_TEXT "\nIKESYNC_SA " K_TEXT "@ " SUITE_TEXT SK_D_TEXT
		" g_ir=\n",
		"IKESYNC_SA " K_TEXT " " SUITE_TEXT SK_D_TEXT,
		"IKESYNC_SA " K_TEXT "@x " SUITE_TEXT SK_D_TEXT,
		"IKESYNC_SA " K_TEXT "@* \"PRF\" NULL NONE 00",
		"IKESYNC_SA " K_TEXT "@* PRF_HMAC_SHA1 NULL NONE 00",
		"IKESYNC_SA " K_TEXT "@* PRF_HMAC_SHA1 NULL HMAC_SHA1_96 00",
		"",
		"IKESYNC_SA \"",
		"IKESYNC_SEAL 1",
		("IKESYNC_SEAL 123456789 " KEY_TEXT),
		"IKESYNC_SEAL 1 00\nword",
		"IKESYNC_SA " K_TEXT "@* " SUITE_TEXT SK_D_TEXT "\nIKESYNC_SA " K_TEXT
		"@* " SUITE_TEXT SK_D_TEXT " spii=f0f1f2f3f4f5f6f7\nIKESYNC_SA " K_TEXT
		"@* " SUITE_TEXT SK_D_TEXT " what=",
	};
	static const char *const sa_rows[] = {
		"\"" K_TEXT "\",\"\"," ROW_SUITE ",\"" SK_D_TEXT "\"",
		"\"" K_TEXT "\",\"192.0.2.1\"," ROW_SUITE ",\"" SK_D_TEXT "\"",
		"\"" K_TEXT "\",\"2001:db8::1\"," ROW_SUITE ",\"00\"",
		"\"\",\"192.0.2\",\"NULL [RFC2410]\",\"\",\"NONE [RFC4306]\",\"\"",
	};
	static const char *const seal_rows[] = { "\"1\",\"" KEY_TEXT "\"", "\"0x\",\"00\"",
						 ("\"g\",\"" KEY_TEXT "\""), ("1," KEY_TEXT) };

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		text(directory, 0x0c, files[i]); /* fuzz_secrets.c: block, fresh, resume */
		text(directory, 0x05, files[i]); /* file, resume */
	}
	for (unsigned i = 1023; i < 1026; i++) { /* g_ir is 1,024 octets at most */
		struct octets *o = start(0x0c);

		octets_text(o, "IKESYNC_SA " K_TEXT "@* " SUITE_TEXT SK_D_TEXT " g_ir=");
		octets_text(o, repeated("61", i));
		finish(directory, o);
	}
	for (unsigned i = 0; i < sizeof(sa_rows) / sizeof(sa_rows[0]); i++) {
		text(directory, 0x0e, sa_rows[i]);
		text(directory, 0x02, sa_rows[i]);
	}
	for (unsigned i = 0; i < sizeof(seal_rows) / sizeof(seal_rows[0]); i++) {
		text(directory, 0x0f, seal_rows[i]);
		text(directory, 0x03, seal_rows[i]);
	}
}

/* --- IKE over TCP 4500: fuzz_ike.c's records have no parameters --- */

void seeds_framed(const char *directory)
{
	enum { FRAMED = 0x30, MORE = 0x40, NO_PREFIX = 0x80 };
	struct octets *request = ike(0, "d1d2 d3d4 d5d6 d701", "0000 0000 0000 0000", 34, 0x08, 0,
				     LIST(P(SA, SA_BODY), P(34, "001f 0000 e0e1"), P(NONCE, NI),
					  P(SYN, "0123 4567 89ab cdef" AT)));
	struct octets *response =
	    ike(0, "d1d2 d3d4 d5d6 d701", "5a5b 5c5d 5e5f 6061", 34, 0x20, 0, LIST(P(NONCE, NR)));
	struct octets *esp = octets_new("0006 00ff  0008 0102 0304 0506  0000");

	for (unsigned i = 0; i < 4; i++) {
		struct octets *s = start((uint8_t)(i & 1 ? FUZZ_NO_DESEGMENT : FUZZ_TAPS));
		struct octets bare[2] = { { .n = request->n - 2 }, { .n = response->n - 2 } };

		memcpy(bare[0].at, request->at + 2, bare[0].n);
		memcpy(bare[1].at, response->at + 2, bare[1].n);
		for (unsigned copies = 0; copies < 2 + 2 * i; copies++)
			record(s, FRAMED | MORE | FUZZ_LENGTH | (i == 3 ? NO_PREFIX : 0), &bare[0]);
		record(s, FRAMED, octets_new("0003 ff"));
		record(s, FRAMED | FUZZ_LENGTH | FUZZ_BACK | MORE, &bare[1]);
		record(s, FRAMED | FUZZ_BACK, i & 1 ? esp : octets_new("0001"));
		record(s, FRAMED | FUZZ_BACK, octets_new("0004 0000  0008 0000 1000 0000 00"));
		finish(directory, s);
	}
}

/* --- stub messages alone: fuzz_stub.c's records --- */

void seeds_stub(const char *directory)
{
	static const char *const prfs[] = {
		"0001", "0002", "0004", "0006", "0007", "0008", "0009"
	};
	static const char *const ids[] = { "05 000000 2001 0db8 0000 0000 0000 0000 0000 0001",
					   "02 000000 ff00 80", "00", "0b 000000 01",
					   "09 000000 30" };

	for (unsigned i = 0; i < sizeof(prfs) / sizeof(prfs[0]); i++) {
		struct octets *s = start((uint8_t)(FUZZ_TAPS | FUZZ_SHOW_SECRETS));
		char sa[128];
		const char *id = i < sizeof(ids) / sizeof(ids[0]) ? ids[i] : NULL;

		snprintf(sa, sizeof(sa), "0000 0010 01 01 00 01 0000 0008 02 00 %s", prfs[i]);
		if (!id)
			id = repeated("61", 1100);
		record(
		    s, FUZZ_LENGTH,
		    message(INIT,
			    LIST(P(TX, "0000 0001"),
				 P(STUB, container(LIST(P(SYN, OLD(0) AT), P(LIFETIME, HOUR),
							P(SA, sa), P(IDI, id), P(PAIR, OTHER OTHER),
							P(SKD, SK_D), ATTRIBUTES, P(ATTR, "00"),
							P(ATTR, "0003 ff80")))))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       message(INIT, LIST(P(TX, "0000 0001"), P(STATUS, "01 00 0000 6661"))));
		record(s, FUZZ_LENGTH, message(GET, LIST(P(TX, "0000 0002"), P(SYN, OLD(0) AT))));
		record(s, FUZZ_LENGTH, message(DOWNLOAD, LIST(P(TX, "8000 0009"), P(STUB, "00"))));
		record(s, FUZZ_LENGTH, message(DELETE, LIST(P(TX, "8000 000a"), P(SYN, "00"))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       message(DOWNLOAD, LIST(P(TX, "8000 0009"), P(STATUS, "00 00 0000"))));
		record(s, FUZZ_LENGTH | FUZZ_BACK,
		       message(DOWNLOAD, LIST(P(TX, "0000 0002"), P(STATUS, repeated("00", 300)))));
		finish(directory, s);
	}
	{
		struct octets *s = start(0);

		record(s, 0, octets_new("16 0301 0005 01 000001 00"));
		record(s, FUZZ_BACK, octets_new("15 0303 0002 02 28"));
		finish(directory, s);
	}
}
