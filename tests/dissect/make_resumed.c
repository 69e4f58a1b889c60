/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_resumed DIRECTORY: write the captures of data/ with their key files: resumed sessions that
 * are really encrypted, in every suite, and whatever can be wrong with them that only somebody with
 * keys sees. Everything is the same in each run, so that ./rules_check can compare.
 */
#include "make_ike.h"
#include "resumed_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define A_IP "192.0.2.1"
#define A_HEX "c000 0201"
#define B_HEX "c000 0202"
#define TOLD_HEX "c000 0209" /* what B tells its clients instead of its own */
#define C_IP GATEWAY6
#define C_HEX "2001 0db8 0002 0000 0000 0000 0000 0002"
#define BANK "203.0.113.5"
#define POOL_KEY_ID "0000 0009"

enum {
	IDI = 35,
	IDR = 36,
	DELETE = 42,
	TSI = 44,
	TSR = 45,
	SKF = 53,
	INDEX = 200,
	STUB,
	PAIR,
	SKD
};
enum { LIFETIME = 205, STATUS, TX, SEALED, ATTR };
enum { CREATE_CHILD = 36, INFORMATIONAL = 37 };

#define NOTHING                  \
	(const struct payload[]) \
	{                        \
		DONE             \
	}

static const struct suite suites[] = {
	{ 5, 28, 0, 0, "PRF_HMAC_SHA2_256", "ChaCha20-Poly1305", "NONE" },
	{ 7, 12, 256, 14, "PRF_HMAC_SHA2_512", "AES-CBC-256", "HMAC_SHA2_512_256" },
	{ 2, 12, 128, 2, "PRF_HMAC_SHA1", "AES-CBC-128", "HMAC_SHA1_96" },
	{ 6, 20, 256, 0, "PRF_HMAC_SHA2_384", "AES-GCM-256 with 16 octet ICV", "NONE" },
	{ 6, 12, 192, 13, "PRF_HMAC_SHA2_384", "AES-CBC-192", "HMAC_SHA2_384_192" },
	{ 5, 12, 128, 12, "PRF_HMAC_SHA2_256", "AES-CBC-128", "HMAC_SHA2_256_128" },
	{ 1, 12, 256, 1, "PRF_HMAC_MD5", "AES-CBC-256", "HMAC_MD5_96" },
	{ 5, 11, 0, 12, "PRF_HMAC_SHA2_256", "NULL", "HMAC_SHA2_256_128" },
	{ 5, 20, 128, 0, "PRF_HMAC_SHA2_256", "AES-GCM-128 with 16 octet ICV", "NONE" },
	{ 7, 20, 192, 0, "PRF_HMAC_SHA2_512", "AES-GCM-192 with 16 octet ICV", "NONE" },
	{ 2, 19, 128, 0, "PRF_HMAC_SHA1", "AES-GCM-128 with 12 octet ICV", "NONE" },
	{ 5, 19, 192, 0, "PRF_HMAC_SHA2_256", "AES-GCM-192 with 12 octet ICV", "NONE" },
	{ 6, 19, 256, 0, "PRF_HMAC_SHA2_384", "AES-GCM-256 with 12 octet ICV", "NONE" },
	{ 5, 18, 128, 0, "PRF_HMAC_SHA2_256", "AES-GCM-128 with 8 octet ICV", "NONE" },
	{ 7, 18, 192, 0, "PRF_HMAC_SHA2_512", "AES-GCM-192 with 8 octet ICV", "NONE" },
	{ 1, 18, 256, 0, "PRF_HMAC_MD5", "AES-GCM-256 with 8 octet ICV", "NONE" },
};
enum { CHACHA, CBC_512, CBC_SHA1, GCM_384, CBC_384, CBC_256, CBC_MD5, NULL_ENCR, GCM_16 };
#define SUITES (sizeof(suites) / sizeof(suites[0]))

/* A resumption, and what it is made from. */
struct session {
	const struct suite *suite;
	struct key sk_d;              /* of the old SA */
	struct octets *index;         /* of the old SA */
	const char *client, *gateway; /* addresses */
	struct octets *spii, *spir, *ni, *nr, *request, *response;
	struct seven keys;
	const char *bind[2]; /* bodies of N(IKESYNC_BIND), the client's and the gateway's */
};

static const char *directory;
static struct capture *file;
static unsigned ms, sessions, messages, transactions;

