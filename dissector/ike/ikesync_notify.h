/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four notifies of profile 1: INDEX, BIND, STUB, NOT_COMMITTED (rule 24). */
#ifndef IKESYNC_IKESYNC_NOTIFY_H
#define IKESYNC_IKESYNC_NOTIFY_H

#include "ike/ike_message.h"

/*
 * Show notify payload `p` of `tvb` under isakmp's node for it when it is one of ours.
 * `is_protected`: it came out of an Encrypted payload. `judged`: by the rules. A number in clear of
 * an SA that is not known to be of a peer of profile 1 is private to somebody else: named, and no
 * more. `bound_to`: the index that a stub in it is sealed to, NULL when that is not known.
 */
void ikesync_notify_show(packet_info *pinfo, proto_tree *isakmp, tvbuff_t *tvb,
			 const struct ike_payload *p, bool is_protected, bool judged,
			 const struct index_body *bound_to);

#endif
