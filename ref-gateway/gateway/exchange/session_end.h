/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a session by its client, or by an error that ends it. */
#ifndef IKESYNC_GATEWAY_SESSION_END_H
#define IKESYNC_GATEWAY_SESSION_END_H

#include "exchange/exchange_reply.h"

/* The SA goes when `r` has been sent, and its stub is deleted at once, unless another SA has it now. `why` is for the log. */
void session_end(struct sa *sa, struct exchange_reply *r, const char *why);
/* Answer N(INVALID_SYNTAX) and nothing else: it ends the SA (rule 56). */
void session_end_invalid_syntax(struct sa *sa, struct exchange_reply *r);

#endif
