/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RADIUS packets: ours taken apart by hand, answers put together with the openssl program. */
#include "cmocka_all.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "aaa/radius_packet.h"

static const char secret[] = "a shared secret";

static struct radius_asked asked(void)
{
	struct radius_asked a = { .id = 7, .secret = span_text(secret), .nas = "gw-a.example" };

	for (unsigned i = 0; i < RADIUS_AUTHENTICATOR_SIZE; i++)
		a.authenticator[i] = (uint8_t)(0xa0 + i);
	return a;
}

/* "openssl ARGUMENTS" with `in` on its standard input; 16 octets come out. */
static void openssl(struct span in, const char *arguments, uint8_t out[static 16])
{
	g_autofree char *path = NULL, *command = NULL;
	int fd = g_file_open_tmp("radius-XXXXXX", &path, NULL);
	FILE *f;

	assert_int_equal(write(fd, in.p, in.n), (ssize_t)in.n);
	close(fd);
	command = g_strdup_printf("openssl %s <%s", arguments, path);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fread(out, 1, 16, f), 16);
	assert_int_equal(pclose(f), 0);
	g_unlink(path);
}

static void md5(struct span in, uint8_t out[static 16])
{
	openssl(in, "dgst -md5 -binary", out);
}

static void hmac(struct span in, uint8_t out[static 16])
{
	openssl(in, "dgst -md5 -binary -hmac 'a shared secret'", out);
}

struct packet {
	size_t n;
	uint8_t octets[5000];
};

static void add(struct packet *p, uint8_t type, struct span value)
{
	p->octets[p->n++] = type;
	p->octets[p->n++] = (uint8_t)(value.n + 2);
	memcpy(&p->octets[p->n], value.p, value.n);
	p->n += value.n;
}

/* Code, identifier, room for the authenticator, and a Message-Authenticator of zeros. */
static struct packet answer(uint8_t code)
{
	static const uint8_t zeros[16];
	struct packet p = { .n = 20, .octets = { code, 7 } };

	add(&p, 80, SPAN_OF(zeros));
	return p;
}

/* Length, Message-Authenticator and Response Authenticator, in that order (RFC 3579 section 3.2, RFC 2865 section 3). */
static void finish(struct packet *p, bool message_authenticator)
{
	const struct radius_asked a = asked();
	uint8_t mac[16], all[6000];

	p->octets[2] = (uint8_t)(p->n >> 8);
	p->octets[3] = (uint8_t)p->n;
	memcpy(&p->octets[4], a.authenticator, 16);
	if (message_authenticator) {
		hmac(span_of(p->octets, p->n), mac);
		memcpy(&p->octets[22], mac, 16);
	}
	memcpy(all, p->octets, p->n);
	memcpy(&all[p->n], asked().secret.p, asked().secret.n);
	md5(span_of(all, p->n + strlen(secret)), mac);
	memcpy(&p->octets[4], mac, 16);
}

static enum err reads(const struct packet *p, struct radius_read *out)
{
	const struct radius_asked a = asked();
	/* A block of its own, so that a read beyond its end is seen. */
	g_autofree uint8_t *copy = g_memdup2(p->octets, p->n);
	enum err err = radius_packet_read(span_of(copy, p->n), &a, out);

	/* `state` points into the packet. */
	out->answer.state = SPAN_NONE;
	return err;
}

