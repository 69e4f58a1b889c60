/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wire profile rules 27, 29 and 35: containers, sealed stubs, the content of a stub. */
#include "check.h"

#include <stdio.h>

#define HEAD_INDEX "c8 000000 cd 00 0010" HEX_INDEX4
#define SEALED_CLEAR "01 00000007" HEX_32 "0000000080000000"
#define TAG "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define SEALED SEALED_CLEAR "c1c2c3c4" TAG

static struct chain_payload container_payload(struct span body)
{
	return (struct chain_payload){ .type = STUB_PAYLOAD_STUB, .offset = 12, .body = body };
}

static void check_container(const char *hex, enum err expected, const char *field)
{
	struct octets o = octets_hex(hex);
	struct chain_payload p = container_payload(octets_span(&o));
	struct stub_container c;
	struct fault f = { .err = ERR_OK };

	assert_err(expected, stub_container_parse(&p, &c, &f));
	if (field)
		assert_string_equal(f.field, field);
	octets_free(&o);
}

static void test_sealed_container(void **state)
{
	struct octets o = octets_hex(known_stubs[KNOWN_SEALED].hex);
	struct chain_payload p = container_payload(octets_span(&o));
	struct stub_container c;
	uint8_t buf[256];
	struct wcursor w = wcursor_init(buf, sizeof(buf));
	char text[INDEX_TEXT_MAX];

	(void)state;
	assert_err(ERR_OK, stub_container_parse(&p, &c, NULL));
	assert_string_equal(index_text(&c.index, text), "0102030405060708@192.0.2.1");
	assert_int_equal(c.lifetime, 3600);
	assert_int_equal(c.lifetime_offset, 4 + 16 + 4);
	assert_true(c.is_sealed);
	assert_int_equal(c.sealed.key_id, 7);
	assert_true(c.sealed.expiry == 0x80000000);
	assert_octets(c.sealed.salt, HEX_32);
	assert_octets(c.sealed.ciphertext, "c1c2c3c4c5c6c7c8");
	assert_octets(c.sealed.tag, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
	assert_octets(c.sealed.clear, "01 00000007" HEX_32 "0000000080000000");
	stub_container_write_sealed(&w, &c.index, 3600, c.sealed.body);
	assert_err(ERR_OK, w.err);
	assert_octets(wcursor_written(&w, 0), known_stubs[KNOWN_SEALED].hex);
	octets_free(&o);
}

static void test_container_rules(void **state)
{
	(void)state;
	check_container("", ERR_TRUNCATED, NULL);
	check_container("00 000000", ERR_MISSING, "container: no index");
	check_container("c8 000000 00 00 0010" HEX_INDEX4, ERR_MISSING, "container: no lifetime");
	check_container(HEAD_INDEX "00 00 0008 00000e10", ERR_MISSING,
			"container: neither a sealed nor a clear stub");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0045" SEALED, ERR_OK, NULL);
	/* order */
	check_container("cd 000000 c8 00 0008 00000e10 d0 00 0010" HEX_INDEX4 "00 00 0045" SEALED,
			ERR_CHAIN, "container: lifetime is not second");
	check_container("c8 000000 d0 00 0010" HEX_INDEX4 "cd 00 0045" SEALED "00 00 0008 00000e10",
			ERR_CHAIN, "container: lifetime is not second");
	check_container("63 000000 c8 00 0004 cd 00 0010" HEX_INDEX4 "d0 00 0008 00000e10"
			"00 00 0045" SEALED,
			ERR_CHAIN, "container: index is not first");
	/* duplicates */
	check_container("c8 000000 c8 00 0010" HEX_INDEX4 "00 00 0010" HEX_INDEX4, ERR_DUPLICATE,
			"container: second index");
	check_container(HEAD_INDEX "cd 00 0008 00000e10 00 00 0008 00000e10", ERR_DUPLICATE,
			"container: second lifetime");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 d0 00 0045" SEALED "00 00 0045" SEALED,
			ERR_DUPLICATE, "container: second sealed stub");
	/* sealed and clear, either way round */
	check_container(HEAD_INDEX "d0 00 0008 00000e10 cb 00 0045" SEALED "00 00 0005 00",
			ERR_CHAIN, "container: sealed and clear content together");
	check_container(HEAD_INDEX "cb 00 0008 00000e10 d0 00 0005 00 00 00 0045" SEALED, ERR_CHAIN,
			"container: sealed and clear content together");
	/* content */
	check_container("c8 000000 cd 00 0010 0000000000000000 c0000201 d0 00 0008 00000e10"
			"00 00 0045" SEALED,
			ERR_VALUE, "index: gateway SPI is zero");
	check_container(HEAD_INDEX "d0 00 0007 000e10 00 00 0045" SEALED, ERR_LENGTH,
			"lifetime: not 4 octets");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0005 02", ERR_VERSION,
			"sealed stub: version is not 1");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0005 01", ERR_TRUNCATED, NULL);
	/* nothing is sealed; less than the plaintext's own head is */
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0041" SEALED_CLEAR TAG, ERR_TRUNCATED,
			"sealed stub: ciphertext and tag");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0044" SEALED_CLEAR "c1c2c3" TAG,
			ERR_TRUNCATED, "sealed stub: ciphertext and tag");
	check_container(HEAD_INDEX "d0 00 0008 00000e10 00 00 0045" SEALED "00", ERR_CHAIN, NULL);
	/*
	 * an unknown payload is kept, wherever it stands behind the first two; RESERVED is ignored
	 */
	check_container("c8 ffffff cd ff 0010" HEX_INDEX4 "63 00 0008 00000e10 d0 00 0006 abcd"
			"00 00 0045" SEALED,
			ERR_OK, NULL);
}

