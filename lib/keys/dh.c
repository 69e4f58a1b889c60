/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diffie-Hellman over MODP, ECP and X25519. */
#include "keys/dh.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "wire/iana.h"

enum kind { KIND_MODP, KIND_ECP, KIND_X25519 };

struct group {
	uint16_t id;
	enum kind kind;
	const char *name; /* OpenSSL's */
	int nid;
	uint16_t public_size;
	/* MODP: bits of a private key, the upper estimate of RFC 3526 section 8; else octets of a
	 * scalar */
	uint16_t private_size;
	uint16_t cost; /* of one operation: microseconds on a machine of 2023 */
};

static const struct group groups[] = {
	{ DH_MODP2048, KIND_MODP, "modp_2048", 0, 256, 320, 400 },
	{ DH_MODP3072, KIND_MODP, "modp_3072", 0, 384, 420, 1000 },
	{ DH_MODP4096, KIND_MODP, "modp_4096", 0, 512, 480, 2000 },
	{ DH_ECP256, KIND_ECP, "P-256", NID_X9_62_prime256v1, 64, 32, 60 },
	{ DH_ECP384, KIND_ECP, "P-384", NID_secp384r1, 96, 48, 800 },
	{ DH_ECP521, KIND_ECP, "P-521", NID_secp521r1, 132, 66, 400 },
	{ DH_X25519, KIND_X25519, "X25519", 0, 32, 32, 50 },
};

struct dh {
	const struct group *group;
	EVP_PKEY *key;
};

static const struct group *find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

static const char *algorithm(const struct group *g)
{
	return g->kind == KIND_MODP ? "DH" : g->kind == KIND_ECP ? "EC" : "X25519";
}

size_t dh_public_size(uint16_t group)
{
	const struct group *g = find(group);

	return g ? g->public_size : 0;
}

unsigned dh_cost(uint16_t group)
{
	const struct group *g = find(group);

	return g ? g->cost : 0;
}

static struct dh *wrap(const struct group *g, EVP_PKEY *key)
{
	struct dh *dh = key ? calloc(1, sizeof(*dh)) : NULL;

	if (!dh) {
		EVP_PKEY_free(key);
		return NULL;
	}
	*dh = (struct dh){ g, key };
	return dh;
}

static EVP_PKEY *generate(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm(g), NULL);
	EVP_PKEY *key = NULL;
	char name[16];
	int bits = g->private_size;
	OSSL_PARAM params[3];
	unsigned n = 0;

	if (g->kind != KIND_X25519) {
		snprintf(name, sizeof(name), "%s", g->name);
		params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	}
	if (g->kind == KIND_MODP)
		params[n++] = OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits);
	params[n] = OSSL_PARAM_construct_end();
	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_CTX_set_params(ctx, params) <= 0 ||
	    EVP_PKEY_generate(ctx, &key) <= 0) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	return key;
}

struct dh *dh_new(uint16_t group)
{
	const struct group *g = find(group);

	return g ? wrap(g, generate(g)) : NULL;
}

/* Build a MODP or ECP key from a public value and, where it is given, a private one. */
static EVP_PKEY *from_data(const struct group *g, struct span public, const BIGNUM *private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm(g), NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	uint8_t point[1 + DH_PUBLIC_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	BIGNUM *y = NULL;
	bool ok = ctx && bld &&
		  OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0);

	memcpy(&point[1], public.p, public.n);
	if (ok && g->kind == KIND_MODP) {
		y = BN_bin2bn(public.p, (int)public.n, NULL);
		ok = y && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y);
	} else if (ok) {
		ok = OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
						      1 + public.n);
	}
	if (ok && private)
		ok = OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, private);
	params = ok ? OSSL_PARAM_BLD_to_param(bld) : NULL;
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) <= 0) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(y);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* KE data (x | y) of private * generator. */
static bool ecp_public(const struct group *g, const BIGNUM *private, uint8_t *out)
{
	EC_GROUP *curve = EC_GROUP_new_by_curve_name(g->nid);
	EC_POINT *point = curve ? EC_POINT_new(curve) : NULL;
	BIGNUM *x = BN_new(), *y = BN_new();
	int half = g->public_size / 2;
	bool ok = point && x && y && EC_POINT_mul(curve, point, private, NULL, NULL, NULL) &&
		  EC_POINT_get_affine_coordinates(curve, point, x, y, NULL) &&
		  BN_bn2binpad(x, out, half) == half && BN_bn2binpad(y, &out[half], half) == half;

	BN_free(x);
	BN_free(y);
	EC_POINT_free(point);
	EC_GROUP_free(curve);
	return ok;
}

static BIGNUM *modp_prime(const struct group *g)
{
	switch (g->id) {
	case DH_MODP2048:
		return BN_get_rfc3526_prime_2048(NULL);
	case DH_MODP3072:
		return BN_get_rfc3526_prime_3072(NULL);
	case DH_MODP4096:
		return BN_get_rfc3526_prime_4096(NULL);
	default:
		return NULL;
	}
}