static void open_capture(const char *name)
{
	file = capture_open(directory, name);
	ms = messages = transactions = 0;
}

/* --- key files --- */

static FILE *open_keys(const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

/* `address`: that of the index. `wrong_bit`: of SK_d, -1 none. */
static void key_line(FILE *f, const struct session *s, const char *address, int wrong_bit)
{
	struct octets *spi = octets_new("");

	for (size_t i = 0; i < 8; i++)
		octets_uint(spi, 1, s->index->at[i]);
	fprintf(f, "IKESYNC_SA %s@%s \"%s\" \"%s\" \"%s\" ", octets_as_hex(spi), address,
		s->suite->prf_name, s->suite->encr_name, s->suite->integ_name);
	for (size_t i = 0; i < s->sk_d.n; i++)
		fprintf(
		    f, "%02x",
		    s->sk_d.at[i] ^
			(wrong_bit >= 0 && i == (size_t)wrong_bit / 8 ? 1 << wrong_bit % 8 : 0));
	fprintf(f, "\n");
}

static void close_keys(FILE *f)
{
	if (fclose(f)) {
		perror("make_resumed");
		exit(1);
	}
}

/* --- IKE --- */

/* One proposal: ENCR, PRF, INTEG where there is one, x25519 (which takes no part). */
static const char *sa_body(const struct suite *s)
{
	struct octets *o = octets_new("0000 0000 01 01 00");
	bool length = s->encr == 12 || s->encr >= 18;

	length = length && s->bits;
	octets_uint(o, 1, s->integ ? 4 : 3);
	octets_hex(o, "0300");
	octets_uint(o, 2, length ? 12 : 8);
	octets_hex(o, "0100");
	octets_uint(o, 2, s->encr);
	if (length) {
		octets_hex(o, "800e");
		octets_uint(o, 2, s->bits);
	}
	octets_hex(o, "0300 0008 0200");
	octets_uint(o, 2, s->prf);
	if (s->integ) {
		octets_hex(o, "0300 0008 0300");
		octets_uint(o, 2, s->integ);
	}
	octets_hex(o, "0000 0008 0400 001f");
	octets_patch(o, 2, 2, o->n);
	return octets_as_hex(o);
}

static void transmit(const struct session *s, bool client, const struct octets *message)
{
	if (client)
		capture_udp(file, ms += 3, s->client, 500, s->gateway, 500, message);
	else
		capture_udp(file, ms += 3, s->gateway, 500, s->client, 500, message);
}

/* Rule 12, over these two messages. */
static const char *bind_body(const struct session *s, bool client, const struct octets *request)
{
	struct octets *data = octets_new(""), *body = octets_new("00 00 c15d");
	struct key k;

	octets_text(data, "ikesync bind");
	octets_add(data, request);
	octets_add(data, s->response);
	k = prf(s->suite, client ? &s->keys.pi : &s->keys.pr, data);
	for (size_t i = 0; i < k.n; i++)
		octets_uint(body, 1, k.at[i]);
	free(data);
	return octets_as_hex(body);
}

/* A session of `suite` that resumes `index` with `sk_d`; nothing is sent. */
static struct session session_new(const struct suite *suite, const struct octets *index,
				  const struct key *sk_d, const char *gateway)
{
	struct session s = { .suite = suite, .sk_d = *sk_d, .gateway = gateway };
	size_t nonce = suite_prf(suite) < 32 ? 32 : suite_prf(suite);

	s.client = strchr(gateway, ':') ? CLIENT6 : CLIENT;
	s.index = octets_new("");
	octets_add(s.index, index);
	sessions++;
	s.spii = fill("SPIi", sessions, 8);
	s.spir = fill("SPIr", sessions, 8);
	s.ni = fill("Ni", sessions, nonce);
	s.nr = fill("Nr", sessions, nonce + sessions % 3);
	s.request = ike(octets_as_hex(s.spii), NO_SPI, 34, 0x08, 0,
			LIST(P(SA, sa_body(suite)), P(KE, KE_BODY), P(NONCE, octets_as_hex(s.ni)),
			     P(SYN, octets_as_hex(s.index)), P(V, VENDOR)));
	s.response = ike(octets_as_hex(s.spii), octets_as_hex(s.spir), 34, 0x20, 0,
			 LIST(P(NONCE, octets_as_hex(s.nr)), P(V, VENDOR)));
	resumed_keys(suite, sk_d, s.ni, s.nr, s.spii, s.spir, &s.keys);
	s.bind[0] = bind_body(&s, true, s.request);
	s.bind[1] = bind_body(&s, false, s.request);
	return s;
}

/* Of an old SA at A that nobody has seen. */
static struct session session_unsent(const struct suite *suite)
{
	struct octets *index = fill("old SPIr", sessions, 8),
		      *octets = fill("old SK_d", sessions, suite_prf(suite));
	struct key sk_d = { .n = octets->n };

	octets_hex(index, A_HEX);
	memcpy(sk_d.at, octets->at, octets->n);
	return session_new(suite, index, &sk_d, GATEWAY);
}

/* SYN and answer go out. */
static struct session session_start(const struct suite *suite)
{
	struct session s = session_unsent(suite);

	transmit(&s, true, s.request);
	transmit(&s, false, s.response);
	return s;
}

/* Payloads, padding, Pad Length. */
static struct octets *padded(const struct session *s, const struct octets *plain)
{
	size_t block = suite_block(s->suite);
	size_t pad = block > 1 ? (block - (plain->n + 1) % block) % block : messages % 4;
	struct octets *o = octets_new("");

	octets_add(o, plain);
	for (size_t i = 0; i < pad; i++)
		octets_uint(o, 1, 0xa0 + i);
	octets_uint(o, 1, pad);
	return o;
}

struct fragment {
	unsigned number, total; /* 0: SK, not SKF */
};

static const struct fragment whole = { 0, 0 };

/* `plain` is what is encrypted, with its padding. */
static struct octets *protect(const struct session *s, bool client, uint8_t exchange, uint32_t mid,
			      int first, struct fragment f, const struct octets *plain)
{
	const struct suite *suite = s->suite;
	size_t n = 4 + (f.total ? 4 : 0) + suite_iv(suite) + plain->n + suite_icv(suite);
	struct octets *o = ike(octets_as_hex(s->spii), octets_as_hex(s->spir), exchange,
			       client ? 0x08 : 0x20, mid, NOTHING);

	o->at[16] = f.total ? SKF : SK;
	octets_patch(o, 24, 4, o->n + n);
	octets_uint(o, 1, f.number > 1 ? 0 : (uint64_t)first);
	octets_uint(o, 1, 0);
	octets_uint(o, 2, n);
	if (f.total) {
		octets_uint(o, 2, f.number);
		octets_uint(o, 2, f.total);
	}
	sk_seal(suite, client ? &s->keys.ei : &s->keys.er, client ? &s->keys.ai : &s->keys.ar, o,
		fill("IV", sessions * 1000 + ++messages, suite_iv(suite)), plain);
	return o;
}

static struct octets *sound(const struct session *s, bool client, uint8_t exchange, uint32_t mid,
			    const struct payload *list)
{
	struct octets *plain = octets_new("");
	uint8_t first = octets_chain(plain, list);

	return protect(s, client, exchange, mid, first, whole, padded(s, plain));
}

static void say(const struct session *s, bool client, uint8_t exchange, uint32_t mid,
		const struct payload *list)
{
	transmit(s, client, sound(s, client, exchange, mid, list));
}

static const char *index_notify(const struct octets *spi, const char *address)
{
	struct octets *o = octets_new("00 00 c15c");

	octets_add(o, spi);
	octets_hex(o, address);
	return octets_as_hex(o);
}

/* Message ID 1 and its answer, as they should be. `told`: the address of the index, NULL: none. */
static void confirm(const struct session *s, const char *told)
{
	say(s, true, INFORMATIONAL, 1, LIST(P(N, s->bind[0])));
	if (told)
		say(s, false, INFORMATIONAL, 1,
		    LIST(P(N, s->bind[1]), P(N, index_notify(s->spir, told))));
	else
		say(s, false, INFORMATIONAL, 1, LIST(P(N, s->bind[1])));
}

static void end(const struct session *s, uint32_t mid)
{
	say(s, true, INFORMATIONAL, mid, LIST(P(DELETE, "01 00 0000")));
	say(s, false, INFORMATIONAL, mid, NOTHING);
}

/* --- stubs --- */

static const struct octets *pool_key(void)
{
	static const struct octets *key;

	if (!key)
		key = fill("pool key", 9, 32);
	return key;
}

#define EXPIRY "0000 0000 6b02 3080" /* 2026-11-22 00:00:00 UTC */

static struct octets *seal_head(const char *key_id)
{
	struct octets *o = octets_new("01");

	octets_hex(o, key_id);
	octets_add(o, fill("salt", sessions * 1000 + ++messages, 32));
	octets_hex(o, EXPIRY);
	return o;
}

/* What is sealed: `expiry` is that inside. */
static struct octets *stub_plain(const struct suite *suite, const struct octets *spir,
				 const struct key *sk_d, const char *expiry)
{
	struct octets *plain = octets_new("00 000000"), *secret = octets_new(""),
		      *pair = fill("old SPIi", sessions, 8), *attribute = octets_new("0007");

	for (size_t i = 0; i < sk_d->n; i++)
		octets_uint(secret, 1, sk_d->at[i]);
	for (size_t i = 0; i < 8; i++)
		octets_uint(pair, 1, spir->at[i]);
	octets_hex(attribute, expiry);
	plain->at[0] = octets_chain(
	    plain,
	    LIST(P(SA, sa_body(suite)), P(IDI, "02 000000 636c 6965 6e74 2e65 7861 6d70 6c65"),
		 P(IDR, "01 000000" A_HEX), P(PAIR, octets_as_hex(pair)),
		 P(SKD, octets_as_hex(secret)), P(ATTR, octets_as_hex(attribute))));
	return plain;
}

static struct octets *stub_message(int type, const struct payload *list)
{
	struct octets *o = octets_new("00");

	octets_uint(o, 1, (uint64_t)type);
	octets_uint(o, 2, 0);
	o->at[0] = octets_chain(o, list);
	octets_patch(o, 2, 2, o->n);
	return o;
}

/* A's init with this body of payload 208, and the bank's ok. */
static void store(const struct octets *index, const struct octets *sealed)
{
	struct octets *tx = octets_new(""), *stub = octets_new("00 000000");

	octets_uint(tx, 4, ++transactions);
	stub->at[0] =
	    octets_chain(stub, LIST(P(INDEX, octets_as_hex(index)), P(LIFETIME, "0001 5180"),
				    P(SEALED, octets_as_hex(sealed))));
	capture_tcp(file, ms += 3, A_IP, 40001, BANK, 49500,
		    stub_message(1, LIST(P(TX, octets_as_hex(tx)), P(STUB, octets_as_hex(stub)))));
	capture_tcp(file, ms += 3, BANK, 49500, A_IP, 40001,
		    stub_message(1, LIST(P(TX, octets_as_hex(tx)), P(STATUS, "00 00 0000"))));
}

/* --- the captures --- */

/*
 * Every suite: A stores the sealed stub, the client resumes at B and ends. So SK_d is in the stub
 * for who has the pool's key, and in suites.keys.
 */
static void all_suites(void)
{
	FILE *right = open_keys("suites.keys"), *wrong = open_keys("suites.wrong.keys"),
	     *pool = open_keys("suites.seal_keys");

	open_capture("suites");
	fprintf(pool, "9 %s\n", octets_as_hex(pool_key()));
	fprintf(wrong, "# suites.keys, with one bit of each SK_d changed\n");
	for (unsigned i = 0; i < SUITES; i++) {
		const struct suite *suite = &suites[i];
		struct octets *index = fill("old SPIr", sessions, 8),
			      *octets = fill("old SK_d", sessions, suite_prf(suite));
		struct key sk_d = { .n = octets->n };
		struct session s;

		octets_hex(index, A_HEX);
		memcpy(sk_d.at, octets->at, octets->n);
		store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), index,
				       stub_plain(suite, index, &sk_d, EXPIRY)));
		s = session_start(suite);
		confirm(&s, B_HEX);
		end(&s, 2);
		key_line(right, &s, A_IP, -1);
		key_line(wrong, &s, A_IP, (int)(i * 11 % (8 * sk_d.n)));
		ms += 100;
	}
	close_keys(right);
	close_keys(wrong);
	close_keys(pool);
	capture_close(file);
}

