/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bank says unasked: that stubs of ours have moved (rule 33). */
#ifndef IKESYNC_GATEWAY_BANK_NOTICE_H
#define IKESYNC_GATEWAY_BANK_NOTICE_H

#include "bank_link/bank_client.h"
#include "wire/stub_message.h"

/* A message with a transaction of the server's: obeyed where somebody wants to know, and acknowledged; else refused. */
void bank_notice(struct bank_client *b, const struct stub_message *m);

#endif
