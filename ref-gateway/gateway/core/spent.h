/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cookies that have had their request (rule 58): each serves one, as long as its secret is in use. */
#ifndef IKESYNC_GATEWAY_SPENT_H
#define IKESYNC_GATEWAY_SPENT_H

#include "core/gateway_state.h"

bool spent_knows(const struct gateway *g, struct span cookie);
/* Harmless for one that is known. `cookie` begins with its version. */
void spent_add(struct gateway *g, struct span cookie);
/* Its request came to nothing that costs. */
void spent_take_back(struct gateway *g, struct span cookie);
/* Secrets of this parity are not in use any more. */
void spent_forget(struct gateway *g, unsigned parity);

#endif