/*
 * A to B to C and back to A, in two suites. B tells another address than it has, C has IPv6 and
 * tells none: so the second SYN's index is known from N(IKESYNC_INDEX), the third's from the
 * packets.
 */
static void chain(void)
{
	static const unsigned of[] = { CBC_512, CHACHA };
	FILE *f = open_keys("chain.keys");

	open_capture("chain");
	for (unsigned i = 0; i < 2; i++) {
		struct session s = session_start(&suites[of[i]]);
		struct octets *index;

		key_line(f, &s, A_IP, -1);
		confirm(&s, TOLD_HEX);
		index = octets_new(octets_as_hex(s.spir));
		octets_hex(index, TOLD_HEX);
		s = session_new(s.suite, index, &s.keys.d, C_IP);
		transmit(&s, true, s.request);
		transmit(&s, false, s.response);
		confirm(&s, NULL);
		index = octets_new(octets_as_hex(s.spir));
		octets_hex(index, C_HEX);
		s = session_new(s.suite, index, &s.keys.d, A_IP);
		transmit(&s, true, s.request);
		transmit(&s, false, s.response);
		confirm(&s, A_HEX);
		end(&s, 2);
	}
	close_keys(f);
	capture_close(file);
}

/* Messages of CREATE_CHILD_SA with BIND, big enough to be cut into pieces. */
static struct octets *child(const struct session *s, bool client, uint8_t *first)
{
	struct octets *plain = octets_new("");
	const char *ts = "01 000000 07 00 0010 0000 ffff 0a63 0007 0a63 0007";

