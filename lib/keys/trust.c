/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An X509_STORE with authorities and revocation lists, and the check of a chain. */
#include "keys/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/certificate.h"

/* A CERTREQ of IKE_SA_INIT is not protected and must fit; who trusts more sends the first ones. */
#define NAMES_MAX 20
/* RFC 8247 and OpenSSL's level 2: 112 bits, RSA of 2,048. */
#define SECURITY_LEVEL 2

struct trust {
	X509_STORE *store;
	bool revocations;
	size_t n_names;
	uint8_t names[NAMES_MAX][SHA_DIGEST_LENGTH];
};

static bool complain(char why[static TRUST_WHY_MAX], const char *file, const char *what)
{
	ERR_clear_error();
	snprintf(why, TRUST_WHY_MAX, "%s: %s", file, what);
	return false;
}

struct trust *trust_new(void)
{
	struct trust *t = calloc(1, sizeof(*t));

	if (t)
		t->store = X509_STORE_new();
	if (t && t->store)
		return t;
	free(t);
	return NULL;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

/* The first certificates, in CERTREQ. */
static void add_name(struct trust *t, const X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (n > 0 && t->n_names < NAMES_MAX)
		SHA1(der, (size_t)n, t->names[t->n_names++]);
	OPENSSL_free(der);
}

static bool add_authority(struct trust *t, const char *file, X509 *x,
			  char why[static TRUST_WHY_MAX])
{
	if (!X509_check_ca(x))
		return complain(why, file, "a certificate in it is not of an authority");
	if (!X509_STORE_add_cert(t->store, x))
		return complain(why, file, "a certificate in it cannot be used");
	add_name(t, x);
	return true;
}

bool trust_add_authorities(struct trust *t, const char *file, char why[static TRUST_WHY_MAX])
{
	BIO *in = BIO_new_file(file, "r");
	bool ok = true;
	unsigned n = 0;
	X509 *x;

	if (!in)
		return complain(why, file, "cannot be read");
	while (ok && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		ok = add_authority(t, file, x, why);
		X509_free(x);
		n++;
	}
	BIO_free(in);
	ERR_clear_error();
	if (ok && n == 0)
		return complain(why, file, "no certificate in PEM");
	return ok;
}

static unsigned add_lists(struct trust *t, BIO *in)
{
	unsigned n = 0;
	X509_CRL *crl;

	while ((crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL))) {
		n += X509_STORE_add_crl(t->store, crl) == 1;
		X509_CRL_free(crl);
	}
	if (n == 0 && BIO_reset(in) == 0 && (crl = d2i_X509_CRL_bio(in, NULL))) {
		n += X509_STORE_add_crl(t->store, crl) == 1;
		X509_CRL_free(crl);
	}
	return n;
}

bool trust_add_revocations(struct trust *t, const char *file, char why[static TRUST_WHY_MAX])
{
	BIO *in = BIO_new_file(file, "rb");
	unsigned n;

	if (!in)
		return complain(why, file, "cannot be read");
	n = add_lists(t, in);
	BIO_free(in);
	ERR_clear_error();
	if (n == 0)
		return complain(why, file, "no revocation list");
	t->revocations = true;
	return true;
}

struct span trust_names(const struct trust *t)
{
	return span_of(t->names, t->n_names * SHA_DIGEST_LENGTH);
}

/* All of them parsed; NULL when one is broken. */
static STACK_OF(X509) * parse(const struct span *certificates, size_t n)
{
	STACK_OF(X509) *all = sk_X509_new_null();

	for (size_t i = 0; all && i < n; i++) {
		X509 *x = certificate_from_der(certificates[i]);

		if (x && sk_X509_push(all, x))
			continue;
		X509_free(x);
		sk_X509_pop_free(all, X509_free);
		all = NULL;
	}
	return all;
}

static bool holds(const struct trust *t, X509 *own, STACK_OF(X509) * others, uint64_t utc,
		  char why[static TRUST_WHY_MAX])
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *p;
	bool ok;

	if (!ctx || !X509_STORE_CTX_init(ctx, t->store, own, others)) {
		X509_STORE_CTX_free(ctx);
		snprintf(why, TRUST_WHY_MAX, "the chain cannot be checked");
		return false;
	}
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)utc);
	X509_VERIFY_PARAM_set_depth(p, TRUST_CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(p, SECURITY_LEVEL);
	if (t->revocations)
		X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	ok = X509_verify_cert(ctx) == 1;
	if (!ok)
		snprintf(why, TRUST_WHY_MAX, "%s",
			 X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	return ok;
}

X509 *trust_verify(const struct trust *t, const struct span *certificates, size_t n, uint64_t utc,
		   char why[static TRUST_WHY_MAX])
{
	STACK_OF(X509) *all = NULL;
	X509 *own = NULL;

	if (n == 0)
		snprintf(why, TRUST_WHY_MAX, "no certificate");
	else if (n > TRUST_CHAIN_MAX)
		snprintf(why, TRUST_WHY_MAX, "more than %u certificates", TRUST_CHAIN_MAX);
	else if (!(all = parse(certificates, n)))
		snprintf(why, TRUST_WHY_MAX, "a broken certificate");
	else if (holds(t, sk_X509_value(all, 0), all, utc, why))
		own = sk_X509_shift(all);
	sk_X509_pop_free(all, X509_free);
	ERR_clear_error();
	if (own && !certificate_may_sign(own)) {
		snprintf(why, TRUST_WHY_MAX, "its key usage does not allow signatures");
		X509_free(own);
		own = NULL;
	}
	return own;
}
