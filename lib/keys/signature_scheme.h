/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which signature is it: key, hash, padding. From and to what stands in AUTH. */
#ifndef IKESYNC_KEYS_SIGNATURE_SCHEME_H
#define IKESYNC_KEYS_SIGNATURE_SCHEME_H

#include <openssl/types.h>

#include "wire/iana.h"
#include "wire/cursor.h"

struct signature_scheme {
	int key;          /* NID: rsaEncryption, X9_62_id_ecPublicKey, ED25519, ED448 */
	const EVP_MD *md; /* NULL: the algorithm's own, or (classic RSA) any of the four */
	int curve;        /* NID of the only one that goes with it; 0: any */
	bool pss;
	int salt; /* of PSS, octets */
};

/*
 * The scheme of a method and its data, and where in the data the signature lies. ERR_UNSUPPORTED; ERR_TRUNCATED, ERR_VALUE: no
 * algorithm identifier.
 */
IKESYNC_MUST_USE enum err signature_scheme_read(uint8_t method, struct span data,
						struct signature_scheme *out,
						struct span *signature);
/* The ASN.1 name of the algorithm that RFC 7427's data names; NULL: none can be read. Static. */
const char *signature_scheme_name(struct span data);

/* One that we make: with the octets of its algorithm identifier, as RFC 7427 appendix A writes them. */
struct signature_offer {
	struct signature_scheme scheme;
	uint8_t hash; /* enum iana_signature_hash */
	struct span identifier;
};
/* RFC 7427: for a key of that NID; `hashes` as in signature.h. ERR_UNSUPPORTED: none in common. */
IKESYNC_MUST_USE enum err signature_scheme_choose(int key, int curve, uint8_t hashes, bool pkcs1,
						  struct signature_offer *out);
/* Of a classic method 1 or 9 to 11. ERR_UNSUPPORTED. */
IKESYNC_MUST_USE enum err signature_scheme_classic(uint8_t method, struct signature_scheme *out);

#endif
