/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA with a new key exchange (RFC 7296 sections 1.3.2 and 2.18). */
#ifndef IKESYNC_PROBE_CLIENT_REKEY_H
#define IKESYNC_PROBE_CLIENT_REKEY_H

#include "client/protected.h"
#include "ike/ike_rekey.h"

/*
 * Rekey, delete the SA before, and go on as the new one: SPIs, keys, message IDs from 0, c->sa.index
 * when the answer told one (c->sa.has_index says). false: c->why, and the SA before stays.
 */
bool rekey_ike(struct client *c);

/* The same in two halves, for a rekey that is sent by other means, as message ID 1 (rule 46). */
struct rekey_half {
	struct ike_rekey k;
};
/* Add SA, Ni, KE to `in`. false: c->why. */
bool rekey_begin(struct client *c, struct inner *in, struct rekey_half *h);
/* Take the answer: the SA before is deleted, and `c` goes on as the new one. false: c->why. */
bool rekey_end(struct client *c, const struct protected_answer *a, struct rekey_half *h);

#endif
