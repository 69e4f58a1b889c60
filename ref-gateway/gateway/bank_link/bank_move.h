/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves (rule 13). */
#ifndef IKESYNC_GATEWAY_BANK_MOVE_H
#define IKESYNC_GATEWAY_BANK_MOVE_H

#include "bank_link/bank_request.h"

/* Connected, and the container fits. */
void bank_move_ask(struct bank_client *b, const struct index *old, struct span container,
		   uint32_t timeout_ms, stub_service_done_fn *done, void *user);
/* Once more, over a new connection. */
void bank_move_send(struct bank_request *r);
void bank_move_reply(struct bank_request *r, const struct stub_message *m);

#endif
