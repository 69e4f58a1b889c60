/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a protected message of a resumed SA does not verify: the likely wrong derivations. */
#ifndef IKESYNC_RESUME_DIAGNOSIS_H
#define IKESYNC_RESUME_DIAGNOSIS_H

#include "crypto/sk_open.h"

struct resume_diagnosis {
	struct resume_seed seed;
	bool has_pair;
	uint8_t old_spii[8], old_spir[8];
	struct octets g_ir;       /* of the old SA; may be empty */
	struct octets older_sk_d; /* of the SA before the old one; may be empty */
	struct octets message;    /* as sk_open() wants it */
	unsigned body;
	uint8_t first; /* Next Payload of the Encrypted payload; 0: not to be looked at */
	bool from_initiator;
	struct octets request, response; /* that BIND is over */
};

#define RESUME_FITS_MAX 6

/* Which guesses fitted the messages of one side of an SA so far. */
struct resume_fits {
	unsigned n;
	bool bound; /* so did BIND */
	struct {
		int8_t i, j; /* resume_diagnosis.c */
	} at[RESUME_FITS_MAX];
};

/*
 * What of `known` fits this message, too; `known` keeps no other. Text in `scope`; NULL: nothing.
 */
char *resume_diagnose_known(const struct resume_diagnosis *d, struct resume_fits *known,
			    wmem_allocator_t *scope);

/* All that fits, of the guesses alone or else of every two together; likewise. */
char *resume_diagnose(const struct resume_diagnosis *d, struct resume_fits *known,
		      wmem_allocator_t *scope);

#endif
