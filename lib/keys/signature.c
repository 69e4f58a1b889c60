/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making and verifying the signature of AUTH. */
#include "keys/signature.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>

#include "keys/signature_scheme.h"

#define RAW_MAX 132   /* RFC 4754: P-521, two numbers of 66 octets */
#define MADE_MAX 2048 /* RSA of 16,384 bits */

signature_hashes signature_hashes_parse(struct span data)
{
	struct rcursor c = rcursor_init(data, NULL);
	signature_hashes set = 0;

	while (rcursor_left(&c) >= 2) {
		uint16_t hash = rcursor_u16(&c, "hash");

		if (hash < 8)
			set |= (signature_hashes)(1 << hash);
	}
	return set;
}

void signature_hashes_write(struct wcursor *c, signature_hashes hashes)
{
	for (uint16_t hash = 1; hash < 8; hash++)
		if (hashes & 1 << hash)
			wcursor_u16(c, hash);
}

static int key_nid(EVP_PKEY *key)
{
	int nid = EVP_PKEY_get_base_id(key);

	return nid == EVP_PKEY_RSA_PSS ? NID_rsaEncryption : nid;
}

/* NID of an EC key's curve; 0 for other keys. */
static int key_curve(EVP_PKEY *key)
{
	char name[64];

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    !EVP_PKEY_get_group_name(key, name, sizeof(name), NULL))
		return 0;
	return OBJ_txt2nid(name);
}

static bool fits(EVP_PKEY *key, const struct signature_scheme *s)
{
	/* A key that is for PSS alone. */
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS && !s->pss)
		return false;
	return key_nid(key) == s->key && (!s->curve || s->curve == key_curve(key));
}

static bool set_padding(EVP_PKEY_CTX *ctx, const struct signature_scheme *s)
{
	if (s->key != NID_rsaEncryption)
		return true;
	if (!s->pss)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, s->salt) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, s->md) > 0;
}

static bool verify(EVP_PKEY *key, const struct signature_scheme *s, struct span signature,
		   struct span octets)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, &pctx, s->md, NULL, key) > 0 &&
		  set_padding(pctx, s) &&
		  EVP_DigestVerify(ctx, signature.p, signature.n, octets.p, octets.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

/* RFC 7296 section 3.8: SHA-1 by default, others if one knows that the peer has them. */
static bool verify_classic_rsa(EVP_PKEY *key, struct signature_scheme *s, struct span signature,
			       struct span octets)
{
	const EVP_MD *const mds[] = { EVP_sha256(), EVP_sha1(), EVP_sha384(), EVP_sha512() };

	for (unsigned i = 0; i < 4; i++) {
		s->md = mds[i];
		if (verify(key, s, signature, octets))
			return true;
	}
	return false;
}

/* RFC 4754 section 7: r and s, each as long as the field; OpenSSL wants them in DER. */
static int raw_to_der(EVP_PKEY *key, struct span raw, unsigned char **der)
{
	size_t half = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
	struct rcursor c = rcursor_init(raw, NULL);
	struct span r = rcursor_bytes(&c, half, "r"), s = rcursor_bytes(&c, half, "s");
	ECDSA_SIG *sig = rcursor_ok(&c) && rcursor_left(&c) == 0 ? ECDSA_SIG_new() : NULL;
	BIGNUM *br = sig ? BN_bin2bn(r.p, (int)r.n, NULL) : NULL;
	BIGNUM *bs = sig ? BN_bin2bn(s.p, (int)s.n, NULL) : NULL;
	int n = -1;

	if (br && bs && ECDSA_SIG_set0(sig, br, bs)) {
		n = i2d_ECDSA_SIG(sig, der);
	} else {
		BN_free(br);
		BN_free(bs);
	}
	ECDSA_SIG_free(sig);
	return n;
}

static bool verify_raw(EVP_PKEY *key, const struct signature_scheme *s, struct span signature,
		       struct span octets)
{
	unsigned char *der = NULL;
	int n = raw_to_der(key, signature, &der);
	bool ok = n > 0 && verify(key, s, span_of(der, (size_t)n), octets);

	OPENSSL_free(der);
	return ok;
}

enum err signature_verify(EVP_PKEY *key, uint8_t method, struct span data, struct span octets)
{
	struct signature_scheme s;
	struct span signature;
	enum err err = signature_scheme_read(method, data, &s, &signature);
	bool ok;

	if (err)
		return err;
	if (!fits(key, &s))
		return ERR_UNSUPPORTED;
	if (s.curve)
		ok = verify_raw(key, &s, signature, octets);
	else if (method == AUTH_RSA_SIGNATURE)
		ok = verify_classic_rsa(key, &s, signature, octets);
	else
		ok = verify(key, &s, signature, octets);
	return ok ? ERR_OK : ERR_AUTH;
}

static enum err sign(EVP_PKEY *key, const struct signature_scheme *s, struct span octets,
		     uint8_t out[static MADE_MAX], size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	*n = MADE_MAX;
	ok = ctx && EVP_DigestSignInit(ctx, &pctx, s->md, NULL, key) > 0 && set_padding(pctx, s) &&
	     EVP_DigestSign(ctx, out, n, octets.p, octets.n) > 0;
	EVP_MD_CTX_free(ctx);
	return ok ? ERR_OK : ERR_CRYPTO;
}

static enum err der_to_raw(EVP_PKEY *key, struct span der, struct wcursor *out)
{
	int half = (EVP_PKEY_get_bits(key) + 7) / 8;
	const unsigned char *p = der.p;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.n);
	uint8_t raw[RAW_MAX];
	bool ok = sig && 2 * half <= RAW_MAX &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half) == half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), &raw[half], half) == half;

	ECDSA_SIG_free(sig);
	if (!ok)
		return ERR_CRYPTO;
	wcursor_bytes(out, span_of(raw, 2 * (size_t)half));
	return out->err;
}