	*first = octets_chain(
	    plain, LIST(P(SA, "0000 0020 01 03 04 02  1122 3344  0300 000c 01 00 0014 800e 0080  "
			      "0000 0008 05 00 0000"),
			P(NONCE, octets_as_hex(client ? s->ni : s->nr)), P(TSI, ts), P(TSR, ts),
			P(N, s->bind[client ? 0 : 1]), P(V, VENDOR)));
	return plain;
}

/* Fragments of message ID 1, in the `order` given, of `total`; the list ends with 0. */
static void fragments(const struct session *s, bool client, unsigned total, const unsigned *order)
{
	uint8_t first;
	const struct octets *plain = child(s, client, &first);
	size_t size = (plain->n + total - 1) / total;

	for (; *order; order++) {
		struct octets *part = octets_new("");
		struct fragment f = { *order, total };

		for (size_t i = (*order - 1) * size; i < plain->n && i < *order * size; i++)
			octets_uint(part, 1, plain->at[i]);
		transmit(s, client, protect(s, client, CREATE_CHILD, 1, first, f, padded(s, part)));
	}
}
#define ORDER(...)             \
	(const unsigned[])     \
	{                      \
		__VA_ARGS__, 0 \
	}

static void skf(void)
{
	FILE *f = open_keys("fragments.keys");
	struct session s;

	open_capture("fragments");
	/* in order */
	s = session_start(&suites[CHACHA]);
	key_line(f, &s, A_IP, -1);
	fragments(&s, true, 3, ORDER(1, 2, 3));
	fragments(&s, false, 2, ORDER(1, 2));
	/* out of order */
	s = session_start(&suites[CBC_512]);
	key_line(f, &s, A_IP, -1);
	fragments(&s, true, 3, ORDER(3, 1, 2));
	fragments(&s, false, 2, ORDER(2, 1));
	/* one is lost */
	s = session_start(&suites[GCM_384]);
	key_line(f, &s, A_IP, -1);
	fragments(&s, true, 3, ORDER(1, 3));
	/* one is lost, and all are sent again */
	s = session_start(&suites[CBC_SHA1]);
	key_line(f, &s, A_IP, -1);
	fragments(&s, true, 3, ORDER(1, 3));
	fragments(&s, true, 3, ORDER(1, 2, 3));
	fragments(&s, false, 2, ORDER(1, 2));
	/* one is too big for the path; then smaller ones (RFC 7383 section 2.5.2) */
	s = session_start(&suites[GCM_16]);
	key_line(f, &s, A_IP, -1);
	fragments(&s, true, 2, ORDER(2));
	fragments(&s, true, 4, ORDER(1, 2, 3, 4));
	fragments(&s, false, 1, ORDER(1));
	close_keys(f);
	capture_close(file);
}

