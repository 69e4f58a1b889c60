/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One's own certificate, its chain, and the private key. */
#ifndef IKESYNC_KEYS_CREDENTIAL_H
#define IKESYNC_KEYS_CREDENTIAL_H

#include <openssl/types.h>

#include "wire/err.h"
#include "wire/ike_id.h"

#define CREDENTIAL_WHY_MAX 640
#define CREDENTIAL_CHAIN_MAX 8

struct credential;

/*
 * PEM files: own certificate first, then its authorities; a key that fits and keeps the rule of keys/key_file.h. NULL: `why` says
 * what is wrong.
 */
struct credential *credential_load(const char *certificate, const char *key,
				   char why[static CREDENTIAL_WHY_MAX]);
void credential_free(struct credential *c);

/* The chain as it is sent, own certificate first, self-signed ones left out; DER that lives as long as `c`. */
size_t credential_count(const struct credential *c);
struct span credential_certificate(const struct credential *c, size_t i);
/* Borrowed. */
EVP_PKEY *credential_key(const struct credential *c);
/* Does the certificate name that identity? See certificate_names(). */
bool credential_names(const struct credential *c, const struct ike_id *id);

#endif
