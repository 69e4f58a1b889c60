/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA with a new key exchange (RFC 7296 sections 1.3.2 and 2.18). */
#ifndef IKESYNC_PROBE_CLIENT_REKEY_H
#define IKESYNC_PROBE_CLIENT_REKEY_H

#include "client/protected.h"

/*
 * Rekey, delete the SA before, and go on as the new one: SPIs, keys, message IDs from 0, c->sa.index
 * when the answer told one (c->sa.has_index says). false: c->why, and the SA before stays.
 */
bool rekey_ike(struct client *c);

#endif
