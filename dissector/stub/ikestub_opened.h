/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pool's key shows of a sealed stub, and what must not be shown without being asked for.
 */
#ifndef IKESYNC_IKESTUB_OPENED_H
#define IKESYNC_IKESTUB_OPENED_H

#include "stub/ikestub_chain.h"
#include "crypto/resume_keys.h"

/*
 * Open payload 208 for the index body `idx` (12 or 24 octets). Returns the plaintext as a data
 * source, its secrets masked unless the preference shows them, and a subtree for it; NULL without a
 * tree, without the key, or when it does not open, which is said.
 */
tvbuff_t *stub_opened_show(const struct stub_payload *p, struct octets idx, proto_tree **tree);

#endif
