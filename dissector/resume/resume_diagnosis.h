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
};

/* What fits, each guess alone and then every two together, in `scope`; NULL: none does. */
char *resume_diagnose(const struct resume_diagnosis *d, wmem_allocator_t *scope);

#endif
