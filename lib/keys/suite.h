/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cipher suites of an IKE SA: what is supported, key sizes, negotiation. */
#ifndef IKESYNC_KEYS_SUITE_H
#define IKESYNC_KEYS_SUITE_H

#include "wire/ike_sa.h"
#include "keys/suite_text.h"

struct suite {
	uint16_t encr;          /* enum iana_encr */
	uint16_t encr_key_bits; /* 0 for ChaCha20-Poly1305 */
	uint16_t prf;
	uint16_t integ; /* INTEG_NONE with an AEAD */
	uint16_t dh;    /* 0 = not part of it (a stub's suite may lack it) */
};

struct suite_sizes {     /* octets */
	uint8_t prf_key; /* preferred key length = output length of the prf */
	uint8_t integ_key;
	uint8_t encr_key; /* AEAD: with the salt (4) */
	uint8_t iv;       /* on the wire: 16 CBC, 8 AEAD */
	uint8_t block;    /* padding unit: 16 CBC, 1 AEAD */
	uint8_t icv;
	bool aead;
};

/* ERR_UNSUPPORTED when an algorithm or key length is not implemented or the set makes no sense. */
IKESYNC_MUST_USE enum err suite_sizes(const struct suite *s, struct suite_sizes *out);

/* Output length of a prf in octets; 0 = not implemented. SHA-1, SHA2-256, 384, 512. */
size_t suite_prf_size(uint16_t prf);
bool suite_dh_supported(uint16_t group);

/*
 * Choose for a responder: the first of `offer`'s proposals (IKE, initial exchange: SPI size 0; rekey: 8)
 * of which every transform type can be met by one of `policy` (in the policy's order of preference).
 * Proposals with unknown transform types are passed over (RFC 7296 section 3.3.6).
 * ERR_NO_MATCH. `number` is the proposal's number, for the answer.
 */
IKESYNC_MUST_USE enum err suite_choose(const struct ike_sa *offer, const struct suite *policy,
				       size_t n, struct suite *out, uint8_t *number);
/*
 * The same, but first among the suites of `policy` whose group is `group`, that of the KE payload: one that needs no second
 * KE payload is worth more than a better place in the list.
 */
IKESYNC_MUST_USE enum err suite_choose_for_group(const struct ike_sa *offer,
						 const struct suite *policy, size_t n,
						 uint16_t group, struct suite *out,
						 uint8_t *number);
/* Does `offer` contain the suite's ENCR with key length, PRF and INTEG? The D-H method is not compared (rule 10). */
bool suite_offered(const struct ike_sa *offer, const struct suite *s);
/* Append one IKE proposal with exactly this suite; `spi` empty or 8 octets. false when the table is full. */
bool suite_add_proposal(struct ike_sa *sa, const struct suite *s, struct span spi);

/* ESP suites of child SAs. */
struct suite_esp {
	uint16_t encr;
	uint16_t encr_key_bits;
	uint16_t integ;
	uint16_t dh; /* 0 = no PFS */
	bool esn;
};
/* `spi` receives the initiator's 4-octet SPI, host order. ERR_NO_MATCH. */
IKESYNC_MUST_USE enum err suite_esp_choose(const struct ike_sa *offer,
					   const struct suite_esp *policy, size_t n,
					   struct suite_esp *out, uint8_t *number, uint32_t *spi);
bool suite_esp_add_proposal(struct ike_sa *sa, const struct suite_esp *s, uint32_t spi);
/* Octets of KEYMAT for one direction: encryption key (with salt) and integrity key. */
IKESYNC_MUST_USE enum err suite_esp_keymat(const struct suite_esp *s, size_t *encr, size_t *integ);

#endif
