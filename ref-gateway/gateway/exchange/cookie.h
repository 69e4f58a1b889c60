/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stateless cookies (RFC 7296 section 2.6). */
#ifndef IKESYNC_GATEWAY_COOKIE_H
#define IKESYNC_GATEWAY_COOKIE_H

#include "exchange/init_request.h"

bool cookie_is_valid(struct gateway *g, const struct init_request *q);
void cookie_ask(struct gateway *g, const struct init_request *q);
/* Is one asked for, the load considered (not what SYN adds)? */
bool cookie_is_due(const struct gateway *g);

#endif
