/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an IKE SA that we bring about: our Delete. */
#ifndef IKESYNC_GATEWAY_FAREWELL_H
#define IKESYNC_GATEWAY_FAREWELL_H

#include "core/gateway_state.h"

/* Ask the client to delete the SA. It goes when it has answered, or does not. */
void farewell_begin(struct sa *sa);
/* A request for an SA that we are deleting: answered is only the client's own Delete of it. */
void farewell_request(struct sa *sa, const struct gateway_message *m);
/*
 * The gateway ends: up to n SAs are told so with one Delete each, which nobody waits for, and dropped. Their stubs stay in the bank.
 * How many are left. Nothing may be received any more.
 */
size_t farewell_all(struct gateway *g, size_t n);

#endif
