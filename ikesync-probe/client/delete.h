/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending an IKE SA (RFC 7296 section 1.4.1). */
#ifndef IKESYNC_PROBE_CLIENT_DELETE_H
#define IKESYNC_PROBE_CLIENT_DELETE_H

#include "client/protected.h"

/* Delete this IKE SA and wait for the acknowledgement. false: c->why. */
bool delete_ike(struct client *c);
/* Tidy up after a case: send a Delete, repeat it once or twice, ask nothing. */
void delete_goodbye(struct client *c);

#endif
