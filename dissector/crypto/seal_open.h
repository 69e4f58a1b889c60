/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a sealed stub, payload 208 (rule 35). */
#ifndef IKESYNC_SEAL_OPEN_H
#define IKESYNC_SEAL_OPEN_H

#include "crypto/resume_keys.h"

#define SEAL_KEY_SIZE 32

/*
 * `sealed`: the payload's body; `idx`: the index body (12 or 24 octets) that it is bound to.
 * The plaintext goes to `scope`. False: not sealed with `key` for this index, or altered.
 */
bool seal_open(struct octets sealed, struct octets idx, const uint8_t key[SEAL_KEY_SIZE],
	       wmem_allocator_t *scope, struct octets *out);

#endif