#define REFUSED LIST(P(N, "00 00 0018")) /* AUTHENTICATION_FAILED */

static void binds(void)
{
	FILE *f = open_keys("bind.keys");
	struct session s, altered;
	char *body;

	open_capture("bind");
	/* frames 1 to 4: none in either */
	s = session_start(&suites[CBC_256]);
	key_line(f, &s, A_IP, -1);
	end(&s, 1);
	/* 5 to 8: one bit; the gateway refuses */
	s = session_start(&suites[CBC_256]);
	key_line(f, &s, A_IP, -1);
	body = strdup(s.bind[0]);
	body[8] = body[8] == '0' ? '1' : '0';
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, body)));
	say(&s, false, INFORMATIONAL, 1, REFUSED);
	/* 9 to 12: the beginning of the right one; one octet more */
	s = session_start(&suites[GCM_384]);
	key_line(f, &s, A_IP, -1);
	body = strdup(s.bind[0]);
	body[strlen(body) - 2] = 0;
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, body)));
	body = calloc(1, strlen(s.bind[1]) + 3);
	strcat(strcpy(body, s.bind[1]), "00");
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, body)));
	/* 13 to 16: the gateway sends the client's back */
	s = session_start(&suites[CHACHA]);
	key_line(f, &s, A_IP, -1);
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, s.bind[0])));
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, s.bind[0])));
	/* 17 to 20: somebody has made another of the Vendor ID in the request */
	s = session_start(&suites[CBC_512]);
	key_line(f, &s, A_IP, -1);
	altered = s;
	altered.request = octets_new("");
	octets_add(altered.request, s.request);
	altered.request->at[altered.request->n - 1] ^= 1;
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, bind_body(&s, true, altered.request))));
	say(&s, false, INFORMATIONAL, 1, REFUSED);
	/* 21 to 24: right, and refused for another reason */
	s = session_start(&suites[CBC_SHA1]);
	key_line(f, &s, A_IP, -1);
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, s.bind[0])));
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, "00 00 30d4"), P(N, s.bind[1])));
	close_keys(f);
	capture_close(file);
}

