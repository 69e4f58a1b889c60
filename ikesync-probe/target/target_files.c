/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a target file names, tried before the run. */
#include "target/target_files.h"

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

bool target_files_check(const struct target *t, GError **error)
{
	const struct target_bank *b = &t->bank;

	return check_tls(t, "certificate", b->certificate, b->key, error) &&
	       check_tls(t, "second-certificate", b->second_certificate, b->second_key, error) &&
	       check_tls(t, "foreign-certificate", b->foreign_certificate, b->foreign_key, error) &&
	       check_seal_keys(t, error);
}
