/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that the gateway makes by itself, one at a time, the most pressing first. */
#ifndef IKESYNC_GATEWAY_OWN_H
#define IKESYNC_GATEWAY_OWN_H

#include "core/gateway_state.h"

/* Something of this established SA is due (sa_due.h): do it. */
void own_due(struct sa *sa);

#endif
