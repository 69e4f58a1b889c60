/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealed stubs: openssl kdf for HKDF and libgcrypt for AES-256-GCM are the second opinion. */
#include "support.h"

#include <gcrypt.h>

#include "keys/seal.h"

#define NOW 1800000000u
#define EXPIRY (NOW + 3600u)

static const uint8_t sk_d[32] = { 0xd0, 1, 2, 3 };
static const struct index ix = { 0x0123456789abcdef, { 4, { 192, 0, 2, 1 } } };

static struct seal_keys two_keys(void)
{
	struct span text = span_text(
	    "# pool\n\n 00000001 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
	    "# now\n"
	    "DEADBEEF\tff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF\r\n");
	struct seal_keys k;
	unsigned line;

	assert_ok(seal_keys_parse(text, &k, &line));
	assert_int_equal(k.n, 2);
	return k;
}

static struct stub stub(void)
{
	return (struct stub){ .encr = ENCR_AES_CBC,
			      .encr_key_bits = 128,
			      .prf = PRF_HMAC_SHA2_256,
			      .integ = INTEG_HMAC_SHA2_256_128,
			      .dh = DH_X25519,
			      .idi = { ID_FQDN, span_text("client.example") },
			      .idr = { ID_FQDN, span_text("gw.example") },
			      .spi_i = 0x1111,
			      .spi_r = 0x2222,
			      .sk_d = SPAN_OF(sk_d),
			      .role = STUB_ROLE_RESPONDER,
			      .auth_method_i = AUTH_SHARED_KEY_MIC,
			      .auth_method_r = AUTH_SHARED_KEY_MIC,
			      .expiry = EXPIRY,
			      .resumptions = 2,
			      .authority = span_text("bank:49500"),
			      .peer_features = STUB_PEER_PROFILE_1 };
}

static size_t seal(const struct seal_keys *k, const struct index *at, uint8_t *out)
{
	struct rng_fixed fixed;
	struct rng rng = rng_fixed(&fixed, "salt");
	struct stub s = stub();
	struct wcursor c = wcursor_init(out, SEAL_BODY_MAX);

	assert_ok(seal_stub(k, &rng, at, &s, &c));
	return wcursor_size(&c);
}

static enum err open_at(const struct seal_keys *k, const struct index *at, struct span body,
			uint64_t now, uint8_t *plaintext, struct stub *out)
{
	struct stub_sealed sealed;
	struct fault fault = { 0 };
	enum err err = stub_sealed_parse(body, 0, &sealed, &fault);

	return err ? err : seal_open(k, at, &sealed, now, plaintext, out, &fault);
}

static void round_trip(void **state)
{
	struct index six = { 1, { 6, { 0x20, 1, 0xd, 0xb8 } } };
	const struct index *indexes[2] = { &ix, &six };
	uint8_t body[SEAL_BODY_MAX], plain[SEAL_BODY_MAX];
	struct seal_keys k = two_keys(), other = two_keys();
	struct stub s;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t n = seal(&k, indexes[i], body);

		assert_ok(open_at(&k, indexes[i], span_of(body, n), NOW, plain, &s));
		assert_octets(s.sk_d, SPAN_OF(sk_d));
		assert_octets(s.idi.data, span_text("client.example"));
		assert_int_equal(s.expiry, EXPIRY);
		assert_int_equal(s.resumptions, 2);
		assert_err(open_at(&k, indexes[1 - i], span_of(body, n), NOW, plain, &s),
			   ERR_INTEGRITY);
	}
	/* The previous key still opens (rotation), a forgotten one does not. */
	other.keys[0] = k.keys[1];
	other.keys[1] = k.keys[0];
	assert_ok(open_at(&other, &six, span_of(body, seal(&k, &six, body)), NOW, plain, &s));
	other.n = 1;
	assert_err(open_at(&other, &six, span_of(body, seal(&k, &six, body)), NOW, plain, &s),
		   ERR_KEY);
	/* The right name for the wrong key. */
	other.keys[0].id = k.keys[0].id;
	assert_err(open_at(&other, &six, span_of(body, seal(&k, &six, body)), NOW, plain, &s),
		   ERR_INTEGRITY);
}

/* HKDF by the openssl program, then the plaintext by libgcrypt. */
static size_t outside_open(const struct seal_keys *k, struct span body, struct span index_body,
			   uint8_t *plain)
{
	char key[65], salt[65];
	struct octets okm;
	gcry_cipher_hd_t h;
	size_t n = body.n - 45 - 16;

	okm = openssl(
	    SPAN_NONE,
	    "kdf -binary -keylen 44 -kdfopt digest:SHA256 -kdfopt hexkey:%s -kdfopt hexsalt:%s "
	    "-kdfopt 'info:ikesync profile 1 seal' HKDF",
	    to_hex(span_of(k->keys[0].key, 32), key), to_hex(span_of(&body.p[5], 32), salt));
	assert_int_equal(okm.n, 44);
	assert_int_equal(gcry_cipher_open(&h, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0), 0);
	assert_int_equal(gcry_cipher_setkey(h, okm.p, 32), 0);
	assert_int_equal(gcry_cipher_setiv(h, &okm.p[32], 12), 0);
	assert_int_equal(gcry_cipher_authenticate(h, body.p, 45), 0);
	assert_int_equal(gcry_cipher_authenticate(h, index_body.p, index_body.n), 0);
	assert_int_equal(gcry_cipher_decrypt(h, plain, n, &body.p[45], n), 0);
	assert_int_equal(gcry_cipher_checktag(h, &body.p[45 + n], 16), 0);
	gcry_cipher_close(h);
	return n;
}