/* Encrypted payloads that are wrong in one way each, message IDs from 2 on. */
static void bad_payloads(const struct session *s)
{
	static const char no_chain[] = "0000 0040 00 00 c15d 0102";
	struct octets *o, *plain;

	/* ID 2: a bit of the ICV */
	o = sound(s, true, INFORMATIONAL, 2, LIST(P(DELETE, "01 00 0000")));
	o->at[o->n - 1] ^= 1;
	transmit(s, true, o);
	/* 3: Pad Length is more than there is */
	plain = padded(s, octets_new("0000 0008 01 00 0000"));
	plain->at[plain->n - 1] = (uint8_t)plain->n;
	transmit(s, true, protect(s, true, INFORMATIONAL, 3, DELETE, whole, plain));
	/* 4: not even a Pad Length */
	transmit(s, true, protect(s, true, INFORMATIONAL, 4, 0, whole, octets_new("")));
	/* 5: no chain of payloads */
	transmit(s, true,
		 protect(s, true, INFORMATIONAL, 5, N, whole, padded(s, octets_new(no_chain))));
	/* 6: Next Payload says there is nothing */
	transmit(s, true,
		 protect(s, true, INFORMATIONAL, 6, 0, whole, padded(s, octets_new("c0ff ee"))));
	/* 7: no chain in fragments */
	transmit(s, true,
		 protect(s, true, INFORMATIONAL, 7, N, (struct fragment){ 1, 2 },
			 padded(s, octets_new(no_chain))));
	transmit(s, true,
		 protect(s, true, INFORMATIONAL, 7, N, (struct fragment){ 2, 2 },
			 padded(s, octets_new("0304"))));
	/* 8: the session itself is well */
	end(s, 8);
}

static void payloads(void)
{
	FILE *f = open_keys("payloads.keys");
	struct octets *o, *plain;
	struct session s;

	open_capture("payloads");
	s = session_start(&suites[CBC_256]);
	key_line(f, &s, A_IP, -1);
	confirm(&s, B_HEX);
	bad_payloads(&s);
	/* ID 9: the last block is not whole */
	plain = padded(&s, octets_new("0000 0008 01 00 0000"));
	octets_hex(plain, "c0ff ee");
	transmit(&s, true, protect(&s, true, INFORMATIONAL, 9, DELETE, whole, plain));
	s = session_start(&suites[GCM_384]);
	key_line(f, &s, A_IP, -1);
	confirm(&s, B_HEX);
	bad_payloads(&s);
	s = session_start(&suites[NULL_ENCR]);
	key_line(f, &s, A_IP, -1);
	confirm(&s, B_HEX);
	bad_payloads(&s);
	/* The first message of a session is altered; sent again, it is not. */
	s = session_start(&suites[CBC_384]);
	key_line(f, &s, A_IP, -1);
	o = sound(&s, true, INFORMATIONAL, 1, LIST(P(N, s.bind[0])));
	o->at[o->n - 1] ^= 1;
	transmit(&s, true, o);
	o->at[o->n - 1] ^= 1;
	transmit(&s, true, o);
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, s.bind[1])));
	close_keys(f);
	capture_close(file);
}