static void test_nothing_clear_beside_a_sealed_stub(void **state)
{
	static const unsigned clear[] = { 33, 35, 36, 202, 203, 204, 209 };
	char hex[512];

	(void)state;
	for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++) {
		snprintf(hex, sizeof(hex),
			 HEAD_INDEX "d0 00 0008 00000e10 %02x 00 0045" SEALED "00 00 0004",
			 clear[i]);
		check_container(hex, ERR_CHAIN, "container: sealed and clear content together");
	}
}

static void test_sealed_needs_heads_and_tag(void **state)
{
	struct octets o = octets_hex(SEALED);
	struct stub_sealed s;

	(void)state;
	assert_err(ERR_OK, stub_sealed_parse(octets_span(&o), 0, &s, NULL));
	assert_int_equal(s.ciphertext.n, 4);
	for (size_t n = 0; n < o.n; n++) {
		struct octets cut = octets_copy(span_of(o.p, n));
		struct fault f;

		assert_err(ERR_TRUNCATED, stub_sealed_parse(octets_span(&cut), 50, &s, &f));
		assert_true(f.offset >= 50);
		octets_free(&cut);
	}
	octets_free(&o);
}

static bool same(const char *hex, size_t at, uint8_t flip)
{
	struct octets a = octets_hex(hex), b = octets_hex(hex);
	struct chain_payload pa = container_payload(octets_span(&a));
	struct chain_payload pb = container_payload(octets_span(&b));
	struct stub_container ca, cb;
	bool result;

	b.p[at] ^= flip;
	assert_err(ERR_OK, stub_container_parse(&pa, &ca, NULL));
	assert_err(ERR_OK, stub_container_parse(&pb, &cb, NULL));
	result = stub_container_same(&ca, &cb);
	octets_free(&a);
	octets_free(&b);
	return result;
}

static void test_same_stub_apart_from_the_lifetime(void **state)
{
	const char *hex = known_stubs[KNOWN_SEALED].hex;

	(void)state;
	assert_true(same(hex, 0, 0));
	for (size_t at = 24; at < 28; at++)
		assert_true(same(hex, at, 0xff));
	assert_false(same(hex, 15, 1));  /* SPI */
	assert_false(same(hex, 19, 1));  /* address */
	assert_false(same(hex, 40, 1));  /* key ID or salt */
	assert_false(same(hex, 100, 1)); /* tag */
}

