/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IKE SA that never was: its stub is made by the probe, as a gateway of the pool would. */
#ifndef IKESYNC_PROBE_CLIENT_MADE_SA_H
#define IKESYNC_PROBE_CLIENT_MADE_SA_H

#include "client/old_sa.h"
#include "wire/stub.h"

struct made_sa {
	const struct index *index; /* NULL: a fresh one at [bank] owns */
	uint32_t lifetime;         /* 205, in seconds; 0: 600 */
	uint32_t expires_in;       /* attribute 7 and the seal, in seconds from now; 0: as 205 */
	/* changes what the stub says before it is sealed; NULL: nothing */
	void (*change)(struct stub *s, void *user);
	void *user;
};

/*
 * Put a sealed stub of the target file's client and first suite into the bank, under the probe's own
 * address, and keep what its client would have. Needs [bank] seal-keys. NULL: the case has been
 * stated inconclusive. old_sa_free() deletes it at the bank unless it was resumed.
 */
struct old_sa *made_sa_new(struct probe *p, struct evidence *e, const struct made_sa *how);
#endif
