/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose certificates are believed: authorities and revocation lists from files, chains checked against them. */
#ifndef IKESYNC_KEYS_TRUST_H
#define IKESYNC_KEYS_TRUST_H

#include <openssl/types.h>

#include "wire/err.h"
#include "wire/span.h"

#define TRUST_WHY_MAX 512
/* Longer chains are refused before anything is computed: the peer's own certificate and its authorities. */
#define TRUST_CHAIN_MAX 8

struct trust;

/* NULL: no memory. */
struct trust *trust_new(void);
void trust_free(struct trust *t);
/* PEM file with one or more authorities. false: `why` says what is wrong. */
bool trust_add_authorities(struct trust *t, const char *file, char why[static TRUST_WHY_MAX]);
/*
 * File with one or more revocation lists, PEM or one in DER. From then on every certificate of a chain needs a list of its
 * authority that is in force: no list, or an old one, and the chain is refused. false: `why` says what is wrong.
 */
bool trust_add_revocations(struct trust *t, const char *file, char why[static TRUST_WHY_MAX]);
/* CERTREQ data for X.509 (RFC 7296 section 3.7): SHA-1 of each authority's SubjectPublicKeyInfo. Lives as long as `t`. */
struct span trust_names(const struct trust *t);

/*
 * The peer's own certificate, certificates[0] in DER, when the others and our authorities make a chain to it that holds at `utc`
 * (seconds), with keys and hashes of 112 bits at least. Free with certificate_free(). NULL: `why` says what is wrong, in one line.
 */
X509 *trust_verify(const struct trust *t, const struct span *certificates, size_t n, uint64_t utc,
		   char why[static TRUST_WHY_MAX]);

#endif