static void request(void **state)
{
	uint8_t eap[600], out[RADIUS_PACKET_MAX], mac[16], is[16];
	struct aaa_question q = { .eap = SPAN_OF(eap),
				  .state = span_text("state"),
				  .identity = span_text("alice"),
				  .station = "192.0.2.7" };
	struct wcursor c = wcursor_init(out, sizeof(out));
	const struct radius_asked a = asked();
	size_t n, at = 20, eap_n = 0;
	unsigned seen = 0;

	(void)state;
	memset(eap, 0x5a, sizeof(eap));
	assert_int_equal(radius_packet_write(&c, &a, &q), ERR_OK);
	n = wcursor_size(&c);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 7);
	assert_int_equal(out[2] << 8 | out[3], n);
	assert_memory_equal(&out[4], a.authenticator, 16);
	assert_int_equal(out[20], 80); /* first, where no forged prefix can be before it */
	while (at < n) {
		struct span value = span_of(&out[at + 2], out[at + 1] - 2u);

		seen |= out[at] < 32 ? 1u << out[at] : 0;
		if (out[at] == 1)
			assert_true(span_equal(value, span_text("alice")));
		if (out[at] == 24)
			assert_true(span_equal(value, span_text("state")));
		if (out[at] == 31)
			assert_true(span_equal(value, span_text("192.0.2.7")));
		if (out[at] == 32)
			assert_true(span_equal(value, span_text("gw-a.example")));
		if (out[at] == 79)
			eap_n += value.n;
		at += out[at + 1];
	}
	assert_int_equal(at, n);
	assert_int_equal(eap_n, sizeof(eap));
	assert_true(seen & 1u << 1 && seen & 1u << 24 && seen & 1u << 31);
	memcpy(is, &out[22], 16);
	memset(&out[22], 0, 16);
	hmac(span_of(out, n), mac);
	assert_memory_equal(is, mac, 16);
}

/* RFC 2548 section 2.4.2, written again: MD5 over secret, authenticator, salt; then over secret and the block before. */
static void add_key(struct packet *p, uint8_t type, const uint8_t *key, uint8_t key_n)
{
	const struct radius_asked a = asked();
	uint8_t plain[48] = { key_n }, value[6 + 2 + 48] = { 0, 0, 1, 55, type }, in[100], mask[16];
	size_t blocks = (1u + key_n + 15) / 16, n = strlen(secret);

	memcpy(&plain[1], key, key_n);
	value[5] = (uint8_t)(2 + 2 + 16 * blocks);
	value[6] = 0x80;
	value[7] = type;
	memcpy(in, a.secret.p, n);
	for (size_t b = 0; b < blocks; b++) {
		if (b == 0) {
			memcpy(&in[n], a.authenticator, 16);
			memcpy(&in[n + 16], &value[6], 2);
			md5(span_of(in, n + 18), mask);
		} else {
			memcpy(&in[n], &value[8 + 16 * (b - 1)], 16);
			md5(span_of(in, n + 16), mask);
		}
		for (size_t i = 0; i < 16; i++)
			value[8 + 16 * b + i] = plain[16 * b + i] ^ mask[i];
	}
	add(p, 26, span_of(value, 8 + 16 * blocks));
}

static void accepted(void **state)
{
	uint8_t recv[32], send[32], expected[64];
	struct radius_read r;

	(void)state;
	memset(recv, 0x11, sizeof(recv));
	memset(send, 0x22, sizeof(send));
	for (uint8_t size = 16; size <= 32; size = (uint8_t)(size + 16)) {
		struct packet p = answer(2);

		add(&p, 79, span_of("\x03\x01\x00\x04", 4));
		add(&p, 8, span_of("\x0a\x63\x00\x4d", 4));
		add(&p, 27, span_of("\x00\x00\x0e\x10", 4));
		add(&p, 25, span_text("gold"));
		add(&p, 25, span_text("silver"));
		add(&p, 26, span_of("\x00\x00\x01\x38\x11\x02", 6)); /* another vendor's */
		add_key(&p, 17, recv, size);
		add_key(&p, 16, send, size);
		finish(&p, true);
		p.n += 3; /* RFC 2865 section 3: padding */
		assert_int_equal(reads(&p, &r), ERR_OK);
		assert_int_equal(r.answer.verdict, AAA_ACCEPT);
		assert_true(span_equal(r.answer.eap, span_of("\x03\x01\x00\x04", 4)));
		assert_true(r.answer.has_ip4);
		assert_memory_equal(r.answer.ip4, "\x0a\x63\x00\x4d", 4);
		assert_int_equal(r.answer.session_s, 3600);
		assert_true(span_equal(r.answer.class, span_text("\x04gold\x06silver")));
		memset(expected, 0, sizeof(expected));
		memcpy(expected, recv, size);
		memcpy(&expected[size], send, size);
		assert_true(r.answer.has_msk);
		assert_memory_equal(r.answer.msk, expected, 64);
	}
}

