/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of AUTH: made by the openssl program and verified here, made here and verified there. */
#include "support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "keys/signature.h"

/* RFC 7427 appendix A.1, A.3, A.4 and RFC 8420 appendix A, with the length octet. */
#define RSA_SHA256 "0f 300d06092a864886f70d01010b0500"
#define RSA_SHA384 "0f 300d06092a864886f70d01010c0500"
#define RSA_SHA512 "0f 300d06092a864886f70d01010d0500"
#define RSA_SHA1 "0f 300d06092a864886f70d0101050500"
#define ECDSA_SHA256 "0c 300a06082a8648ce3d040302"
#define ECDSA_SHA384 "0c 300a06082a8648ce3d040303"
#define ECDSA_SHA512 "0c 300a06082a8648ce3d040304"
#define PSS_SHA256                                                                        \
	"43 304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a0609" \
	"2a864886f70d010108300d06096086480165030402010500a203020120"
#define PSS_DEFAULT "0f 300d06092a864886f70d01010a3000"
#define ED25519 "07 300506032b6570"
#define ED448 "07 300506032b6571"

static const struct span text = { (const uint8_t *)"what both have said so far", 26 };

struct made_key {
	char path[40];
	EVP_PKEY *key;
};

static struct made_key new_key(const char *arguments)
{
	struct octets pem = openssl(SPAN_NONE, "genpkey %s 2>/dev/null", arguments);
	struct made_key k;
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);

	write_temporary(octets_span(&pem), k.path);
	k.key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	BIO_free(in);
	assert_non_null(k.key);
	return k;
}

static void drop_key(struct made_key *k)
{
	EVP_PKEY_free(k->key);
	unlink(k->path);
}

static struct octets joined(const char *identifier, struct octets signature)
{
	struct octets o = octets_from_hex(identifier);

	memcpy(&o.p[o.n], signature.p, signature.n);
	o.n += signature.n;
	return o;
}

/* Right; and wrong with each other text, a bit turned, an octet more or less. */
static void is_right(const struct made_key *k, uint8_t method, struct octets data)
{
	assert_ok(signature_verify(k->key, method, octets_span(&data), text));
	assert_err(signature_verify(k->key, method, octets_span(&data), span_of(text.p, 25)),
		   ERR_AUTH);
	data.p[data.n - 1] ^= 1;
	assert_err(signature_verify(k->key, method, octets_span(&data), text), ERR_AUTH);
	data.p[data.n - 1] ^= 1;
	assert_err(signature_verify(k->key, method, span_of(data.p, data.n - 1), text), ERR_AUTH);
	data.n++;
	assert_err(signature_verify(k->key, method, octets_span(&data), text), ERR_AUTH);
}

static void rsa(void **state)
{
	struct made_key k = new_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
	static const struct {
		const char *identifier, *digest, *options;
	} all[] = {
		{ RSA_SHA256, "sha256", "" },
		{ RSA_SHA384, "sha384", "" },
		{ RSA_SHA512, "sha512", "" },
		{ PSS_SHA256, "sha256", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		is_right(&k, AUTH_DIGITAL_SIGNATURE,
			 joined(all[i].identifier, openssl(text, "dgst -%s -sign %s %s",
							   all[i].digest, k.path, all[i].options)));
	for (unsigned i = 0; i < 4; i++) {
		static const char *const digests[] = { "sha1", "sha256", "sha384", "sha512" };

		is_right(&k, AUTH_RSA_SIGNATURE,
			 openssl(text, "dgst -%s -sign %s", digests[i], k.path));
	}
	drop_key(&k);
}

/* What says one thing and is another. */
static void rsa_that_is_refused(void **state)
{
	struct made_key k = new_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
	struct octets sha1 = openssl(text, "dgst -sha1 -sign %s", k.path);
	struct octets sha256 = openssl(text, "dgst -sha256 -sign %s", k.path);
	struct octets o;

	(void)state;
	/* RFC 8247 section 3.2 */
	o = joined(RSA_SHA1, sha1);
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_UNSUPPORTED);
	o = joined(PSS_DEFAULT, sha1);
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_UNSUPPORTED);
	o = joined(PSS_SHA256, sha256);
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_AUTH);
	o = joined(ECDSA_SHA256, sha256);
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_UNSUPPORTED);
	assert_err(signature_verify(k.key, AUTH_ECDSA_SHA256_P256, octets_span(&sha256), text),
		   ERR_UNSUPPORTED);
	assert_err(signature_verify(k.key, AUTH_SHARED_KEY_MIC, octets_span(&sha256), text),
		   ERR_UNSUPPORTED);
	assert_err(signature_verify(k.key, AUTH_NULL, SPAN_NONE, text), ERR_UNSUPPORTED);
	/* the identifier cut at each octet */
	o = joined(RSA_SHA256, sha256);
	for (size_t n = 0; n < 16; n++)
		assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, span_of(o.p, n), text),
			   ERR_TRUNCATED);
	o.p[0] = 0;
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_VALUE);
	o.p[0] = 14;
	assert_err(signature_verify(k.key, AUTH_DIGITAL_SIGNATURE, octets_span(&o), text),
		   ERR_VALUE);
	drop_key(&k);
}

