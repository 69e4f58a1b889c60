/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of the wire profile about whole messages: those that one message shows by itself, and those
 * that take what came before it. docs/dissector-rules.md lists them all.
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

/* Every pass: expert info in `v->tree` about what the message itself shows. */
void ike_rules_judge(struct ike_view *v);

/* Expert info below `item` for what ike_rules_add() returned. */
void ike_rules_show(packet_info *pinfo, proto_item *item, unsigned broken);

#endif
