/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the messages of a frame have left for later passes. */
#ifndef IKESYNC_IKE_FRAME_H
#define IKESYNC_IKE_FRAME_H

#include "ike/ike_state.h"

struct resume_message;

struct ike_frame {
	struct ike_link *link;          /* NULL: none of ours */
	struct resume_message *resumed; /* NULL: not looked at with keys */
	unsigned broken;                /* rules: ike_rules.h */
};

/* Once, before the first file. */
void ike_frame_init(void);

/* First pass, before any message of it. */
void ike_frame_begin(const packet_info *pinfo);

/* First pass: of the message that has this place in its frame. */
void ike_frame_keep(packet_info *pinfo, unsigned ordinal, const struct ike_frame *left);

/* Any pass. */
struct ike_frame ike_frame_recall(packet_info *pinfo, unsigned ordinal);
const struct ike_link *ike_frame_link(packet_info *pinfo, unsigned ordinal);

/* How many messages of this frame may have left something. */
unsigned ike_frame_messages(packet_info *pinfo);

#endif
