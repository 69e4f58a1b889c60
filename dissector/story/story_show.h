/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The story of a resumption in the tree of each of its frames, with fields of its own. */
#ifndef IKESYNC_STORY_SHOW_H
#define IKESYNC_STORY_SHOW_H

#include "story/story.h"

/* Below `tree`: all that is known but this very frame. NULL arguments are allowed. */
void story_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct story *story,
		const struct story_stub *stub);

/* Of a frame of a full handshake: who resumed it. */
void story_show_handshake(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  const struct ike_sa *h);

/* Fields are those of `proto` ikesync. */
void story_register(int proto);

#endif
