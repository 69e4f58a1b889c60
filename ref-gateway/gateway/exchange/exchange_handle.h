/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file handles a protected request of an established SA. */
#ifndef IKESYNC_GATEWAY_EXCHANGE_HANDLE_H
#define IKESYNC_GATEWAY_EXCHANGE_HANDLE_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"

/* Run CREATE_CHILD_SA or INFORMATIONAL; others are INVALID_SYNTAX. */
void exchange_handle(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);

#endif