/* Sealed stubs; the pool has two keys with one ID. */
static void seals(void)
{
	FILE *f = open_keys("seals.keys");
	const struct octets *other = fill("pool key", 10, 32);
	struct octets *index = fill("old SPIr", 0, 8), *elsewhere = fill("old SPIr", 0, 8);
	struct octets *octets = fill("old SK_d", 0, 32), *plain, *o;
	struct key sk_d = { .n = 32 };

	memcpy(sk_d.at, octets->at, 32);
	octets_hex(index, A_HEX);
	octets_hex(elsewhere, B_HEX);
	fprintf(f, "IKESYNC_SEAL 9 %s\n", octets_as_hex(other));
	fprintf(f, "IKESYNC_SEAL 0x9 %s\n", octets_as_hex(pool_key()));
	close_keys(f);
	open_capture("seals");
	plain = stub_plain(&suites[CBC_256], index, &sk_d, EXPIRY);
	/* transactions 1 and 2: sound, with either key */
	store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, plain));
	store(index, stub_seal(other, seal_head(POOL_KEY_ID), index, plain));
	/* 3: a bit of the ciphertext */
	o = stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, plain);
	o->at[60] ^= 0x20;
	store(index, o);
	/* 4: a bit of the tag; 5: of the clear expiry */
	o = stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, plain);
	o->at[o->n - 1] ^= 1;
	store(index, o);
	o = stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, plain);
	o->at[44] ^= 1;
	store(index, o);
	/* 6: bound to another index */
	store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), elsewhere, plain));
	/* 7: a key that nobody has */
	store(index, stub_seal(fill("pool key", 11, 32), seal_head("0000 0063"), index, plain));
	/* 8: another expiry inside */
	store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), index,
			       stub_plain(&suites[CBC_256], index, &sk_d, "0000 0000 6b02 3081")));
	/* 9: less than a chain's head; 10: no more than it */
	store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, octets_new("00 0000")));
	store(index, stub_seal(pool_key(), seal_head(POOL_KEY_ID), index, octets_new("00 000000")));
	capture_close(file);
}

/* --- what belongs together --- */

static struct octets *cookie_demand(const struct session *s, const char *cookie)
{
	return ike(octets_as_hex(s->spii), NO_SPI, 34, 0x20, 0, LIST(P(N, cookie)));
}

/* The request that a cookie brought about is what counts (rule 12), though its first form comes
 * late. */
static void late_duplicate(FILE *f)
{
	struct session s = session_unsent(&suites[CBC_256]);
	const struct octets *first = s.request;

	key_line(f, &s, A_IP, -1);
	s.request =
	    ike(octets_as_hex(s.spii), NO_SPI, 34, 0x08, 0,
		LIST(P(N, COOKIE), P(SA, sa_body(s.suite)), P(KE, KE_BODY),
		     P(NONCE, octets_as_hex(s.ni)), P(SYN, octets_as_hex(s.index)), P(V, VENDOR)));
	s.bind[0] = bind_body(&s, true, s.request);
	s.bind[1] = bind_body(&s, false, s.request);
	transmit(&s, true, first);
	transmit(&s, false, cookie_demand(&s, COOKIE));
	transmit(&s, true, s.request);
	transmit(&s, true, first);
	transmit(&s, false, cookie_demand(&s, "00 00 4006 99aa bbcc ddee ff00"));
	transmit(&s, false, s.response);
	confirm(&s, B_HEX);
}