static void check_content(const struct stub *s)
{
	assert_int_equal(s->encr, ENCR_AES_CBC);
	assert_int_equal(s->encr_key_bits, 128);
	assert_int_equal(s->prf, PRF_HMAC_SHA2_256);
	assert_int_equal(s->integ, INTEG_HMAC_SHA2_256_128);
	assert_int_equal(s->dh, DH_X25519);
	assert_int_equal(s->idi.type, ID_FQDN);
	assert_octets(s->idi.data, "636c2e6578616d706c65");
	assert_octets(s->idr.data, "67772e6578616d706c65");
	assert_true(s->spi_i == 0x0102030405060708 && s->spi_r == 0x1112131415161718);
	assert_octets(s->sk_d, HEX_32);
	assert_octets(s->shared_secret, "deadbeef");
	assert_int_equal(s->role, STUB_ROLE_RESPONDER);
	assert_int_equal(s->auth_method_i, AUTH_SHARED_KEY_MIC);
	assert_int_equal(s->auth_method_r, AUTH_SHARED_KEY_MIC);
	assert_octets(s->eap_identity, "616263");
	assert_true(s->has_inner_ip4 && s->has_inner_ip6);
	assert_octets(SPAN_OF(s->inner_ip4), "0a630001");
	assert_octets(SPAN_OF(s->inner_ip6), "20010db8000000000000000000000002");
	assert_int_equal(s->inner_ip6_prefix, 64);
	assert_true(s->session_limit == 0x80000001 && s->expiry == 0x80000002);
	assert_true(s->reauth_deadline == 0x80000003);
	assert_true(s->has_moves && s->moves.window_start == 0x70000000);
	assert_true(s->moves.last_commit == 0x70000001 && s->moves.count == 3);
	assert_int_equal(s->resumptions, 4);
	assert_octets(s->authority, "62616e6b2e783a343935");
	assert_int_equal(s->peer_features, STUB_PEER_PROFILE_1 | STUB_PEER_MOBIKE);
	assert_int_equal(s->n_unknown, 1);
	assert_int_equal(s->unknown[0].type, 0x4242);
	assert_octets(s->unknown[0].value, "abcdef");
}

/* In the known stub 204 and the attributes are chained in the writer's order: the octets must come
 * back. */
static void test_content_both_ways(void **state)
{
	struct octets o = octets_hex(known_stubs[KNOWN_PLAINTEXT].hex);
	struct octets clear = octets_hex(known_stubs[KNOWN_CLEAR].hex);
	struct chain_payload p = container_payload(octets_span(&clear));
	struct stub_container c;
	struct stub s;
	uint8_t buf[1024];
	struct wcursor w = wcursor_init(buf, sizeof(buf));

	(void)state;
	memset(&s, 0xa5, sizeof(s)); /* nothing of what was there may show through */
	assert_err(ERR_OK, stub_parse_plaintext(octets_span(&o), &s, NULL));
	check_content(&s);
	stub_write_plaintext(&w, &s);
	assert_err(ERR_OK, w.err);
	assert_octets(wcursor_written(&w, 0), known_stubs[KNOWN_PLAINTEXT].hex);

	assert_err(ERR_OK, stub_container_parse(&p, &c, NULL));
	assert_false(c.is_sealed);
	assert_err(ERR_OK, stub_parse(c.first, c.chain, c.body.p, &s, NULL));
	check_content(&s);
	w = wcursor_init(buf, sizeof(buf));
	stub_write_container(&w, &c.index, c.lifetime, &s);
	assert_octets(wcursor_written(&w, 0), known_stubs[KNOWN_CLEAR].hex);
	octets_free(&o);
	octets_free(&clear);
}

#define ID "24 00 0009 02000000 61"
#define IDR "ca 00 0009 02000000 62"
#define SPIS "cb 00 0014" HEX_SPI_OLD "1112131415161718"

static void check_stub(const char *chain, enum err expected, const char *field)
{
	struct octets o = octets_hex(chain);
	struct fault f = { .err = ERR_OK };
	struct stub s;

	assert_err(expected, stub_parse_plaintext(octets_span(&o), &s, &f));
	assert_err(expected, f.err);
	if (field)
		assert_string_equal(f.field, field);
	octets_free(&o);
}

#define BASE "21 000000 23 00 0030" HEX_SA_IKE ID IDR SPIS

