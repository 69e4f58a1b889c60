/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and encryption of resumed IKE SAs, read anew from docs/wire-profile.md (rules 9, 12, 35) and
 * the RFCs that it names, with nothing but OpenSSL: neither lib/ nor dissector/ may have a part in
 * what tests them.
 */
#ifndef IKESYNC_TESTS_DISSECT_RESUMED_KEYS_H
#define IKESYNC_TESTS_DISSECT_RESUMED_KEYS_H

#include "octets.h"

/* IANA's transform IDs; `bits` and `integ` 0: none. The names are those of the key file. */
struct suite {
	unsigned prf, encr, bits, integ;
	const char *prf_name, *encr_name, *integ_name;
};

struct key {
	size_t n;
	uint8_t at[64];
};

struct seven {
	struct key d, ai, ar, ei, er, pi, pr;
};

/* What SK holds besides the plaintext. */
size_t suite_iv(const struct suite *s);
size_t suite_block(const struct suite *s);
size_t suite_icv(const struct suite *s);

/* The size of the prf's output. */
size_t suite_prf(const struct suite *s);

/* prf of RFC 7296 section 2.13, negotiated in `s`. */
struct key prf(const struct suite *s, const struct key *k, const struct octets *data);

/*
 * Rule 9: SKEYSEED = prf(SK_d, Ni | Nr), and prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) in seven pieces.
 */
void resumed_keys(const struct suite *s, const struct key *sk_d, const struct octets *ni,
		  const struct octets *nr, const struct octets *spii, const struct octets *spir,
		  struct seven *out);

/*
 * Append IV, ciphertext and ICV to `message`, which ends where the IV is to stand and has its final
 * Length already. `plain` is with its padding, whatever that may be.
 */
void sk_seal(const struct suite *s, const struct key *e, const struct key *a,
	     struct octets *message, const struct octets *iv, const struct octets *plain);

/* Body of payload 208: `head` (its 45 clear octets), ciphertext and tag, bound to `index` (rule
 * 35). */
struct octets *stub_seal(const struct octets *key, const struct octets *head,
			 const struct octets *index, const struct octets *plain);

/* Octets that look random and are the same in every run. */
struct octets *fill(const char *label, unsigned number, size_t n);

#endif
