/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the bank. */
#ifndef IKESYNC_GATEWAY_BANK_CONNECTION_H
#define IKESYNC_GATEWAY_BANK_CONNECTION_H

#include "bank_link/bank_client_state.h"

/* Connect now, and again whenever it closes. */
void bank_connection_start(struct bank_client *b);
void bank_connection_stop(struct bank_client *b);

#endif
