/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ID 1 of a provisional SA (rules 11 to 13). */
#ifndef IKESYNC_GATEWAY_CONFIRM_H
#define IKESYNC_GATEWAY_CONFIRM_H

#include "core/gateway_state.h"

/* A message for an SA in that state. */
void confirm_request(struct sa *sa, const struct gateway_message *m);

#endif
