/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a target file names, tried before the run. */
#include "target/target_files.h"

#include "keys/seal.h"
#include "net/channel.h"
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
	struct seal_keys keys = { 0 };
	unsigned line = 0;
	char *text;
	size_t n;
	bool ok;

	if (!t->bank.seal_keys || !g_file_get_contents(t->bank.seal_keys, &text, &n, NULL))
		return true;
	ok = seal_keys_parse(span_of(text, n), &keys, &line) == ERR_OK;
	seal_keys_clear(&keys);
	secret_wipe(text, n);
	g_free(text);
	if (!ok)
		config_complain(t->config, "bank", "seal-keys", error,
				"%s:%u: a line is a key ID of 8 and a key of 64 hexadecimal digits",
				t->bank.seal_keys, line);
	return ok;
}

bool target_files_check(const struct target *t, GError **error)
{
	const struct target_bank *b = &t->bank;

	return check_tls(t, "certificate", b->certificate, b->key, error) &&
	       check_tls(t, "second-certificate", b->second_certificate, b->second_key, error) &&
	       check_tls(t, "foreign-certificate", b->foreign_certificate, b->foreign_key, error) &&
	       check_seal_keys(t, error);
}
