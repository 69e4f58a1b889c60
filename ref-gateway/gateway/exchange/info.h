/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL. */
#ifndef IKESYNC_GATEWAY_INFO_H
#define IKESYNC_GATEWAY_INFO_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"

void info_request(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);

#endif