static enum err make_classic(EVP_PKEY *key, struct span octets, struct wcursor *out,
			     uint8_t *method)
{
	static const uint8_t methods[] = { AUTH_RSA_SIGNATURE, AUTH_ECDSA_SHA256_P256,
					   AUTH_ECDSA_SHA384_P384, AUTH_ECDSA_SHA512_P521 };
	uint8_t made[MADE_MAX];
	struct signature_scheme s;
	enum err err = ERR_UNSUPPORTED;
	size_t n;

	for (unsigned i = 0; err && i < sizeof(methods); i++) {
		*method = methods[i];
		err = signature_scheme_classic(methods[i], &s);
		if (!err && !fits(key, &s))
			err = ERR_UNSUPPORTED;
	}
	if (err)
		return err;
	if (!s.md)
		s.md = EVP_sha1();
	err = sign(key, &s, octets, made, &n);
	if (!err && s.curve)
		return der_to_raw(key, span_of(made, n), out);
	if (!err)
		wcursor_bytes(out, span_of(made, n));
	return err ? err : out->err;
}

enum err signature_make(EVP_PKEY *key, const struct signature_wish *wish, struct span octets,
			struct wcursor *out, uint8_t *method)
{
	uint8_t made[MADE_MAX];
	struct signature_offer offer;
	enum err err = signature_scheme_choose(
	    key_nid(key), key_curve(key), wish->hashes,
	    wish->pkcs1 && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA_PSS, &offer);
	size_t n;

	/* RFC 7427 section 3: who announced no hash we have gets what he would have got before it. */
	if (err)
		return make_classic(key, octets, out, method);
	*method = AUTH_DIGITAL_SIGNATURE;
	err = sign(key, &offer.scheme, octets, made, &n);
	if (err)
		return err;
	wcursor_u8(out, (uint8_t)offer.identifier.n);
	wcursor_bytes(out, offer.identifier);
	wcursor_bytes(out, span_of(made, n));
	return out->err;
}

const char *signature_text(uint8_t method, struct span data, char out[static SIGNATURE_TEXT_MAX])
{
	const char *name = method == AUTH_DIGITAL_SIGNATURE ? signature_scheme_name(data) : NULL;

	snprintf(out, SIGNATURE_TEXT_MAX, "%s%s%s", iana_auth_method_name(method),
		 name ? " with " : "", name ? name : "");
	return out;
}
