/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mutated ciphertext never reaches: inputs hold the plaintext, and here it is encrypted and
 * sealed with keys that the plugin is given. The derivation is the plugin's own, so nothing here
 * proves it right (tests/dissect/decrypt_check does); it only gets mutations past the ICV.
 */
#ifndef IKESYNC_TESTS_DISSECT_FUZZ_SECURE_H
#define IKESYNC_TESTS_DISSECT_FUZZ_SECURE_H

#include "fuzz_epan.h"

/* Marks in messages: these seven octets and one more become an SPI.
 * '0' to '8': gateway's SPI of an old SA whose SK_d the key file has, one for each suite;
 * 's' of one that only stubs tell of, 'k' of one that nothing tells of but what the input brings;
 * 'o': the other SPI of them all; 'a' to 'd' and 'A' to 'D': SPIr and SPIi of four new SAs. */
#define FUZZ_SPI_MARK "spiFUZZ"
#define FUZZ_OLD_SAS 11

/* Octets 0xb1 behind c15d, as many as the prf has: become the right IKESYNC_BIND. */
#define FUZZ_BIND 0xb1

/* Pairs of octets in front of IKE messages, see fuzz_protect(). */
#define FUZZ_PARAMETERS 2

/* The lines for the key file, allocated. */
char *fuzz_secure_keys(void);

/* SK_d of the old SA 'k' and that of stubs, 's', as hex. */
char *fuzz_secure_sk_d(char which);

/* Forget the messages of the input before. */
void fuzz_secure_start(void);

/* Put SPIs in place of marks. */
void fuzz_marks(uint8_t *p, size_t n);

/*
 * An IKE message: what N(IKESYNC_STUB) holds behind its clear 45 octets is sealed. Those of
 * IKE_SA_INIT are remembered; of others what follows the header of SK (or SKF and its four octets)
 * is encrypted in place with the keys of their SA, if it is one of the four. The first parameter is
 * a wrong derivation (0: none), so is the low half of the second; its 0x80: no padding is added,
 * the last octet counts it; 0x40: the ICV is altered; 0x20: nothing is done. Returns the new
 * length.
 */
size_t fuzz_protect(const uint8_t parameters[FUZZ_PARAMETERS], uint8_t *message, size_t n,
		    size_t size);

/* A stub message: payload 208 within 201 holds its clear 45 octets and the plaintext. Key IDs: 1 is
 * known, of 2 there are two keys, others are not known. Returns the new length. */
size_t fuzz_seal(const uint8_t *message, size_t n, uint8_t *out, size_t size);

#endif