static void test_mandatory_parts(void **state)
{
	(void)state;
	check_stub(BASE "00 00 0024" HEX_32, ERR_OK, NULL);
	check_stub("00 000000", ERR_MISSING, "stub: no SA");
	check_stub("21 000000 00 00 0030" HEX_SA_IKE, ERR_MISSING, "stub: no IDi");
	check_stub("21 000000 23 00 0030" HEX_SA_IKE "00 00 0009 02000000 61", ERR_MISSING,
		   "stub: no IDr");
	check_stub("21 000000 23 00 0030" HEX_SA_IKE ID "00 00 0009 02000000 62", ERR_MISSING,
		   "stub: no SPI pair");
	check_stub("21 000000 23 00 0030" HEX_SA_IKE ID IDR "00 00 0014" HEX_SPI_OLD
		   "1112131415161718",
		   ERR_MISSING, "stub: no SK_d");
	check_stub("21 000000 23 00 0030" HEX_SA_IKE ID IDR "00 00 0024" HEX_32, ERR_LENGTH,
		   "SPI pair: not 16 octets");
	check_stub(BASE "cb 00 0024" HEX_32 "00 00 0024" HEX_32, ERR_DUPLICATE,
		   "stub: second SK_d");
	check_stub(BASE "ca 00 0024" HEX_32 "00 00 0014" HEX_SPI_OLD HEX_SPI_OLD, ERR_DUPLICATE,
		   "stub: second SPI pair");
	check_stub(BASE "23 00 0024" HEX_32 "00 00 0009 02000000 61", ERR_DUPLICATE,
		   "stub: second IDi");
	check_stub(BASE "00 00 0004", ERR_LENGTH, NULL);
	check_stub(BASE "cc 00 0024" HEX_32 "00 00 0004", ERR_LENGTH, "shared secret: empty");
	check_stub("21 000000 23 00 0030" HEX_SA_IKE ID IDR
		   "cb 00 0014 0000000000000000 1112131415161718 00 00 0024" HEX_32,
		   ERR_VALUE, "SPI pair: SPI is zero");
}

static void check_attribute(const char *attribute, enum err expected)
{
	char hex[4096];
	struct octets o = octets_hex(attribute);

	snprintf(hex, sizeof(hex), BASE "d1 00 0024" HEX_32 "00 00 %04zx %s", o.n + 4, attribute);
	check_stub(hex, expected, NULL);
	octets_free(&o);
}

static void test_attribute_lengths_and_values(void **state)
{
	/* type, good value */
	static const char *const fixed[] = {
		"0001 01",
		"0002 0202",
		"0004 0a630001",
		"0005 20010db8000000000000000000000002 80",
		"0006 0000000000000001",
		"0007 0000000000000001",
		"0008 0000000000000001",
		"0009 0000000000000001 0000000000000001 00000001",
		"000a 0001",
		"000c 0001",
	};
	char longer[128], shorter[128];

	(void)state;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		check_attribute(fixed[i], ERR_OK);
		snprintf(longer, sizeof(longer), "%s00", fixed[i]);
		check_attribute(longer, ERR_LENGTH);
		snprintf(shorter, sizeof(shorter), "%.*s", (int)strlen(fixed[i]) - 2, fixed[i]);
		check_attribute(shorter, ERR_LENGTH);
	}
	check_attribute("", ERR_LENGTH);
	check_attribute("00", ERR_LENGTH);
	check_attribute("0001 00", ERR_VALUE);
	check_attribute("0001 03", ERR_VALUE);
	check_attribute("0005 20010db8000000000000000000000002 81", ERR_VALUE);
	check_attribute("0007 0000000000000000", ERR_VALUE);
	check_attribute("000b 6100", ERR_VALUE);
	check_attribute("000d 01020304", ERR_OK);
	check_attribute("0000", ERR_OK);
	check_attribute("ffff", ERR_OK);
}

static void test_attribute_counts(void **state)
{
	char hex[2048] = BASE "d1 00 0024" HEX_32;

	(void)state;
	check_stub(BASE "d1 00 0024" HEX_32 "d1 00 0007 0001 01 00 00 0007 0001 01", ERR_DUPLICATE,
		   "stub: second attribute of a type");
	/* unknown ones may repeat, up to the table's size */
	for (unsigned i = 0; i < STUB_UNKNOWN_MAX - 1; i++)
		strcat(hex, "d1 00 0006 1234");
	strcat(hex, "00 00 0006 1234");
	check_stub(hex, ERR_OK, NULL);
	hex[strlen(hex) - strlen("00 00 0006 1234")] = 'd';
	hex[strlen(hex) - strlen("0 00 0006 1234")] = '1';
	strcat(hex, "00 00 0006 1234");
	check_stub(hex, ERR_TOO_MANY, "stub: more than 32 unknown attributes");
}

