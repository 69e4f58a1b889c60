/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of one SA: RFC 7634's example, and every suite against libgcrypt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ipsec/esp_sa.h"
#include "other_esp.h"

#define SPI 0x10203040
#define ROOM 2048

static uint8_t encr_key[36], integ_key[64];

static struct secret secret_of(const uint8_t *p, size_t n)
{
	struct secret s;

	assert_int_equal(secret_set(&s, span_of(p, n)), ERR_OK);
	return s;
}

static void keyed(const struct other_suite *o, struct esp_key *k)
{
	struct secret encr = secret_of(encr_key, o->key + o->salt),
		      integ = secret_of(integ_key, o->integ);
	struct suite_esp s;

	assert_int_equal(suite_esp_from_text(o->text, &s), ERR_OK);
	assert_int_equal(esp_key_init(k, SPI, &s, &encr, &integ), ERR_OK);
	assert_int_equal(k->sizes.iv, o->iv);
	assert_int_equal(k->sizes.icv, o->icv);
	assert_int_equal(k->sizes.block, o->block);
}

static struct other_packet packet_of(const struct other_suite *o, uint64_t seq, const uint8_t *text,
				     size_t n)
{
	struct other_packet p = { .spi = SPI,
				  .seq = seq,
				  .esn = strstr(o->text, "-esn") != NULL,
				  .encr = encr_key,
				  .integ = integ_key,
				  .next = ESP_NEXT_IPV4,
				  .text = text,
				  .n = n };

	memset(p.iv, (int)(seq & 0xff) | 1, sizeof(p.iv));
	return p;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; *hex; hex++) {
		unsigned v;

		if (*hex == ' ')
			continue;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
		hex++;
	}
	return n;
}

/* RFC 7634 appendix A. */
static void chacha_example(void **state)
{
	uint8_t key[36], packet[256], out[256], plain[128];
	size_t n, plain_n;
	struct suite_esp s;
	struct esp_in in = { 0 };
	struct esp_opened opened;
	struct secret encr, none = { 0 };

	(void)state;
	from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3", key);
	n = from_hex("0102030400000005 1011121314151617"
		     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
		     "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
		     "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
		     "76aaa8266b7fb0f7b11b369907e1ad43",
		     packet);
	plain_n = from_hex("45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			   "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			   "2425262728292a2b2c2d2e2f3031323334353637",
			   plain);
	encr = secret_of(key, sizeof(key));
	assert_int_equal(suite_esp_from_text("chacha20poly1305", &s), ERR_OK);
	assert_int_equal(esp_key_init(&in.key, 0x01020304, &s, &encr, &none), ERR_OK);
	assert_int_equal(esp_in_open(&in, span_of(packet, n), out, &opened), ESP_GOOD);
	assert_int_equal(opened.next_header, 4);
	assert_true(opened.newest);
	assert_int_equal(opened.payload.n, plain_n);
	assert_memory_equal(opened.payload.p, plain, plain_n);
	esp_key_clear(&in.key);
}

/* Every length of two blocks and some more, made there and opened here. */
static void opened_of_others(void **state)
{
	uint8_t text[200], packet[ROOM], out[ROOM];

	(void)state;
	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	for (unsigned k = 0; k < OTHER_SUITES; k++) {
		const struct other_suite *o = &other_suites[k];
		struct esp_in in = { 0 };
		struct esp_opened opened;

		keyed(o, &in.key);
		for (size_t n = 0; n < sizeof(text); n += n < 40 ? 1 : 23) {
			struct other_packet p = packet_of(o, n + 1, text, n);
			size_t size = other_esp_make(o, &p, packet);

			p.extra = (unsigned)(n % 3);
			size = other_esp_make(o, &p, packet);
			assert_int_equal(esp_in_open(&in, span_of(packet, size), out, &opened),
					 ESP_GOOD);
			assert_int_equal(opened.payload.n, n);
			assert_memory_equal(opened.payload.p, text, n);
			assert_int_equal(opened.next_header, ESP_NEXT_IPV4);
			assert_int_equal(esp_in_open(&in, span_of(packet, size), out, &opened),
					 ESP_REPLAYED);
		}
		esp_key_clear(&in.key);
	}
}