/* RFC 4754 section 7: r and s of a DER signature, padded by hand. */
static struct octets raw_of(struct octets der, size_t half)
{
	struct octets o = { .n = 2 * half };
	size_t at = der.p[1] & 0x80 ? 3 : 2;

	for (unsigned i = 0; i < 2; i++) {
		size_t n = der.p[at + 1];
		const uint8_t *value = &der.p[at + 2];

		assert_int_equal(der.p[at], 2);
		at += 2 + n;
		for (; n > half; n--, value++)
			assert_int_equal(*value, 0);
		memcpy(&o.p[(i + 1) * half - n], value, n);
	}
	return o;
}

static void ecdsa(void **state)
{
	static const struct {
		const char *curve, *digest, *identifier;
		uint8_t method;
		size_t half;
	} all[] = {
		{ "P-256", "sha256", ECDSA_SHA256, AUTH_ECDSA_SHA256_P256, 32 },
		{ "P-384", "sha384", ECDSA_SHA384, AUTH_ECDSA_SHA384_P384, 48 },
		{ "P-521", "sha512", ECDSA_SHA512, AUTH_ECDSA_SHA512_P521, 66 },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char arguments[80];
		struct made_key k;
		struct octets der;

		snprintf(arguments, sizeof(arguments),
			 "-algorithm EC -pkeyopt ec_paramgen_curve:%s", all[i].curve);
		k = new_key(arguments);
		der = openssl(text, "dgst -%s -sign %s", all[i].digest, k.path);
		is_right(&k, all[i].method, raw_of(der, all[i].half));
		is_right(&k, AUTH_DIGITAL_SIGNATURE, joined(all[i].identifier, der));
		/* a classic method belongs to one curve */
		der = raw_of(der, all[i].half);
		assert_err(
		    signature_verify(k.key, all[(i + 1) % 3].method, octets_span(&der), text),
		    ERR_UNSUPPORTED);
		drop_key(&k);
	}
}

static void eddsa(void **state)
{
	static const char *const names[] = { "ED25519", "ED448" }, *const ids[] = { ED25519,
										    ED448 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char arguments[40], path[40];
		struct made_key k;
		struct octets o;

		snprintf(arguments, sizeof(arguments), "-algorithm %s", names[i]);
		k = new_key(arguments);
		write_temporary(text, path);
		o = joined(ids[i], openssl(SPAN_NONE, "pkeyutl -sign -rawin -inkey %s -in %s",
					   k.path, path));
		unlink(path);
		is_right(&k, AUTH_DIGITAL_SIGNATURE, o);
		drop_key(&k);
	}
}

/* Made here: method, identifier, and does the openssl program verify it? */
static void made(const struct made_key *k, struct signature_wish wish, uint8_t method,
		 const char *identifier, const char *how)
{
	struct octets expected = octets_from_hex(identifier);
	uint8_t out[1024], is;
	struct wcursor c = wcursor_init(out, sizeof(out));
	char signature[40], file[40];
	struct octets said;

	assert_ok(signature_make(k->key, &wish, text, &c, &is));
	assert_int_equal(is, method);
	assert_true(wcursor_size(&c) > expected.n);
	assert_octets(span_of(out, expected.n), octets_span(&expected));
	write_temporary(wcursor_written(&c, expected.n), signature);
	write_temporary(text, file);
	if (strstr(how, "pkeyutl"))
		said = openssl(SPAN_NONE, "%s -inkey %s -sigfile %s -in %s", how, k->path,
			       signature, file);
	else
		said = openssl(text, "%s -prverify %s -signature %s", how, k->path, signature);
	said.p[said.n] = 0;
	assert_non_null(strstr((char *)said.p, "Verif"));
	unlink(signature);
	unlink(file);
}

