/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ID 1 of a half-open SA: IKE_AUTH. */
#ifndef IKESYNC_GATEWAY_AUTH_H
#define IKESYNC_GATEWAY_AUTH_H

#include "core/gateway_state.h"

/* A message for an SA in that state. */
void auth_request(struct sa *sa, const struct gateway_message *m);
/* AAA has answered for that SA, whose setup waits. */
void auth_answered(struct sa *sa);

#endif
