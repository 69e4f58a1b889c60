/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a dissector over TCP was handed: a segment, or several put together. */
#include "base/segment.h"

bool segment_is_put_together(const packet_info *pinfo, tvbuff_t *tvb)
{
	const tvbuff_t *whole = tvb_get_ds_tvb(tvb);

	/* The first source is the frame's own. */
	for (GSList *s = pinfo->data_src ? pinfo->data_src->next : NULL; s; s = s->next)
		if (get_data_source_tvb((const struct data_source *)s->data) == whole)
			return ws_source_named(s->data, "Reassembled TCP");
	return false;
}

unsigned segment_direction(const packet_info *pinfo)
{
	int order = cmp_address(&pinfo->src, &pinfo->dst);

	return order ? order > 0 : pinfo->srcport > pinfo->destport;
}