static void long_challenge(void **state)
{
	struct packet p = answer(11);
	uint8_t piece[253];
	struct radius_read r;

	(void)state;
	memset(piece, 1, sizeof(piece));
	add(&p, 79, SPAN_OF(piece));
	add(&p, 79, SPAN_OF(piece));
	add(&p, 79, span_text("end"));
	add(&p, 8, span_of("\xff\xff\xff\xfe", 4));
	finish(&p, true);
	assert_int_equal(reads(&p, &r), ERR_OK);
	assert_int_equal(r.answer.verdict, AAA_CHALLENGE);
	assert_int_equal(r.answer.eap.n, 2 * 253 + 3);
	assert_memory_equal(&r.answer.eap.p[506], "end", 3);
	assert_false(r.answer.has_ip4);
	assert_false(r.answer.has_msk);
}

/* What is not the server's answer to this request, bit by bit and octet by octet. */
static void forged(void **state)
{
	struct packet good = answer(3), p;
	struct radius_read r;

	(void)state;
	add(&good, 79, span_of("\x04\x01\x00\x04", 4));
	finish(&good, true);
	assert_int_equal(reads(&good, &r), ERR_OK);
	assert_int_equal(r.answer.verdict, AAA_REJECT);
	for (size_t bit = 0; bit < 8 * good.n; bit++) {
		p = good;
		p.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(reads(&p, &r), ERR_OK);
	}
	for (p = good, p.n = 0; p.n < good.n; p.n++)
		assert_int_equal(reads(&p, &r), ERR_TRUNCATED);
	/* CVE-2024-3596: a right Response Authenticator alone is not enough */
	p = good;
	memset(&p.octets[22], 0, 16);
	finish(&p, false);
	assert_int_equal(reads(&p, &r), ERR_AUTH);
	p = (struct packet){ .n = 20, .octets = { 2, 7 } };
	add(&p, 79, span_of("\x03\x01\x00\x04", 4));
	finish(&p, false);
	assert_int_equal(reads(&p, &r), ERR_MISSING);
	/* an attribute that is too short, and a second Message-Authenticator */
	p = answer(2);
	p.octets[p.n++] = 79;
	p.octets[p.n++] = 1;
	finish(&p, true);
	assert_int_equal(reads(&p, &r), ERR_LENGTH);
	p = answer(2);
	add(&p, 80, span_of("0123456789abcdef", 16));
	finish(&p, true);
	assert_int_equal(reads(&p, &r), ERR_VALUE);
	p = answer(5); /* an accounting response */
	finish(&p, true);
	assert_int_equal(reads(&p, &r), ERR_VALUE);
}

/* Keys of no length, too long, or cut: then there are none. */
static void broken_keys(void **state)
{
	static const uint8_t lengths[] = { 0, 15, 17, 31, 33 };
	uint8_t value[64] = { 0, 0, 1, 55, 17 };
	struct radius_read r;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths); i++) {
		struct packet p = answer(2);

		value[5] = (uint8_t)(4 + lengths[i]);
		add(&p, 26, span_of(value, 8u + lengths[i]));
		finish(&p, true);
		assert_int_equal(reads(&p, &r), ERR_OK);
		assert_false(r.answer.has_msk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),        cmocka_unit_test(accepted),
		cmocka_unit_test(long_challenge), cmocka_unit_test(forged),
		cmocka_unit_test(broken_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
