/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subtree of "ikesync" for one message. */
#include "ike/ike_view.h"

#include "base/label.h"
#include "ike/ikesync_fields.h"

proto_tree *ike_view_tree(struct ike_view *v)
{
	unsigned left = v->place->limit - v->place->offset;
	enum ike_kind kind = v->link ? v->link->kind : IKE_KIND_NONE;
	proto_item *item;

	if (v->tree)
		return v->tree;
	item = kind == IKE_KIND_NONE
		   ? label_protocol(v->root, proto_ikesync, v->m->tvb, v->m->offset,
				    MIN(v->m->length, left), "IKE SA Synchronisation", "")
		   : label_protocol(v->root, proto_ikesync, v->m->tvb, v->m->offset,
				    MIN(v->m->length, left), "IKE SA Synchronisation: ",
				    val_to_str_const(kind, ikesync_exchange_names, "?"));
	v->tree = proto_item_add_subtree(item, ett_ikesync);
	return v->tree;
}