static void same_outside(void **state)
{
	uint8_t body[SEAL_BODY_MAX], plain[SEAL_BODY_MAX], expected[SEAL_BODY_MAX];
	const uint8_t index_body[] = { 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 192, 0, 2, 1 };
	struct seal_keys k = two_keys();
	struct stub s = stub();
	struct wcursor c = wcursor_init(expected, sizeof(expected));
	size_t n = seal(&k, &ix, body);

	(void)state;
	stub_write_plaintext(&c, &s);
	assert_int_equal(outside_open(&k, span_of(body, n), SPAN_OF(index_body), plain),
			 wcursor_size(&c));
	assert_octets(span_of(plain, wcursor_size(&c)), span_of(expected, wcursor_size(&c)));
	/* version, key ID, and the expiry in UTC seconds */
	assert_hex(span_of(body, 5), "0100000001");
	assert_hex(span_of(&body[37], 8), "000000006b49e010");
}

static void every_octet_counts(void **state)
{
	uint8_t body[SEAL_BODY_MAX], plain[SEAL_BODY_MAX];
	struct seal_keys k = two_keys();
	size_t n = seal(&k, &ix, body);
	struct stub s = { 0 };

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			enum err err, expected = i == 0  ? ERR_VERSION
						 : i < 5 ? ERR_KEY
							 : ERR_INTEGRITY;

			body[i] ^= (uint8_t)(1 << bit);
			err = open_at(&k, &ix, span_of(body, n), NOW, plain, &s);
			assert_err(err, expected);
			assert_int_equal(s.sk_d.n, 0);
			body[i] ^= (uint8_t)(1 << bit);
		}
	for (size_t cut = 0; cut < n; cut++)
		assert_int_not_equal(open_at(&k, &ix, span_of(body, cut), NOW, plain, &s), ERR_OK);
	assert_int_equal(open_at(&k, &ix, span_of(body, n), NOW, plain, &s), ERR_OK);
}

static void expiry_with_skew(void **state)
{
	uint8_t body[SEAL_BODY_MAX], plain[SEAL_BODY_MAX];
	struct seal_keys k = two_keys();
	size_t n = seal(&k, &ix, body);
	struct stub s = stub();
	struct wcursor c = wcursor_init(body, sizeof(body));

	(void)state;
	assert_ok(open_at(&k, &ix, span_of(body, n), EXPIRY, plain, &s));
	assert_ok(open_at(&k, &ix, span_of(body, n), EXPIRY + 30, plain, &s));
	assert_err(open_at(&k, &ix, span_of(body, n), EXPIRY + 31, plain, &s), ERR_EXPIRED);
	assert_err(open_at(&k, &ix, span_of(body, n), UINT64_MAX, plain, &s), ERR_EXPIRED);
	s = stub();
	s.expiry = 0;
	assert_err(seal_stub(&k, &rng_system, &ix, &s, &c), ERR_MISSING);
	k.n = 0;
	s.expiry = EXPIRY;
	c = wcursor_init(body, sizeof(body));
	assert_err(seal_stub(&k, &rng_system, &ix, &s, &c), ERR_KEY);
}

/* A sealer that contradicts itself: clear expiry `clear`, inner expiry `inner`. */
static size_t outside_seal(const struct seal_keys *k, uint64_t clear, uint64_t inner, uint8_t *body)
{
	char key[65], salt[65];
	struct octets okm;
	gcry_cipher_hd_t h;
	struct stub s = stub();
	struct wcursor c = wcursor_init(body, SEAL_BODY_MAX), plain;
	uint8_t text[4096], index_body[12];
	size_t n;

	s.expiry = inner;
	plain = wcursor_init(text, sizeof(text));
	stub_write_plaintext(&plain, &s);
	n = wcursor_size(&plain);
	wcursor_u8(&c, 1);
	wcursor_u32(&c, k->keys[0].id);
	for (unsigned i = 0; i < 32; i++)
		wcursor_u8(&c, (uint8_t)i);
	wcursor_u64(&c, clear);
	okm = openssl(
	    SPAN_NONE,
	    "kdf -binary -keylen 44 -kdfopt digest:SHA256 -kdfopt hexkey:%s -kdfopt hexsalt:%s "
	    "-kdfopt 'info:ikesync profile 1 seal' HKDF",
	    to_hex(span_of(k->keys[0].key, 32), key), to_hex(span_of(&body[5], 32), salt));
	plain = wcursor_init(index_body, sizeof(index_body));
	index_write(&plain, &ix);
	assert_int_equal(gcry_cipher_open(&h, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0), 0);
	assert_int_equal(gcry_cipher_setkey(h, okm.p, 32), 0);
	assert_int_equal(gcry_cipher_setiv(h, &okm.p[32], 12), 0);
	assert_int_equal(gcry_cipher_authenticate(h, body, 45), 0);
	assert_int_equal(gcry_cipher_authenticate(h, index_body, 12), 0);
	assert_int_equal(gcry_cipher_final(h), 0);
	assert_int_equal(gcry_cipher_encrypt(h, text, n, NULL, 0), 0);
	wcursor_bytes(&c, span_of(text, n));
	assert_int_equal(gcry_cipher_gettag(h, text, 16), 0);
	wcursor_bytes(&c, span_of(text, 16));
	gcry_cipher_close(h);
	assert_int_equal(c.err, ERR_OK);
	return wcursor_size(&c);
}

