/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ID 1 of a resumption in fragments (RFC 7383). */
#ifndef IKESYNC_PROBE_CASES_FRAGMENTS_H
#define IKESYNC_PROBE_CASES_FRAGMENTS_H

#include "client/steps.h"

/*
 * For stage_resumption_with(): the client announces fragmentation with its SYN. Where the gateway does
 * so too, a fragment that does not verify must change nothing (11.2), and the right ones, in any order,
 * must be put together and confirm the SA (23.3).
 */
void fragments_confirm(struct steps *s);

#endif
