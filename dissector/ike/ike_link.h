/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message is to its exchange, in the Info column and in the tree. */
#ifndef IKESYNC_IKE_LINK_H
#define IKESYNC_IKE_LINK_H

#include "ike/ike_view.h"

/* Append it to the Info column; `link` may be NULL. */
void ike_link_info(packet_info *pinfo, const struct ike_link *link);

/* Kind, frames and times in `v->tree`; only with a link. */
void ike_link_show(struct ike_view *v);

#endif