/* Each candidate has keys and BIND of its own; the first one's answer comes last. */
static void two_candidates(FILE *f)
{
	struct session s = session_unsent(&suites[CHACHA]), other = s;

	key_line(f, &s, A_IP, -1);
	other.spir = fill("SPIr", 1000 + sessions, 8);
	other.nr = fill("Nr", 1000 + sessions, 32);
	other.response = ike(octets_as_hex(s.spii), octets_as_hex(other.spir), 34, 0x20, 0,
			     LIST(P(NONCE, octets_as_hex(other.nr)), P(V, VENDOR)));
	resumed_keys(s.suite, &s.sk_d, s.ni, other.nr, s.spii, other.spir, &other.keys);
	other.bind[0] = bind_body(&other, true, s.request);
	other.bind[1] = bind_body(&other, false, s.request);
	transmit(&s, true, s.request);
	transmit(&s, false, s.response);
	transmit(&s, false, other.response);
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, s.bind[0])));
	confirm(&other, B_HEX);
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, s.bind[1]), P(N, index_notify(s.spir, B_HEX))));
}

/* The captures of two machines, merged. */
static void early_answer(FILE *f)
{
	struct session s = session_unsent(&suites[GCM_16]);

	key_line(f, &s, A_IP, -1);
	transmit(&s, false, s.response);
	transmit(&s, true, s.request);
	confirm(&s, B_HEX);
}

#define NOT_COMMITTED "00 00 30d4"
#define HELD_STUB "00 00 c15e 0102 0304 0506"

/* Rules 5, 13 and 37: notifies that nobody but who has keys sees in the wrong place. */
static void wrong_places(FILE *f)
{
	struct session s = session_start(&suites[GCM_384]);

	key_line(f, &s, A_IP, -1);
	say(&s, true, INFORMATIONAL, 1, LIST(P(N, s.bind[0]), P(N, index_notify(s.spir, B_HEX))));
	say(&s, false, INFORMATIONAL, 1, LIST(P(N, s.bind[1])));
	say(&s, true, INFORMATIONAL, 2, LIST(P(N, NOT_COMMITTED)));
	say(&s, false, INFORMATIONAL, 2, LIST(P(N, NOT_COMMITTED)));
	say(&s, true, INFORMATIONAL, 3, LIST(P(N, HELD_STUB)));
	say(&s, false, CREATE_CHILD, 4, LIST(P(N, HELD_STUB)));
}

static void links(void)
{
	FILE *f = open_keys("links.keys");

	open_capture("links");
	/* frames 1 to 8 */
	late_duplicate(f);
	/* 9 to 15 */
	two_candidates(f);
	/* 16 to 19 */
	early_answer(f);
	/* 20 to 27 */
	wrong_places(f);
	close_keys(f);
	capture_close(file);
}

/* The gateway fetches an unsealed stub for the very SYN whose answer needs it: no other key. */
static void late_stub(void)
{
	FILE *f = open_keys("late.keys");
	struct session s;
	struct octets *stub = octets_new("00 000000"), *pair, *secret = octets_new("");

	fprintf(f, "# none: SK_d is in frame 6\n");
	close_keys(f);
	open_capture("late");
	s = session_unsent(&suites[CBC_256]);
	pair = fill("old SPIi", sessions, 8);
	for (size_t i = 0; i < 8; i++)
		octets_uint(pair, 1, s.index->at[i]);
	for (size_t i = 0; i < s.sk_d.n; i++)
		octets_uint(secret, 1, s.sk_d.at[i]);
	stub->at[0] =
	    octets_chain(stub, LIST(P(INDEX, octets_as_hex(s.index)), P(LIFETIME, "0001 5180"),
				    P(SA, sa_body(s.suite)),
				    P(IDI, "02 000000 636c 6965 6e74 2e65 7861 6d70 6c65"),
				    P(IDR, "01 000000" A_HEX), P(PAIR, octets_as_hex(pair)),
				    P(SKD, octets_as_hex(secret))));
	/* frame 1; 2 to 4 open the connection */
	transmit(&s, true, s.request);
	capture_tcp(file, ms += 3, GATEWAY, 40001, BANK, 49500,
		    stub_message(3, LIST(P(TX, "0000 0001"), P(INDEX, octets_as_hex(s.index)))));
	capture_tcp(file, ms += 3, BANK, 49500, GATEWAY, 40001,
		    stub_message(4, LIST(P(TX, "0000 0001"), P(STATUS, "00 00 0000"),
					 P(STUB, octets_as_hex(stub)))));
	/* 7 to 11 */
	transmit(&s, false, s.response);
	confirm(&s, B_HEX);
	end(&s, 2);
	capture_close(file);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_resumed DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	all_suites();
	chain();
	skf();
	binds();
	payloads();
	seals();
	links();
	late_stub();
	return 0;
}
