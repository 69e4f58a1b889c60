/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an X.509 certificate says: whom it names, its key, until when. */
#ifndef IKESYNC_KEYS_CERTIFICATE_H
#define IKESYNC_KEYS_CERTIFICATE_H

#include <openssl/types.h>

#include "wire/ike_id.h"

/*
 * Does it name this identity (RFC 4945 section 3.1)? ID_DER_ASN1_DN: its subject. ID_FQDN, ID_RFC822_ADDR, ID_IPV4_ADDR and
 * ID_IPV6_ADDR: a subjectAltName of that kind, without wildcards, letters of domains in either case. Others: never.
 */
bool certificate_names(const X509 *x, const struct ike_id *id);
/* May its key sign (RFC 4945 section 5.1.3.2)? Without the extension every key may. */
bool certificate_may_sign(X509 *x);
/* The end of its validity, UTC seconds; 0: none can be read. */
uint64_t certificate_end(const X509 *x);
/* Exactly one certificate in DER; NULL: it is none. */
X509 *certificate_from_der(struct span der);
/* Its public key, borrowed; NULL: of no known kind. */
EVP_PKEY *certificate_key(const X509 *x);
void certificate_free(X509 *x);

#endif
