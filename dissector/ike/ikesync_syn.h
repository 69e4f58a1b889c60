/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload IKE_SA_SYN (rules 3 and 4). */
#ifndef IKESYNC_IKESYNC_SYN_H
#define IKESYNC_IKESYNC_SYN_H

#include "ike/ike_message.h"

/*
 * Payload `p` of the chain of `tvb` that ends at `end`, under isakmp's node for it; `ordinal`: how
 * many came before it in this message.
 */
void ikesync_syn_show(packet_info *pinfo, proto_tree *isakmp, tvbuff_t *tvb, unsigned end,
		      const struct ike_payload *p, unsigned ordinal);

#endif
