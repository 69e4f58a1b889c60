/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One IKE message of one frame on one pass, with what is known of it, for those who show it. */
#ifndef IKESYNC_IKE_VIEW_H
#define IKESYNC_IKE_VIEW_H

#include "ike/ike_locate.h"
#include "ike/ike_state.h"

struct ike_view {
	packet_info *pinfo;
	const struct ike_place *place;
	const struct ike_message *m;
	const struct ike_contents *c;
	const struct ike_link *link; /* NULL: none of ours */
	proto_tree *root;
	proto_tree *tree; /* our own top-level subtree: ike_view_tree() */
};

/* Makes the subtree when it is first asked for. */
proto_tree *ike_view_tree(struct ike_view *v);

#endif