/* Made here and opened there; the number begins at 1 and goes up by one. */
static void sealed_for_others(void **state)
{
	uint8_t text[200 + ESP_TRAILER_MAX], packet[ROOM], out[ROOM];
	struct esp_iv_source ivs = { .rng = rng_system };

	(void)state;
	for (unsigned k = 0; k < OTHER_SUITES; k++) {
		const struct other_suite *o = &other_suites[k];
		struct esp_out out_sa = { 0 };
		uint8_t last_iv[16] = { 0 };
		uint64_t seq = 0;

		keyed(o, &out_sa.key);
		for (size_t n = 0; n < 200; n += n < 40 ? 1 : 23) {
			struct other_packet p = packet_of(o, ++seq, NULL, 0);
			size_t size = esp_out_size(&out_sa, n), got;

			for (unsigned i = 0; i < n; i++)
				text[i] = (uint8_t)(i * 3);
			assert_true(esp_out_seal(&out_sa, &ivs, ESP_NEXT_IPV6, text, n, packet));
			assert_int_equal(packet[7], seq & 0xff);
			if (o->iv)
				assert_memory_not_equal(&packet[8], last_iv, o->iv);
			memcpy(last_iv, &packet[8], o->iv);
			got = other_esp_read(o, &p, packet, size, out);
			assert_in_range(got, n + 2, n + 2 + o->block - 1);
			assert_memory_equal(out, text, n);
			assert_int_equal(out[got - 1], ESP_NEXT_IPV6);
			assert_int_equal(out[got - 2], got - n - 2);
			for (size_t i = n; i < got - 2; i++)
				assert_int_equal(out[i], i - n + 1);
		}
		esp_key_clear(&out_sa.key);
	}
}

/* Each octet of a packet changed, and each of its lengths: nothing of it is good, and the window stays. */
static void damaged(void **state)
{
	uint8_t text[64] = { 0 }, packet[ROOM], out[ROOM];

	(void)state;
	for (unsigned k = 0; k < OTHER_SUITES; k++) {
		const struct other_suite *o = &other_suites[k];
		struct other_packet p = packet_of(o, 9, text, sizeof(text));
		struct esp_in in = { 0 };
		struct esp_opened opened;
		size_t n = other_esp_make(o, &p, packet);

		keyed(o, &in.key);
		for (size_t i = 0; i < n; i++) {
			packet[i] ^= 0x40;
			assert_int_not_equal(esp_in_open(&in, span_of(packet, n), out, &opened),
					     ESP_GOOD);
			packet[i] ^= 0x40;
			assert_int_not_equal(esp_in_open(&in, span_of(packet, i), out, &opened),
					     ESP_GOOD);
		}
		assert_int_equal(in.replay.top, 0);
		assert_int_equal(esp_in_open(&in, span_of(packet, n), out, &opened), ESP_GOOD);
		esp_key_clear(&in.key);
	}
}

/* A right ICV over wrong padding (section 2.4): authentic, and of no use. */
static void wrong_padding(void **state)
{
	static const struct {
		const char *text; /* with trailer, eight octets */
		enum esp_verdict verdict;
	} cases[] = {
		{ "text\1\2\2\4", ESP_GOOD },          { "text\1\1\2\4", ESP_BAD_PADDING },
		{ "text\2\1\2\4", ESP_BAD_PADDING },   { "text\1\2\7\4", ESP_BAD_PADDING },
		{ "text\1\2\377\4", ESP_BAD_PADDING },
	};
	const struct other_suite *o = &other_suites[8]; /* nothing is encrypted */

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct other_packet p = packet_of(o, i + 1, (const uint8_t *)cases[i].text, 8);
		uint8_t packet[ROOM], out[ROOM];
		struct esp_opened opened;
		struct esp_in in = { 0 };
		size_t n;

		keyed(o, &in.key);
		p.raw = true;
		n = other_esp_make(o, &p, packet);
		assert_int_equal(esp_in_open(&in, span_of(packet, n), out, &opened),
				 cases[i].verdict);
		assert_int_equal(in.replay.top, i + 1);
		esp_key_clear(&in.key);
	}
}

/* Section 3.3.3: without ESN the number must not begin again. */
static void numbers_used_up(void **state)
{
	uint8_t text[64] = { 0 }, packet[ROOM];
	struct esp_iv_source ivs = { .rng = rng_system };
	struct esp_out out = { 0 };

	(void)state;
	keyed(&other_suites[0], &out.key);
	assert_false(esp_out_worn(&out));
	out.sequence = UINT32_MAX - 1;
	assert_true(esp_out_worn(&out));
	assert_true(esp_out_seal(&out, &ivs, 4, text, 20, packet));
	assert_false(esp_out_seal(&out, &ivs, 4, text, 20, packet));
	esp_key_clear(&out.key);
	keyed(&other_suites[9], &out.key);
	out.sequence = UINT32_MAX;
	assert_false(esp_out_worn(&out));
	assert_true(esp_out_seal(&out, &ivs, 4, text, 20, packet));
	assert_int_equal(out.sequence, UINT64_C(1) << 32);
	esp_key_clear(&out.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chacha_example),    cmocka_unit_test(opened_of_others),
		cmocka_unit_test(sealed_for_others), cmocka_unit_test(damaged),
		cmocka_unit_test(wrong_padding),     cmocka_unit_test(numbers_used_up),
	};

	for (unsigned i = 0; i < sizeof(encr_key); i++)
		encr_key[i] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < sizeof(integ_key); i++)
		integ_key[i] = (uint8_t)(0x80 + i);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
