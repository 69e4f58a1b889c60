/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stubs in the capture tell: sealed ones with the pool's key, clear ones as they are. */
#ifndef IKESYNC_STUB_SECRETS_H
#define IKESYNC_STUB_SECRETS_H

#include "base/index_body.h"
#include "crypto/resume_keys.h"

/* First pass: remember SK_d and algorithms of every stub in the message that fills `tvb`. */
void stub_secrets_read(packet_info *pinfo, tvbuff_t *tvb);

/* The same of a stub that the client holds and sends beside IKE_SA_SYN for `idx` (rule 37). */
void stub_secrets_read_held(packet_info *pinfo, struct octets sealed, const struct index_body *idx);

/*
 * Open the body of payload 208 for the index body `idx` with the first key of its ID that does; the
 * plaintext is in `scope`. Whatever the passes over a file, no key is tried a second time that did
 * not open a stub; later ones (of a second secrets block) are. `*is_known`: there is a key with its
 * ID, which is in `*id`.
 */
bool stub_secrets_open(struct octets sealed, struct octets idx, wmem_allocator_t *scope,
		       struct octets *out, uint32_t *id, bool *is_known);

/* Once, in the registration of `ikestub`. */
void stub_secrets_init(void);

#endif
