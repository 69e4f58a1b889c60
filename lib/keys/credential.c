/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Own certificates and key from PEM files. */
#include "keys/credential.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/certificate.h"
#include "keys/key_file.h"

/* RSA of 16,384 bits has a tenth of this. */
#define KEY_OCTETS_MAX 65536

struct credential {
	EVP_PKEY *key;
	X509 *own;
	size_t n;
	struct {
		unsigned char *der;
		size_t n;
	} at[CREDENTIAL_CHAIN_MAX];
};

static bool complain(char why[static CREDENTIAL_WHY_MAX], const char *file, const char *what)
{
	ERR_clear_error();
	snprintf(why, CREDENTIAL_WHY_MAX, "%s: %s", file, what);
	return false;
}

/* No prompt on the terminal for a key that has a passphrase: such a key is an error. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static bool load_key(struct credential *c, const char *file, char why[static CREDENTIAL_WHY_MAX])
{
	char text[KEY_FILE_WHY_MAX];
	struct key_file f;
	BIO *in;

	if (!key_file_read(file, KEY_OCTETS_MAX, &f, text)) {
		snprintf(why, CREDENTIAL_WHY_MAX, "%s", text);
		return false;
	}
	in = BIO_new_mem_buf(f.octets, (int)f.n);
	c->key = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
	BIO_free(in);
	key_file_clear(&f);
	return c->key || complain(why, file, "no private key in PEM without a passphrase");
}

static bool keep(struct credential *c, X509 *x)
{
	int n;

	/* Nobody needs a root that is sent: who trusts it has it. */
	if (c->n && (X509_get_extension_flags(x) & EXFLAG_SS))
		return true;
	if (c->n == CREDENTIAL_CHAIN_MAX)
		return false;
	n = i2d_X509(x, &c->at[c->n].der);
	if (n <= 0)
		return false;
	c->at[c->n++].n = (size_t)n;
	if (!c->own) {
		X509_up_ref(x);
		c->own = x;
	}
	return true;
}

static bool load_chain(struct credential *c, const char *file, char why[static CREDENTIAL_WHY_MAX])
{
	BIO *in = BIO_new_file(file, "r");
	bool ok = true;
	X509 *x;

	if (!in)
		return complain(why, file, "cannot be read");
	while (ok && (x = PEM_read_bio_X509(in, NULL, no_passphrase, NULL))) {
		ok = keep(c, x);
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	if (!ok)
		return complain(why, file, "a chain longer than can be sent");
	return c->own || complain(why, file, "no certificate in PEM");
}

struct credential *credential_load(const char *certificate, const char *key,
				   char why[static CREDENTIAL_WHY_MAX])
{
	struct credential *c = calloc(1, sizeof(*c));
	bool ok = c && load_chain(c, certificate, why) && load_key(c, key, why);

	if (ok && !X509_check_private_key(c->own, c->key))
		ok = complain(why, key, "not the key of the certificate");
	if (ok && !certificate_may_sign(c->own))
		ok = complain(why, certificate, "its key usage does not allow signatures");
	if (ok)
		return c;
	credential_free(c);
	return NULL;
}

void credential_free(struct credential *c)
{
	if (!c)
		return;
	EVP_PKEY_free(c->key);
	X509_free(c->own);
	for (size_t i = 0; i < c->n; i++)
		OPENSSL_free(c->at[i].der);
	free(c);
}

size_t credential_count(const struct credential *c)
{
	return c->n;
}

struct span credential_certificate(const struct credential *c, size_t i)
{
	return span_of(c->at[i].der, c->at[i].n);
}

EVP_PKEY *credential_key(const struct credential *c)
{
	return c->key;
}

bool credential_names(const struct credential *c, const struct ike_id *id)
{
	return certificate_names(c->own, id);
}
