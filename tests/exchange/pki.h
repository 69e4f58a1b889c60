/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates for exchanges, made anew by the openssl program in a folder that goes with them. */
#ifndef IKESYNC_TESTS_PKI_H
#define IKESYNC_TESTS_PKI_H

#include "keys/credential.h"
#include "keys/trust.h"

/*
 * Below the authority "ca": the client's "rsa", "p256", "p384", "p521", "ed25519" and "sub-client" (below "sub"), all for
 * client.example, "other-name" for other.example, "short" (2 days, the others 20), "revoked" and "gone.crl" that says so; and the
 * gateways' "gw-rsa", "gw-p256", "gw-ed25519" for gw-a, gw-b and gw-c.example. "stranger" is below "foreign".
 */
void pki_make(void);
void pki_remove(void);
/* Path of a file; overwritten by the next call but three. */
const char *pki_file(const char *name, const char *suffix);
/* Fails the program when it cannot be loaded. */
struct credential *pki_credential(const char *name);
/* `crl` NULL: none. */
struct trust *pki_trust(const char *crl);
/* A file as it is; `out` takes `cap` octets. */
size_t pki_read(const char *name, const char *suffix, void *out, size_t cap);

#endif
