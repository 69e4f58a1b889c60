/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragmented messages (RFC 7383) that isakmp decrypts and reassembles: only their first fragment
 * names the type of the first payload, and it is in another frame than the whole.
 */
#ifndef IKESYNC_IKE_FRAGMENT_H
#define IKESYNC_IKE_FRAGMENT_H

#include "ike/ike_message.h"

void ike_fragment_init(void);

/*
 * What to look for in the frame of `m`, whose last payload is `p` (SK or SKF): the type of the
 * first payload in it, 0 when that cannot be known. `*reassembled`: in the reassembled message, not
 * in what this frame's payload decrypts to. First pass: remembers what a first fragment says.
 */
uint8_t ike_fragment_first(packet_info *pinfo, const struct ike_message *m,
			   const struct ike_payload *p, bool *reassembled);

#endif
