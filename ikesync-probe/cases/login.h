/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH requests that a gateway must drop or refuse, sent by a client that could log in. */
#ifndef IKESYNC_PROBE_CASES_LOGIN_H
#define IKESYNC_PROBE_CASES_LOGIN_H

#include "client/steps.h"

/* IKE_AUTH whose ICV is wrong gets no answer, and the right one after it is served (11.2 as for message
 * ID 1 of a resumption). */
void login_forged(struct probe *p, struct evidence *e);
/* IKE_AUTH whose AUTH is wrong is refused, and that IKE SA takes no other (with a shared key). */
void login_wrong(struct probe *p, struct evidence *e);
/* IKE_AUTH with an unknown critical payload of `type` inside SK is refused, its type named (59.7). */
void login_critical(struct probe *p, struct evidence *e, uint8_t type);

#endif
