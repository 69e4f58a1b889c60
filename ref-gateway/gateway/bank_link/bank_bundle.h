/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queued requests on their way. */
#ifndef IKESYNC_GATEWAY_BANK_BUNDLE_H
#define IKESYNC_GATEWAY_BANK_BUNDLE_H

#include "bank_link/bank_request.h"

/* Is there something that may go, and room for it? */
bool bank_bundle_can_send(const struct bank_client *b);
/* Send what may go. */
void bank_bundle_send(struct bank_client *b);
void bank_bundle_reply(struct bank_request *r, const struct stub_message *m);
/* The connection went before the answer: its requests go out again, first. */
void bank_bundle_lost(struct bank_request *r);

#endif
