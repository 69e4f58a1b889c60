/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of the wire profile about whole messages that take what came before, or what is inside SK;
 * others: ike_judge.h. docs/dissector-rules.md lists them all.
 */
#ifndef IKESYNC_IKE_RULES_H
#define IKESYNC_IKE_RULES_H

#include "ike/ike_view.h"

void ike_rules_register(int proto);

/* First pass, after ike_state_add(), with the same `sa`; returns which rules the message breaks, as
 * bits. */
unsigned ike_rules_add(packet_info *pinfo, const struct ike_message *m,
		       const struct ike_contents *c, const struct ike_sa *sa,
		       struct ike_link *link);

/* Expert info below `item` for what ike_rules_add() returned. */
void ike_rules_show(packet_info *pinfo, proto_item *item, unsigned broken);

#endif
