/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The algorithms of an IKE SA by their IANA numbers, their sizes, and the names that Wireshark's
 * own ikev2_decryption_table has for them, so that one word means one thing in both tables.
 */
#ifndef IKESYNC_RESUME_SUITE_H
#define IKESYNC_RESUME_SUITE_H

#include "base/ws_compat.h"

struct resume_suite {
	uint16_t prf;
	uint16_t encr;
	uint16_t encr_bits; /* 0: the cipher has one key length */
	uint16_t integ;
};

/* What libgcrypt must know, and the lengths in octets. */
struct resume_sizes {
	int prf_md, integ_md; /* enum gcry_md_algos; 0: none */
	int cipher, mode;     /* enum gcry_cipher_algos, _modes; 0: ENCR_NULL */
	bool aead;
	unsigned prf;      /* output and preferred key alike */
	unsigned encr_key; /* with the salt of an AEAD */
	unsigned salt, iv, block, icv, integ_key;
};

/* False: an algorithm that is not known here. */
bool resume_suite_sizes(const struct resume_suite *suite, struct resume_sizes *out);

/* An ENCR and its key length as one number, as the tables below have it. */
#define RESUME_ENCR(encr, bits) ((uint32_t)(encr) << 16 | (bits))

extern const value_string resume_prf_names[], resume_encr_names[], resume_integ_names[];

/* The number of a name, with or without its " [RFC...]"; false: no such name. */
bool resume_suite_number(const value_string *names, const char *name, uint32_t *out);

/* "PRF_HMAC_SHA2_256, AES-CBC-128, HMAC_SHA2_256_128", in `scope`. */
char *resume_suite_text(wmem_allocator_t *scope, const struct resume_suite *suite);

#endif
