/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying a child SA from our side (RFC 7296 sections 1.3.3, 2.8, 2.8.1, 2.25.1). */
#ifndef IKESYNC_GATEWAY_OWN_CHILD_H
#define IKESYNC_GATEWAY_OWN_CHILD_H

#include "core/gateway_state.h"

struct sa_child;
/* Ask for a new child in the place of this one. false: cannot be asked now. */
bool own_child_rekey(struct sa *sa, struct sa_child *child);

#endif
