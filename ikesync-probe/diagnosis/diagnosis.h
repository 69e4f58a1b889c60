/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a protected message does not verify: try the likely wrong derivations of a resumed IKE SA's
 * keys and name the one that fits. Pure computation; nothing is sent here (resume_diagnose() tries
 * the guesses on a silent gateway).
 */
#ifndef IKESYNC_PROBE_DIAGNOSIS_DIAGNOSIS_H
#define IKESYNC_PROBE_DIAGNOSIS_DIAGNOSIS_H

#include "keys/schedule.h"
#include "keys/sk.h"

#define DIAGNOSIS_TEXT_MAX 512

/* What went into the derivation. All spans are borrowed; the optional ones may be empty, the
 * guesses that need them are left out then. */
struct diagnosis {
	struct suite suite;   /* the stub's */
	struct ike_seed seed; /* of the resumption: Ni, Nr, the new SPIi and SPIr */
	struct span sk_d_old;
	uint64_t old_spi_i; /* 0: unknown */
	uint64_t old_spi_r;
	struct span g_ir;       /* of the old SA's key exchange; optional */
	struct span sk_d_older; /* of the SA before the old one, where the old one was resumed
				   itself; optional */
};

/* One guess: the keys that a peer with that mistake would have. */
struct diagnosis_guess {
	struct ike_keys keys; /* ike_keys_clear() after use */
	bool right;           /* the derivation of the draft itself */
	bool roles_swapped;   /* the peer protects with the initiator's keys what it sends as
				 responder */
	char text[DIAGNOSIS_TEXT_MAX]; /* "the old SA's SPIr stands in prf+ instead of SPIr_new" */
};

/* How many single guesses there are; guess 0 is the right derivation. */
unsigned diagnosis_count(void);
/* A short name for guess `i` ("label"), and its text; NULL: there are no more. */
const char *diagnosis_name(unsigned i, const char **text);
/* The guess of that name; -1: none. */
int diagnosis_named(const char *name);
/*
 * Derive guess `i`. ERR_NO_MATCH when it makes no sense for this suite or is the right derivation
 * once more, and the errors of prf() and prf_plus().
 */
IKESYNC_MUST_USE enum err diagnosis_derive(const struct diagnosis *d, unsigned i,
					   struct diagnosis_guess *out);

/*
 * Find what `message`, sent by `sender`, was protected with: every single guess, then every pair of
 * them. true when one verifies; `out` is then filled as by diagnosis_derive() (its text joins the
 * two of a pair with "and"). Single guesses that come to the same keys are named, too ("or when").
 */
bool diagnosis_find(const struct diagnosis *d, struct span message, enum sk_sender sender,
		    struct diagnosis_guess *out);

#endif
