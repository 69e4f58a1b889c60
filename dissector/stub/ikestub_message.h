/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stub message shows below its header. */
#ifndef IKESYNC_IKESTUB_MESSAGE_H
#define IKESYNC_IKESTUB_MESSAGE_H

#include "stub/ikestub_state.h"

/* Its request or its replies, and what is wrong between them. */
void stub_message_show_link(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			    const struct stub_summary *s, const struct stub_link *link);

/*
 * All payloads of the message that fills `tvb`, and what is wrong with its kind, which `type_item`
 * shows; `link` may be NULL. May throw where octets are missing.
 */
void stub_message_show_payloads(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
				proto_item *type_item, const struct stub_summary *s,
				const struct stub_link *link);

#endif
