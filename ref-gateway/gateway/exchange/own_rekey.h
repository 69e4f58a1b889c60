/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rekeying the IKE SA from our side (RFC 7296 sections 1.3.2, 2.8, 2.8.2, 2.25.2). */
#ifndef IKESYNC_GATEWAY_OWN_REKEY_H
#define IKESYNC_GATEWAY_OWN_REKEY_H

#include "core/gateway_state.h"

/* Ask for a new IKE SA in the place of this one. false: cannot be asked now. */
bool own_rekey_begin(struct sa *sa);

#endif
