/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration payload (RFC 7296 section 2.19). */
#ifndef IKESYNC_GATEWAY_CONFIGURE_H
#define IKESYNC_GATEWAY_CONFIGURE_H

#include "exchange/exchange_reply.h"
#include "exchange/exchange_request.h"

/* Answer a CFG_REQUEST, when there is one. false: no address left; the error is in the reply. */
bool configure_answer(struct sa *sa, struct exchange_request *req, struct exchange_reply *r);

#endif