/* 2 to the power of private. */
static bool modp_public(const struct group *g, const BIGNUM *private, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = modp_prime(g), *two = BN_new(), *y = BN_new();
	bool ok = ctx && p && two && y && BN_set_word(two, 2) &&
		  BN_mod_exp(y, two, private, p, ctx) &&
		  BN_bn2binpad(y, out, g->public_size) == g->public_size;

	BN_free(p);
	BN_free(two);
	BN_free(y);
	BN_CTX_free(ctx);
	return ok;
}

struct dh *dh_from_private(uint16_t group, struct span private)
{
	const struct group *g = find(group);
	uint8_t public[DH_PUBLIC_MAX];
	EVP_PKEY *key = NULL;
	BIGNUM *k;

	if (!g)
		return NULL;
	if (g->kind == KIND_X25519)
		return wrap(
		    g, EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private.p, private.n));
	k = BN_bin2bn(private.p, (int)private.n, NULL);
	if (k && (g->kind == KIND_ECP ? ecp_public(g, k, public) : modp_public(g, k, public)))
		key = from_data(g, span_of(public, g->public_size), k);
	BN_clear_free(k);
	return wrap(g, key);
}

enum err dh_public(const struct dh *dh, uint8_t *out)
{
	const struct group *g = dh->group;
	uint8_t point[1 + DH_PUBLIC_MAX];
	size_t n = g->public_size;
	BIGNUM *y = NULL;
	bool ok;

	switch (g->kind) {
	case KIND_X25519:
		return EVP_PKEY_get_raw_public_key(dh->key, out, &n) > 0 ? ERR_OK : ERR_CRYPTO;
	case KIND_ECP:
		/* RFC 5903 section 7: x and y, without the octet that says "uncompressed". */
		if (EVP_PKEY_get_octet_string_param(dh->key, OSSL_PKEY_PARAM_PUB_KEY, point,
						    sizeof(point), &n) <= 0 ||
		    n != 1 + (size_t)g->public_size || point[0] != POINT_CONVERSION_UNCOMPRESSED)
			return ERR_CRYPTO;
		memcpy(out, &point[1], g->public_size);
		return ERR_OK;
	case KIND_MODP:
		/* RFC 7296 section 3.4: padded to the size of the prime. */
		ok = EVP_PKEY_get_bn_param(dh->key, OSSL_PKEY_PARAM_PUB_KEY, &y) > 0 &&
		     BN_bn2binpad(y, out, g->public_size) == g->public_size;
		BN_free(y);
		return ok ? ERR_OK : ERR_CRYPTO;
	}
	return ERR_UNSUPPORTED;
}

/* RFC 6989 section 2.1: for primes of this form 1 < y < p - 1 is enough. */
static bool modp_public_valid(const struct group *g, struct span public)
{
	BIGNUM *y = BN_bin2bn(public.p, (int)public.n, NULL);
	BIGNUM *p = modp_prime(g);
	bool ok = y && p && BN_sub_word(p, 1) && BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;

	BN_free(y);
	BN_free(p);
	return ok;
}

static EVP_PKEY *peer_key(const struct group *g, struct span public)
{
	switch (g->kind) {
	case KIND_X25519:
		return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, public.p, public.n);
	case KIND_MODP:
		return modp_public_valid(g, public) ? from_data(g, public, NULL) : NULL;
	case KIND_ECP:
		/* Decoding refuses what is not on the curve; cofactor 1 needs no more (RFC
		 * 6989 2.3). */
		return from_data(g, public, NULL);
	}
	return NULL;
}

enum err dh_shared(const struct dh *dh, struct span peer, uint8_t *out, size_t *n)
{
	const struct group *g = dh->group;
	size_t size = g->kind == KIND_ECP ? g->public_size / 2u : g->public_size;
	EVP_PKEY *public;
	EVP_PKEY_CTX *ctx;
	enum err err = ERR_OK;
	uint8_t any = 0;

	*n = 0;
	if (peer.n != g->public_size)
		return ERR_LENGTH;
	public = peer_key(g, peer);
	if (!public)
		return ERR_VALUE;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	if (!ctx || EVP_PKEY_derive_init(ctx) <= 0 ||
	    (g->kind == KIND_MODP && EVP_PKEY_CTX_set_dh_pad(ctx, 1) <= 0) ||
	    EVP_PKEY_derive_set_peer_ex(ctx, public, 0) <= 0)
		err = ERR_CRYPTO;
	/* X25519 fails here for an all-zero result (RFC 8031 section 2); so does MODP for 0, 1,
	 * p-1. */
	else if (EVP_PKEY_derive(ctx, out, &size) <= 0)
		err = ERR_VALUE;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(public);
	if (err)
		return err;
	for (size_t i = 0; i < size; i++)
		any |= out[i];
	if (!any)
		return ERR_VALUE;
	*n = size;
	return ERR_OK;
}

void dh_free(struct dh *dh)
{
	if (!dh)
		return;
	EVP_PKEY_free(dh->key); /* wipes the private value */
	free(dh);
}
