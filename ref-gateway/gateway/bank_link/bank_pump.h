/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done once a loop turn. */
#ifndef IKESYNC_GATEWAY_BANK_PUMP_H
#define IKESYNC_GATEWAY_BANK_PUMP_H

#include "bank_link/bank_client_state.h"

void bank_pump_start(struct bank_client *b);
/* What was deferred is told to nobody. */
void bank_pump_stop(struct bank_client *b);
/* Tell one of the two, from the loop: what was decided inside a call. */
void bank_pump_defer(struct bank_client *b, stub_service_get_fn *got, stub_service_done_fn *done,
		     void *user, int result);
/* What the disk has done is noted, and it is given more to do; what is stable may go to the bank. */
void bank_pump_step(struct bank_client *b);
/* Sync the journal now, and wait for it; false when the disk refuses. */
bool bank_pump_sync(struct bank_client *b);

#endif