static void made_here(void **state)
{
	const uint8_t all = SIGNATURE_HASHES_KNOWN;
	struct made_key k = new_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");

	(void)state;
	made(&k, (struct signature_wish){ all, true }, 14, RSA_SHA256, "dgst -sha256");
	made(&k, (struct signature_wish){ all, false }, 14, PSS_SHA256,
	     "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32");
	made(&k, (struct signature_wish){ 1 << SIGNATURE_HASH_SHA2_384, true }, 14, RSA_SHA384,
	     "dgst -sha384");
	made(&k, (struct signature_wish){ 0, false }, 1, "", "dgst -sha1");
	/* SHA-1 alone is as good as nothing */
	made(&k, (struct signature_wish){ 1 << SIGNATURE_HASH_SHA1, false }, 1, "", "dgst -sha1");
	drop_key(&k);
	k = new_key("-algorithm EC -pkeyopt ec_paramgen_curve:P-384");
	made(&k, (struct signature_wish){ all, false }, 14, ECDSA_SHA384, "dgst -sha384");
	made(&k, (struct signature_wish){ 1 << SIGNATURE_HASH_SHA2_256, false }, 14, ECDSA_SHA256,
	     "dgst -sha256");
	drop_key(&k);
	k = new_key("-algorithm ED25519");
	made(&k, (struct signature_wish){ all, false }, 14, ED25519, "pkeyutl -verify -rawin");
	drop_key(&k);
}

static void classic_ecdsa_made_here(void **state)
{
	struct made_key k = new_key("-algorithm EC -pkeyopt ec_paramgen_curve:P-521");
	struct signature_wish wish = { 0, false };
	uint8_t out[1024], method;
	struct wcursor c = wcursor_init(out, sizeof(out));

	(void)state;
	assert_ok(signature_make(k.key, &wish, text, &c, &method));
	assert_int_equal(method, 11);
	assert_int_equal(wcursor_size(&c), 132);
	assert_ok(signature_verify(k.key, method, wcursor_written(&c, 0), text));
	drop_key(&k);
	k = new_key("-algorithm ED25519");
	c = wcursor_init(out, sizeof(out));
	assert_err(signature_make(k.key, &wish, text, &c, &method), ERR_UNSUPPORTED);
	drop_key(&k);
	k = new_key("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1");
	assert_err(signature_make(k.key, &wish, text, &c, &method), ERR_UNSUPPORTED);
	drop_key(&k);
}

static void hashes(void **state)
{
	static const uint8_t data[] = { 0, 1, 0, 2, 0, 5, 1, 3, 0, 9, 0 };
	uint8_t out[16];
	struct wcursor c = wcursor_init(out, sizeof(out));

	(void)state;
	assert_int_equal(signature_hashes_parse(SPAN_OF(data)), 1 << 1 | 1 << 2 | 1 << 5);
	assert_int_equal(signature_hashes_parse(SPAN_NONE), 0);
	signature_hashes_write(&c, SIGNATURE_HASHES_KNOWN);
	assert_hex(wcursor_written(&c, 0), "0002 0003 0004 0005");
}

static void words(void **state)
{
	struct octets ec = octets_from_hex(ECDSA_SHA256), none = octets_from_hex("02 0500");
	char out[SIGNATURE_TEXT_MAX];

	(void)state;
	assert_string_equal(signature_text(1, SPAN_NONE, out), "RSA signature");
	assert_string_equal(signature_text(14, octets_span(&ec), out),
			    "digital signature with ecdsa-with-SHA256");
	assert_string_equal(signature_text(14, octets_span(&none), out), "digital signature");
	assert_string_equal(signature_text(99, SPAN_NONE, out), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa),       cmocka_unit_test(rsa_that_is_refused),
		cmocka_unit_test(ecdsa),     cmocka_unit_test(eddsa),
		cmocka_unit_test(made_here), cmocka_unit_test(classic_ecdsa_made_here),
		cmocka_unit_test(hashes),    cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
