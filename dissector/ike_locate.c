/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike_locate.h"
#include "ike_message.h"

/* Headers in front of a message are shorter; the search for one stops here. */
#define SEARCH_OCTETS 512

static int proto_isakmp = -1;
static int hf_typepayload = -1;

void ike_locate_init(void)
{
	proto_isakmp = proto_get_id_by_filter_name("isakmp");
	hf_typepayload = proto_registrar_get_id_byname("isakmp.typepayload");
}

bool ike_locate_any(packet_info *pinfo)
{
	/* Innermost last, and isakmp is nearly always the last. */
	for (wmem_list_frame_t *f = wmem_list_tail(pinfo->layers); f; f = wmem_list_frame_prev(f))
		if (GPOINTER_TO_INT(wmem_list_frame_data(f)) == proto_isakmp)
			return true;
	return false;
}

/* isakmp's node covers what is captured of its octets, not what was sent. */
static bool ends_capture(tvbuff_t *tvb, unsigned limit)
{
	return tvb_captured_length(tvb) < tvb_reported_length(tvb) &&
	       limit >= tvb_captured_length(tvb);
}

static unsigned locate_in_tree(proto_tree *tree, struct ike_place out[IKE_PLACES_MAX])
{
	unsigned n = 0;

	for (proto_node *node = tree->first_child; node && n < IKE_PLACES_MAX; node = node->next) {
		field_info *fi = PNODE_FINFO(node);

		if (!fi || !fi->hfinfo || fi->hfinfo->id != proto_isakmp || !fi->ds_tvb ||
		    fi->start < 0 || fi->length < 0)
			continue;
		out[n++] = (struct ike_place){
			.tvb = fi->ds_tvb,
			.offset = (unsigned)fi->start,
			.limit = (unsigned)fi->start + (unsigned)fi->length,
			.snapped =
			    ends_capture(fi->ds_tvb, (unsigned)fi->start + (unsigned)fi->length),
			.node = node,
		};
	}
	return n;
}

/* A UDP header with this packet's ports and a length that fits the message, `marker` octets before
 * it. */
static unsigned udp_limit(packet_info *pinfo, tvbuff_t *tvb, unsigned at, unsigned marker,
			  uint32_t length)
{
	unsigned udp;

	if (at < 8 + marker)
		return 0;
	udp = at - 8 - marker;
	if (tvb_get_ntohs(tvb, (int)udp) != pinfo->srcport ||
	    tvb_get_ntohs(tvb, (int)udp + 2) != pinfo->destport ||
	    tvb_get_ntohs(tvb, (int)udp + 4) < 8 + marker + IKE_HEADER_SIZE ||
	    tvb_get_ntohs(tvb, (int)udp + 4) < 8 + marker + length ||
	    (marker && tvb_get_ntohl(tvb, (int)at - 4) != 0))
		return 0;
	return udp + tvb_get_ntohs(tvb, (int)udp + 4);
}

static bool search_source(packet_info *pinfo, tvbuff_t *tvb, struct ike_place *out)
{
	unsigned seen = tvb_captured_length(tvb);
	unsigned last = seen < SEARCH_OCTETS ? seen : SEARCH_OCTETS;
	bool found = false;

	for (unsigned at = 0; at + IKE_HEADER_SIZE <= last; at++) {
		uint32_t length;
		unsigned limit;

		if (ws_get_u8(tvb, (int)at + 17) >> 4 != 2 ||
		    ws_get_u8(tvb, (int)at + 18) < IKE_EXCHANGE_SA_INIT ||
		    (ws_get_u8(tvb, (int)at + 19) & 0xc7) != 0)
			continue;
		length = tvb_get_ntohl(tvb, (int)at + 24);
		if (length < IKE_HEADER_SIZE || length > tvb_reported_length(tvb) - at)
			continue;
		limit = udp_limit(pinfo, tvb, at, 0, length);
		if (!limit)
			limit = udp_limit(pinfo, tvb, at, 4, length);
		if (limit) { /* certain */
			*out = (struct ike_place){ tvb, at, limit, ends_capture(tvb, limit), NULL };
			return true;
		}
		if (!found && pinfo->ptype != PT_UDP) { /* TCP and others: the first that fits */
			*out = (struct ike_place){ tvb, at, at + length,
						   ends_capture(tvb, at + length), NULL };
			found = true;
		}
	}
	return found;
}

unsigned ike_locate(packet_info *pinfo, proto_tree *tree, struct ike_place out[IKE_PLACES_MAX])
{
	unsigned n = tree ? locate_in_tree(tree, out) : 0;

	if (n)
		return n;
	/* No tree, or (4.6, under a filter that names no field of isakmp) one without its nodes. */
	for (GSList *s = pinfo->data_src; s; s = s->next) {
		tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)s->data);

		if (tvb && search_source(pinfo, tvb, &out[0])) {
			out[0].node = tree;
			return 1;
		}
	}
	return 0;
}

static proto_tree *find_payload(proto_tree *node, tvbuff_t *tvb, unsigned offset, uint8_t type,
				unsigned depth)
{
	/* isakmp nests less deeply; the limit only bounds the stack. */
	if (depth > 16)
		return NULL;
	for (proto_node *c = node->first_child; c; c = c->next) {
		field_info *fi = PNODE_FINFO(c);
		proto_tree *found;

		if (fi && fi->hfinfo && fi->hfinfo->id == hf_typepayload && fi->ds_tvb == tvb &&
		    (unsigned)fi->start == offset && ws_fvalue_uint(fi) == type)
			return c;
		found = find_payload(c, tvb, offset, type, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

proto_tree *ike_locate_payload(proto_tree *isakmp, tvbuff_t *tvb, unsigned offset, uint8_t type)
{
	proto_tree *found = isakmp ? find_payload(isakmp, tvb, offset, type, 0) : NULL;

	return found ? found : isakmp;
}

void ike_locate_decrypted(packet_info *pinfo, ike_locate_source_fn fn, void *data)
{
	for (GSList *s = pinfo->data_src; s; s = s->next) {
		const struct data_source *source = s->data;

		if (ws_source_named(source, "Decrypted Data"))
			fn(get_data_source_tvb(source), data);
	}
}
