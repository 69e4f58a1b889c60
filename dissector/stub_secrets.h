/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stubs in the capture tell: sealed ones with the pool's key, clear ones as they are. */
#ifndef IKESYNC_STUB_SECRETS_H
#define IKESYNC_STUB_SECRETS_H

#include "ikestub_payload.h"

/* First pass: remember SK_d and algorithms of every stub in the message that fills `tvb`. */
void stub_secrets_read(packet_info *pinfo, tvbuff_t *tvb);

/*
 * Open payload 208 for the index body at `idx`. Returns the plaintext as a data source and a
 * subtree for it; NULL without a tree, without the key, or when it does not open, which is said.
 */
tvbuff_t *stub_secrets_open(const struct stub_payload *p, unsigned idx, unsigned index_length,
			    proto_tree **tree);

void stub_secrets_register(int proto);

#endif
