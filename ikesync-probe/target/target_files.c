/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a target file names, tried before the run. */
#include "target/target_files.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "keys/seal_keys.h"
#include "net/channel.h"
#include "net/channel_tls.h"
#include "tool/config.h"

static bool check_tls(const struct target *t, const char *key, const char *certificate,
		      const char *private_key, GError **error)
{
	struct channel_tls_files files = { .certificate = certificate,
					   .key = private_key,
					   .ca = t->bank.ca };
	struct channel_tls *tls;
	GError *why = NULL;

	if (!certificate || !private_key)
		return true;
	tls = channel_tls_new(&files, false, &why);
	if (tls) {
		channel_tls_unref(tls);
		return true;
	}
	config_complain(t->config, "bank", key, error, "%s", why->message);
	g_error_free(why);
	return false;
}

static bool check_seal_keys(const struct target *t, GError **error)
{
	char why[KEY_FILE_WHY_MAX];
	struct seal_keys keys;

	if (!t->bank.seal_keys)
		return true;
	if (!seal_keys_load(t->bank.seal_keys, &keys, why)) {
		config_complain(t->config, "bank", "seal-keys", error, "%s", why);
		return false;
	}
	seal_keys_clear(&keys);
	return true;
}

static X509 *first_certificate(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *x;

	if (!f)
		return NULL;
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	return x;
}

/* A bank would refuse every init: the certificate must name the address (rule 34). */
static bool check_owns(const struct target *t, const char *key, const char *certificate,
		       const struct address *owns, GError **error)
{
	char text[ADDRESS_TEXT_MAX];
	X509 *x;
	bool named;

	if (!certificate || !owns->family)
		return true;
	x = first_certificate(certificate);
	named = x && X509_check_ip(x, owns->octets, address_size(owns), 0) == 1;
	X509_free(x);
	if (!named)
		config_complain(t->config, "bank", key, error,
				"%s is no iPAddress of the certificate %s",
				address_text(owns, text), certificate);
	return named;
}

bool target_files_check(const struct target *t, GError **error)
{
	const struct target_bank *b = &t->bank;

	return check_tls(t, "certificate", b->certificate, b->key, error) &&
	       check_tls(t, "second-certificate", b->second_certificate, b->second_key, error) &&
	       check_tls(t, "foreign-certificate", b->foreign_certificate, b->foreign_key, error) &&
	       check_owns(t, "owns", b->certificate, &b->owns, error) &&
	       check_owns(t, "second-owns", b->second_certificate, &b->second_owns, error) &&
	       check_tls(t, "other-pool-certificate", b->other_pool_certificate, b->other_pool_key,
			 error) &&
	       check_tls(t, "prefetch-certificate", b->prefetch_certificate, b->prefetch_key,
			 error) &&
	       check_tls(t, "no-pool-certificate", b->no_pool_certificate, b->no_pool_key, error) &&
	       check_tls(t, "two-pools-certificate", b->two_pools_certificate, b->two_pools_key,
			 error) &&
	       check_seal_keys(t, error);
}
