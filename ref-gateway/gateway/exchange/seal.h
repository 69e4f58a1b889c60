/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that we send under the keys of an SA. */
#ifndef IKESYNC_GATEWAY_SEAL_H
#define IKESYNC_GATEWAY_SEAL_H

#include "core/gateway_state.h"

/*
 * Seal the chain `inner`, whose first payload is `first`, into one message or, where both ends can
 * and it needs them, into fragments one after the other (RFC 7383). Of `header` exchange, flags and
 * message ID count. ERR_CRYPTO, ERR_NO_SPACE.
 */
IKESYNC_MUST_USE enum err seal_message(struct sa *sa, const struct ike_header *header,
				       uint8_t first, struct span inner, struct wcursor *out);

#endif