static void clear_and_inner_expiry(void **state)
{
	uint8_t body[SEAL_BODY_MAX], plain[SEAL_BODY_MAX];
	struct seal_keys k = two_keys();
	struct stub s;

	(void)state;
	assert_ok(open_at(&k, &ix, span_of(body, outside_seal(&k, EXPIRY, EXPIRY, body)), NOW,
			  plain, &s));
	assert_err(open_at(&k, &ix, span_of(body, outside_seal(&k, EXPIRY + 1, EXPIRY, body)), NOW,
			   plain, &s),
		   ERR_VALUE);
	assert_err(open_at(&k, &ix, span_of(body, outside_seal(&k, EXPIRY - 1, EXPIRY, body)), NOW,
			   plain, &s),
		   ERR_VALUE);
	assert_err(
	    open_at(&k, &ix, span_of(body, outside_seal(&k, EXPIRY, 0, body)), NOW, plain, &s),
	    ERR_MISSING);
}

static void a_salt_for_each_sealing(void **state)
{
	uint8_t a[SEAL_BODY_MAX], b[SEAL_BODY_MAX];
	struct wcursor ca = wcursor_init(a, sizeof(a)), cb = wcursor_init(b, sizeof(b));
	struct seal_keys k = two_keys();
	struct stub s = stub();

	(void)state;
	assert_ok(seal_stub(&k, &rng_system, &ix, &s, &ca));
	assert_ok(seal_stub(&k, &rng_system, &ix, &s, &cb));
	assert_int_equal(wcursor_size(&ca), wcursor_size(&cb));
	assert_memory_not_equal(&a[5], &b[5], 32);
	assert_memory_not_equal(&a[45], &b[45], 16);
	/* Too small a buffer, at each size. */
	for (size_t cap = 0; cap < wcursor_size(&ca); cap++) {
		cb = wcursor_init(b, cap);
		assert_err(seal_stub(&k, &rng_system, &ix, &s, &cb), ERR_NO_SPACE);
	}
}

static void key_files(void **state)
{
#define K "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	static const struct {
		const char *text;
		unsigned line, n; /* n 0: refused at that line */
	} files[] = {
		{ "00000001 " K, 1, 1 },
		{ "00000001 " K "\n00000002 " K "#x\n", 2, 2 },
		{ "", 0, 0 },
		{ "# only a comment\n", 1, 0 },
		{ "\n\n0000001 " K "\n", 3, 0 },
		{ "00000001 " K "0\n", 1, 0 },
		{ "00000001 " K "00\n", 1, 0 },
		{ "00000001\n", 1, 0 },
		{ "00000001 " K " x\n", 1, 0 },
		{ "0000000g " K "\n", 1, 0 },
		{ "00000001 " K "\n00000001 " K "\n", 2, 0 },
		{ "00000001" K "\n", 1, 0 },
	};
	char many[17 * 80] = "";
	struct seal_keys k;
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_err(seal_keys_parse(span_text(files[i].text), &k, &line),
			   files[i].n ? ERR_OK : ERR_VALUE);
		assert_int_equal(k.n, files[i].n);
		assert_int_equal(line, files[i].line);
	}
	for (unsigned i = 0; i < 17; i++)
		sprintf(&many[strlen(many)], "%08x " K "\n", i);
	assert_err(seal_keys_parse(span_text(many), &k, &line), ERR_VALUE);
	assert_int_equal(line, 17);
	k = two_keys();
	assert_int_equal(k.keys[1].id, 0xdeadbeef);
	assert_int_equal(k.keys[1].key[31], 0xff);
	seal_keys_clear(&k);
	assert_int_equal(k.n, 0);
	assert_int_equal(k.keys[0].key[5], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(same_outside),
		cmocka_unit_test(every_octet_counts),
		cmocka_unit_test(expiry_with_skew),
		cmocka_unit_test(clear_and_inner_expiry),
		cmocka_unit_test(a_salt_for_each_sealing),
		cmocka_unit_test(key_files),
	};

	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