/* `n` times the octet 0x61 as hex. */
static const char *filler(unsigned n)
{
	static char hex[1024];

	memset(hex, 0, sizeof(hex));
	for (unsigned i = 0; i < n; i++)
		memcpy(&hex[2 * i], "61", 3);
	return hex;
}

static void test_longest_values(void **state)
{
	char hex[2048];

	(void)state;
	for (unsigned n = 255; n <= 256; n++) {
		snprintf(hex, sizeof(hex), "000b %s", filler(n));
		check_attribute(hex, n == 255 ? ERR_OK : ERR_LENGTH);
	}
	for (unsigned n = 128; n <= 129; n++) {
		snprintf(hex, sizeof(hex), BASE "00 00 %04x %s", n + 4, filler(n));
		check_stub(hex, n == 128 ? ERR_OK : ERR_LENGTH, NULL);
	}
}

static void check_sa(const char *body, enum err expected, const char *field)
{
	struct octets o = octets_hex(body);
	char hex[1024];

	snprintf(hex, sizeof(hex), "21 000000 23 00 %04zx %s" ID IDR SPIS "00 00 0024" HEX_32,
		 o.n + 4, body);
	check_stub(hex, expected, field);
	octets_free(&o);
}

static void test_sa_of_a_stub(void **state)
{
	(void)state;
	/* AES-GCM without INTEG, with INTEG NONE, without D-H */
	check_sa("00 00 001c 01 01 00 02 03 00 000c 01 00 0014 800e 0100 00 00 0008 02 00 0005",
		 ERR_OK, NULL);
	check_sa("00 00 0024 01 01 00 03 03 00 000c 01 00 0014 800e 0100 03 00 0008 02 00 0005"
		 "00 00 0008 03 00 0000",
		 ERR_OK, NULL);
	check_sa("00 00 0010 01 01 00 01 00 00 0008 02 00 0005", ERR_MISSING,
		 "stub SA: no ENCR or no PRF");
	check_sa("02 00 0010 01 01 00 01 00 00 0008 02 00 0005"
		 "00 00 0010 02 01 00 01 00 00 0008 01 00 0014",
		 ERR_VALUE, "stub SA: not one proposal");
	check_sa("00 00 0018 01 01 08 01" HEX_SPI_OLD "00 00 0008 02 00 0005", ERR_VALUE,
		 "stub SA: not an IKE proposal without SPI");
	check_sa("00 00 0018 01 01 00 02 03 00 0008 02 00 0005 00 00 0008 02 00 0006",
		 ERR_DUPLICATE, "stub SA: second transform of a type");
	check_sa("00 00 0010 01 01 00 01 00 00 0008 05 00 0000", ERR_VALUE,
		 "stub SA: transform that no IKE SA has");
}

static void must_fail(struct span s, size_t whole, const void *data)
{
	(void)whole;
	assert_true((data ? reparse_plaintext(s) : reparse_container(s)) != ERR_OK);
}

static void must_hold(struct span s, size_t whole, const void *data)
{
	(void)whole;
	(void)(data ? reparse_plaintext(s) : reparse_container(s));
}

static void test_stubs_cut_and_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < known_stubs_n; i++) {
		struct octets o = octets_hex(known_stubs[i].hex);
		const void *plaintext = i == KNOWN_PLAINTEXT ? &o : NULL;

		assert_err(ERR_OK, plaintext ? reparse_plaintext(octets_span(&o))
					     : reparse_container(octets_span(&o)));
		for_each_prefix(octets_span(&o), must_fail, plaintext);
		for_each_flip(octets_span(&o), must_hold, plaintext);
		octets_free(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sealed_container),
		cmocka_unit_test(test_container_rules),
		cmocka_unit_test(test_nothing_clear_beside_a_sealed_stub),
		cmocka_unit_test(test_longest_values),
		cmocka_unit_test(test_sealed_needs_heads_and_tag),
		cmocka_unit_test(test_same_stub_apart_from_the_lifetime),
		cmocka_unit_test(test_content_both_ways),
		cmocka_unit_test(test_mandatory_parts),
		cmocka_unit_test(test_attribute_lengths_and_values),
		cmocka_unit_test(test_attribute_counts),
		cmocka_unit_test(test_sa_of_a_stub),
		cmocka_unit_test(test_stubs_cut_and_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
