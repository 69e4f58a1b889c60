/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stubs that the probe's bank serves, as another gateway of the pool would have made them, and those
 * that the gateway under test made, opened. */
#ifndef IKESYNC_PROBE_BANK_BANK_STUB_H
#define IKESYNC_PROBE_BANK_BANK_STUB_H

#include "keys/suite.h"
#include "run/probe.h"
#include "wire/stub.h"

#define BANK_STUB_LIFETIME 3600

/*
 * A stub of the target file's client with fresh keys. Change what is to be wrong, then
 * bank_stub_container(). `stub` has spans into this structure: it must not move.
 */
struct bank_stub {
	struct index index;
	struct stub stub;
	uint8_t sk_d[128];
	uint32_t lifetime; /* of payload 205 */
	/* how it is sealed; what bank_stub_fill() sets is right */
	bool clear;      /* not at all */
	uint32_t key_id; /* of the seal; one that the pool has not got goes with its first key */
	struct index sealed_for;   /* the associated data's index */
	struct index in_container; /* payload 200 */
	uint64_t clear_expiry;     /* before the ciphertext */
	uint8_t without;           /* payload type to be left out of the chain; 0: none */
	uint8_t twice;             /* payload type to stand there twice; 0: none */
	bool two_encryptions;      /* a second ENCR transform in the proposal */
	bool flip_tag;
};

void bank_stub_fill(struct bank_stub *s, struct probe *p, const struct suite *suite);
/* The body of payload 201; to be unreferenced. NULL: no seal keys. */
GBytes *bank_stub_container(struct probe *p, const struct bank_stub *s);

/* A container that the gateway sent, opened. */
struct bank_stub_read {
	enum err err;      /* of the first step that failed */
	const char *field; /* what it failed at; NULL: nothing to say. Static */
	bool sealed;
	struct stub_container container; /* borrows from the octets given */
	struct stub stub;                /* borrows from `plain` */
	uint8_t *plain;
	size_t plain_n;
};
/* true: opened and read. Clear with bank_stub_read_clear() in any case. */
bool bank_stub_open(struct probe *p, GBytes *container, struct bank_stub_read *out);
void bank_stub_read_clear(struct bank_stub_read *r);

/* The keys that seal the pool's stubs; NULL: the target file gives none. */
const struct seal_keys *bank_stub_keys(struct probe *p);

#endif
