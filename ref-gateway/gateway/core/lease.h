/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inner address of an SA: taken, given back, and how many one identity may have (config.max_leases_per_identity). */
#ifndef IKESYNC_GATEWAY_LEASE_H
#define IKESYNC_GATEWAY_LEASE_H

#include <stdbool.h>
#include <stdint.h>

struct sa;

/* Has the identity of this SA less than it may have? */
bool lease_may_have(const struct sa *sa);
/* Take this address for an SA that has none. false: it is somebody's, or in no pool of ours. Host order. */
bool lease_this(struct sa *sa, uint32_t address);
/* The same for one that somebody else gives, in no pool of ours. */
bool lease_foreign(struct sa *sa, uint32_t address);
/* Any; false: there is none left. */
bool lease_any(struct sa *sa);
/* `new` has the address of `old` from now on; both are of one identity. */
void lease_hand_over(struct sa *old, struct sa *new);
/* Give it back; harmless without one. The identity must still be there. */
void lease_return(struct sa *sa);

#endif
