/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gets, and a bank that leaves them unanswered. */
#ifndef IKESYNC_GATEWAY_BANK_GET_H
#define IKESYNC_GATEWAY_BANK_GET_H

#include "bank_link/bank_request.h"

/* false: not sent, and not answered either. */
bool bank_get_send(struct bank_client *b, const struct index *ix, stub_service_get_fn *done,
		   void *user);
void bank_get_reply(struct bank_request *r, const struct stub_message *m);
/* The bank has answered something. */
void bank_get_heard(struct bank_client *b);
/* The connection is over: nothing is known of the next one. */
void bank_get_reset(struct bank_client *b);

#endif
